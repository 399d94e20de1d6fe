"""What was reported of one host, as it stands at a moment: all of it, and the fresh part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings

from incidents.facts.ages import derive
from incidents.facts.eol import Catalogue, annotate_os
from incidents.facts.merge import ShelfLives, SourceRow, is_stale, merge_fresh, source_of
from incidents.hosts.models import FactHistory, Host

DAY = 86_400
CATALOGUE = "end-of-life catalogue"


@cache
def catalogue() -> Catalogue:
    return Catalogue.load()


def shelf_lives() -> ShelfLives:
    return ShelfLives(default=settings.SHELF_LIFE_DAYS)


def age_days(moment: datetime, now: datetime) -> int:
    """Whole days; a report that is minutes ahead of the clock is new."""
    return max(0, int((now - moment).total_seconds() // DAY))


def at_moment(document: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Stored sections with end-of-life dates looked up and ages worked out."""
    sections = dict(document)
    if isinstance(sections.get("os"), dict):
        sections["os"] = annotate_os(
            sections["os"], catalogue(), now, settings.EXTENDED_SUPPORT_ENTITLED
        )
    return derive(sections, now)


def stale_since(section: str, entry: Mapping[str, Any], now: datetime) -> dict[str, datetime]:
    """Source → the moment it passed its shelf life, for the stale ones of a section."""
    lives = shelf_lives()
    found: dict[str, datetime] = {}
    for source, seen in entry.get("sources", {}).items():
        moment = datetime.fromisoformat(seen)
        if is_stale(section, source, moment, now, lives):
            found[source] = moment + timedelta(days=lives.days(section, source))
    return found


@dataclass(slots=True)
class Reported:
    """``full`` and ``fresh`` are {section: value}; they are the same object when nothing is stale,
    and a section that lost nothing is the same object in both.  ``stale``: section → since when."""

    full: dict[str, Any]
    fresh: dict[str, Any]
    stale: dict[str, datetime] = field(default_factory=dict)


def fresh_rows(
    hosts: Iterable[Host], wanted: frozenset[str] | None, now: datetime
) -> dict[int, list[SourceRow]]:
    """Host pk → what its sources say, for sections of which only some sources are stale."""
    partly: dict[int, set[str]] = {}
    for host in hosts:
        for section, entry in host.observed.items():
            if wanted is not None and section not in wanted:
                continue
            stale = stale_since(section, entry, now)
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
    host: Host, rows: list[SourceRow], wanted: frozenset[str] | None, now: datetime
) -> Reported:
    """The host's reported sections; ``rows`` from ``fresh_rows``, ``wanted`` None for all."""
    document = {
        name: value for name, value in host.facts.items() if wanted is None or name in wanted
    }
    full = at_moment(document, now)
    stale = {
        section: min(since.values())
        for section, entry in host.observed.items()
        if section in full and (since := stale_since(section, entry, now))
    }
    if not stale:
        return Reported(full, full)
    kept = at_moment(merge_fresh(rows, now, shelf_lives()).document, now) if rows else {}
    fresh = {name: value for name, value in full.items() if name not in stale}
    fresh |= {name: value for name, value in kept.items() if name in stale}
    return Reported(full, fresh, stale)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Answers ``HostView.source_of``: who said the value at a path, and how many days ago."""

    facts: Mapping[str, Any]
    observed: Mapping[str, Any]
    now: datetime

    def __call__(self, path: str) -> tuple[str, float] | None:
        if path.startswith("os.") and self._looked_up(path.removeprefix("os.")):
            snapshot = catalogue().snapshot
            return CATALOGUE, max(0, (self.now.date() - snapshot).days)
        said = source_of(self.observed, path)  # type: ignore[arg-type]
        return (said[0], age_days(said[1], self.now)) if said else None

    def _looked_up(self, name: str) -> bool:
        for ending in ("_in_days", "_days"):
            name = name.removesuffix(ending)
        return name not in self.facts.get("os", {})
