"""What was reported of one host, as it stands at a moment: all of it, and the fresh part."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from incidents.facts.ages import derive
from incidents.facts.annotate import annotate
from incidents.facts.merge import ShelfLives, SourceRow, is_stale, merge_fresh, source_of
from incidents.hosts.catalogue import catalogue
from incidents.hosts.models import FactHistory, Host

DAY = 86_400
CATALOGUE = "end-of-life catalogue"
LEANING = ("software", "packages")
"""Sections of which something follows from what ``os`` says."""

_LOOKED_UP = frozenset(
    {"product", "eol_on", "past_eol", "latest", "latest_on", "behind", "patches_behind"}
)
_OF_SOFTWARE = re.compile(r"software\[(\d+)\]\.(\w+)$")


def age_days(moment: datetime, now: datetime) -> int:
    """Whole days; a report that is minutes ahead of the clock is new."""
    return max(0, int((now - moment).total_seconds() // DAY))


def at_moment(
    document: Mapping[str, Any],
    now: datetime,
    *,
    os: Mapping[str, Any] | None = None,
    site: str | None = None,
) -> dict[str, Any]:
    """Stored sections with end-of-life dates looked up and ages worked out.

    ``os`` is the system that ``software`` and ``packages`` stand on, where ``document`` lacks it;
    ``site`` is where the host stands.
    """
    entitled = settings.EXTENDED_SUPPORT_ENTITLED
    return derive(annotate(document, catalogue(), now, entitled, os=os, site=site), now)


def stale_since(
    section: str, entry: Mapping[str, Any], now: datetime, lives: ShelfLives
) -> dict[str, datetime]:
    """Source → the moment it passed its shelf life, for the stale ones of a section."""
    found: dict[str, datetime] = {}
    for source, seen in entry.get("sources", {}).items():
        moment = datetime.fromisoformat(seen)
        if is_stale(section, source, moment, now, lives):
            found[source] = moment + lives.span(section, source)
    return found


@dataclass(slots=True)
class Reported:
    """``full`` and ``fresh`` are {section: value}; they are the same object when nothing is stale,
    and a section that lost nothing is the same object in both.  ``stale``: section → since when."""

    full: dict[str, Any]
    fresh: dict[str, Any]
    stale: dict[str, datetime] = field(default_factory=dict)


def fresh_rows(
    hosts: Iterable[Host], wanted: frozenset[str] | None, now: datetime, lives: ShelfLives
) -> dict[int, list[SourceRow]]:
    """Host pk → what its sources say, for sections of which only some sources are stale."""
    partly: dict[int, set[str]] = {}
    for host in hosts:
        for section, entry in host.observed.items():
            if wanted is not None and section not in wanted:
                continue
            stale = stale_since(section, entry, now, lives)
            if stale and len(stale) < len(entry["sources"]):
                partly.setdefault(host.pk, set()).add(section)
    if not partly:
        return {}
    found: dict[int, list[SourceRow]] = {}
    names = set().union(*partly.values())
    rows = FactHistory.objects.filter(host__in=list(partly), section__in=names, until=None)
    for row in rows:
        if row.section in partly[row.host_id]:
            found.setdefault(row.host_id, []).append(
                SourceRow(row.section, row.source, row.value, row.last_seen)
            )
    return found


def reported(
    host: Host,
    rows: list[SourceRow],
    wanted: frozenset[str] | None,
    now: datetime,
    lives: ShelfLives,
) -> Reported:
    """The host's reported sections; ``rows`` from ``fresh_rows``, ``wanted`` None for all."""
    document = {
        name: value for name, value in host.facts.items() if wanted is None or name in wanted
    }
    site = host.site.slug if host.site else None
    full = at_moment(document, now, os=host.facts.get("os"), site=site)
    stale = {
        section: min(since.values())
        for section, entry in host.observed.items()
        if section in full and (since := stale_since(section, entry, now, lives))
    }
    shaky = stale_since("os", host.observed.get("os", {}), now, lives)
    leaning = [name for name in LEANING if shaky and name in full and name not in stale]
    if not stale and not leaning:
        return Reported(full, full)
    merged = merge_fresh(rows, now, lives).document if rows else {}
    again = {name: merged[name] for name in stale if name in merged}
    again |= {name: document[name] for name in leaning}
    trusted = merged.get("os") if shaky else host.facts.get("os")
    kept = at_moment(again, now, os=trusted, site=site)
    fresh = {name: value for name, value in full.items() if name not in stale}
    for name, value in kept.items():
        if name in stale or value != full[name]:
            fresh[name] = value
            stale.setdefault(name, min(shaky.values(), default=now))
    return Reported(full, fresh, stale)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Answers ``HostView.source_of``: who said the value at a path, and how many days ago."""

    facts: Mapping[str, Any]
    observed: Mapping[str, Any]
    now: datetime

    def __call__(self, path: str) -> tuple[str, float] | None:
        if self._looked_up(path):
            snapshot = catalogue().snapshot
            return CATALOGUE, max(0, (self.now.date() - snapshot).days)
        said = source_of(self.observed, path)  # type: ignore[arg-type]
        return (said[0], age_days(said[1], self.now)) if said else None

    def _looked_up(self, path: str) -> bool:
        for ending in ("_in_days", "_days"):
            path = path.removesuffix(ending)
        if path.startswith("os."):
            return path.removeprefix("os.") not in self.facts.get("os", {})
        if (found := _OF_SOFTWARE.match(path)) is None or found[2] not in _LOOKED_UP:
            return False
        return "eol_on" not in self._software(int(found[1])) or found[2] not in (
            "eol_on",
            "past_eol",
        )

    def _software(self, place: int) -> Mapping[str, Any]:
        listed = self.facts.get("software", [])
        return listed[place] if place < len(listed) else {}
