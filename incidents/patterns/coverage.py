"""What we can't see: verdicts per pattern, and which facts would decide the most unknown ones.

The fleet is counted by the thousand (``counting``); here the counts are added up and read.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max

from incidents.patterns import counting
from incidents.patterns.counting import FOR_EXAMPLE, digest_of
from incidents.patterns.models import HostVerdicts, Pattern
from incidents.patterns.supply import is_fleet_wide, key_of, wants_a_person
from incidents.patterns.supply_ways import WAYS
from incidents.patterns.verdict import State

CACHE_KEY = "patterns.coverage"
SECONDS = 1.0
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the fleet; an empty name stands for all."""

    environment: str = ""
    site: str = ""
    team: str = ""

    def __bool__(self) -> bool:
        return bool(self.environment or self.site or self.team)

    def holds(self, place: str) -> bool:
        said = (self.environment, self.site, self.team)
        there = counting.place_parts(place)
        return all(not wanted or wanted == name for wanted, name in zip(said, there, strict=True))


@dataclass(frozen=True, slots=True)
class Gap:
    """If ``section`` were known on these ``hosts``, ``verdicts`` unknown ones would be decided.

    What tools report is named by its section (``backups``), what people record by its field
    (``host.important``).  ``names`` are a few of the hosts; of the verdicts ``stale`` hang on
    facts that were reported, only too long ago.
    """

    section: str
    hosts: int
    verdicts: int
    names: tuple[str, ...] = ()
    stale: int = 0

    @property
    def verb(self) -> str:
        """What to do about it: collect it from the host, refresh it, or record it."""
        if wants_a_person(self.section):
            return "record"
        return "refresh" if self.stale == self.verdicts else "collect"

    @property
    def text(self) -> str:
        """How it is supplied."""
        return WAYS[key_of(self.section)].text


@dataclass(frozen=True, slots=True)
class Coverage:
    """``patterns``: slug → {state: hosts}; ``gaps``: the most telling first.

    ``nobody_records`` are kinds of things that nobody ever wrote down: one record anywhere decides
    them on every host.  ``complete`` is false while a part is still being counted.
    """

    hosts: int = 0
    patterns: dict[str, dict[str, int]] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    nobody_records: tuple[Gap, ...] = ()
    complete: bool = True

    @property
    def best(self) -> tuple[Gap, ...]:
        """The few that would decide the most."""
        return self.gaps[:SHOWN]

    @property
    def totals(self) -> dict[str, int]:
        found = {str(state): 0 for state in State}
        for states in self.patterns.values():
            for state, count in states.items():
                found[state] += count
        return found


def coverage(place: Place | None = None, *, seconds: float | None = SECONDS) -> Coverage:
    """How the fleet, or a part of it, stands by its latest verdicts.

    Counted anew is only what was evaluated since; without ``seconds`` for as long as that takes,
    else the rest is left to the background and the answer says so.
    """
    place = place or Place()
    stand = HostVerdicts.objects.aggregate(last=Max("told"), rows=Count("pk"))
    enabled = sorted(Pattern.objects.filter(enabled=True).values_list("slug", flat=True))
    mark = (stand["last"], stand["rows"], enabled)
    key = f"{CACHE_KEY}.{digest_of([place.environment, place.site, place.team])}"
    held = cache.get(key)
    if held is not None and held[0] == mark:
        found: Coverage = held[1]
        return found
    counted, complete = counting.counts(enabled, seconds, by_place=bool(place))
    if place:
        counted = (one for whole in counted for name, one in whole.items() if place.holds(name))
    found = _added_up(counted, enabled, complete)
    if complete:
        cache.set(key, (mark, found), 300)
    return found


def verdict_counts(*, seconds: float | None = SECONDS) -> dict[str, dict[str, int]]:
    """Slug of every enabled pattern → {state: hosts}."""
    return coverage(seconds=seconds).patterns


def _added_up(counted: Iterable[dict[str, Any]], enabled: list[str], complete: bool) -> Coverage:
    patterns: dict[str, dict[str, int]] = {slug: {} for slug in enabled}
    gaps: dict[str, Any] = {}
    hosts = 0
    for one in counted:
        hosts += one["hosts"]
        for slug, found in one["patterns"].items():
            if (states := patterns.get(slug)) is not None:
                for state, count in found.items():
                    states[state] = states.get(state, 0) + count
        for section, (verdicts, on, stale, names) in one["gaps"].items():
            held = gaps.setdefault(section, [0, 0, 0, []])
            held[0], held[1], held[2] = held[0] + verdicts, held[1] + on, held[2] + stale
            held[3] += names
    told = (
        Gap(section, on, verdicts, tuple(sorted(names)[:FOR_EXAMPLE]), stale)
        for section, (verdicts, on, stale, names) in gaps.items()
    )
    ranked = sorted(told, key=lambda gap: (-gap.verdicts, gap.section))
    return Coverage(
        hosts,
        patterns,
        tuple(gap for gap in ranked if not is_fleet_wide(gap.section)),
        tuple(gap for gap in ranked if is_fleet_wide(gap.section)),
        complete,
    )
