"""What the example's people wrote and did, and when: texts from ``texts/``, days before today."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml

TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True)
class Told:
    """One incident as it is written in its file; times are of the day it happened."""

    days_ago: int
    fields: dict[str, Any]
    hosts: dict[str, str]
    services: list[str]
    factors: list[str]
    lessons: list[str]
    patterns: list[str]
    timeline: list[dict[str, Any]]
    actions: list[dict[str, Any]] = field(default_factory=list)

    def at(self, clock: str, today: datetime) -> datetime:
        """``clock`` o'clock on the day it happened."""
        hour, minute = clock.split(":")
        day = (today - timedelta(days=self.days_ago)).date()
        return datetime.combine(day, time(int(hour), int(minute)), today.tzinfo)


def incidents() -> list[Told]:
    """All incidents, in the order of their files."""
    return [_told(yaml.safe_load(path.read_text("utf-8"))) for path in _files("[0-9]*.yaml")]


def lessons() -> dict[str, str]:
    """The example's own lessons: slug to text with front matter."""
    return {
        path.stem.removeprefix("lesson-"): path.read_text("utf-8") for path in _files("lesson-*.md")
    }


def pages() -> dict[str, tuple[str, str]]:
    """Pages: slug to title and Markdown."""
    found = {}
    for path in _files("page-*.md"):
        heading, _, body = path.read_text("utf-8").partition("\n")
        found[path.stem.removeprefix("page-")] = (heading.removeprefix("# "), body.strip() + "\n")
    return found


def _files(pattern: str) -> list[Path]:
    return sorted(TEXTS.glob(pattern))


_APART = ("days_ago", "times", "hosts", "services", "factors", "lessons", "patterns", "timeline",
          "actions")  # fmt: skip


def _told(raw: dict[str, Any]) -> Told:
    return Told(
        days_ago=raw["days_ago"],
        fields={name: value for name, value in raw.items() if name not in _APART}
        | {"times": raw["times"]},
        hosts=raw["hosts"],
        services=raw.get("services", []),
        factors=raw.get("factors", []),
        lessons=raw.get("lessons", []),
        patterns=raw.get("patterns", []),
        timeline=raw.get("timeline", []),
        actions=raw.get("actions", []),
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """Upkeep that somebody recorded."""

    days_ago: float
    kind: str
    subjects: tuple[str, ...]
    result: str = "ok"
    note: str = ""
    of: str = "host"


UPKEEP = [
    Kept(60, "restore_test", ("mail-01", "git-01", "backup-01", "backup-02", "vm-01", "vm-02")),
    Kept(118, "restore_test", ("db-04", "file-01"), note="One folder, compared by checksum."),
    Kept(96, "restore_test", ("db-03",), "failed", "The roles were missing."),
    Kept(4, "restore_test", ("db-03",), note="Complete after 38 minutes; row counts agree."),
    Kept(
        45,
        "maintenance_window",
        ("db-01", "db-02", "db-03", "mail-01", "backup-01", "vm-01", "vm-02", "git-01"),
        note="Kernel and restart.",
    ),
    Kept(41, "failover_drill", ("big-system",), note="22 minutes.", of="group"),
]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A risk that somebody took for a time."""

    host: str
    pattern: str
    days_ago: float
    for_days: float
    because: str


ACCEPTED = Accepted(
    host="robert",
    pattern="fleet-os-exception",
    days_ago=25,
    for_days=48,
    because="robert cannot be touched before the plan to move it is agreed. The lead developer "
    "takes the risk until then.",
)
