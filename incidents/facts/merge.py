"""Many sources, one document: sources layer, they don't clobber.

Field by field the newest observation wins. Lists unite by natural key and then field by field;
an empty list beside one with entries is that source's "none here", so the entries stay. What a
person entered wins over every tool until it expires or is taken back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from .document.parse import iso
from .matching import canonical, keys_of, unite

MANUAL = "manual"
"""The source of what people enter by hand."""

DEFAULT_SHELF_LIFE_DAYS = 14

Observed = dict[str, dict[str, dict[str, str]]]
"""`{section: {"sources": {source: time}, "paths": {path: source}}}`

`paths` is there only where a section has more than one source. A path stands for everything
below it: `storage.raids[0]` speaks for all fields of that array that have no line of their own.
"""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What one source says of one section. `until`: when a hand-entered value expires."""

    section: str
    source: str
    value: Any
    observed_at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """The current document, and where each part of it comes from."""

    document: dict[str, Any] = field(default_factory=dict)
    observed: Observed = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShelfLives:
    """For how many days a section is good. The most exact setting counts: (section, source),
    then the shorter of section and source, then the default."""

    default: float = DEFAULT_SHELF_LIFE_DAYS
    sections: Mapping[str, float] = field(default_factory=dict)
    sources: Mapping[str, float] = field(default_factory=dict)
    pairs: Mapping[tuple[str, str], float] = field(default_factory=dict)
    _spans: dict[tuple[str, str], timedelta] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def span(self, section: str, source: str) -> timedelta:
        """The shelf life."""
        found = self._spans.get((section, source))
        if found is None:
            found = self._spans[section, source] = timedelta(days=self.days(section, source))
        return found

    def days(self, section: str, source: str) -> float:
        """The shelf life in days."""
        if (section, source) in self.pairs:
            return self.pairs[section, source]
        set_ones = [
            days
            for days in (self.sections.get(section), self.sources.get(source))
            if days is not None
        ]
        return min(set_ones, default=self.default)


def merge(per_source: Iterable[SourceRow], now: datetime | None = None) -> Merged:
    """The current document and its provenance. With `now`, expired hand-entered rows are left out.

    The order of the rows does not matter. Of two rows for one (section, source) the newer counts.
    """
    sections: dict[str, dict[str, SourceRow]] = {}
    for row in per_source:
        if row.value is None or (now and row.until and row.until <= now):
            continue
        rows = sections.setdefault(row.section, {})
        if row.source not in rows or _rank(row) < _rank(rows[row.source]):
            rows[row.source] = row
    merged = Merged()
    for section in sorted(sections):
        rows_of_section = list(sections[section].values())
        if len(rows_of_section) > 1:  # most have one source, and nothing to rank
            rows_of_section.sort(key=_rank)
        merged.document[section], merged.observed[section] = _section(section, rows_of_section)
    return merged


def merge_fresh(
    rows: Iterable[SourceRow], now: datetime, shelf_lives: ShelfLives | None = None
) -> Merged:
    """The document as it would be without the sources that are past their shelf life."""
    lives = shelf_lives or ShelfLives()
    fresh = (
        row for row in rows if not is_stale(row.section, row.source, row.observed_at, now, lives)
    )
    return merge(fresh, now)


def is_stale(
    section: str,
    source: str,
    observed_at: datetime,
    now: datetime,
    shelf_lives: ShelfLives | None = None,
) -> bool:
    """Whether what this source said is too old to call anything clear. Hand-entered never is."""
    if source == MANUAL:
        return False
    return now - observed_at > (shelf_lives or ShelfLives()).span(section, source)


def source_of(observed: Observed, path: str) -> tuple[str, datetime] | None:
    """Who said the value at `path` of the merged document, and when; None where nobody did.

    `path` is a path with list places, such as `storage.raids[0].level`; an age (`…_days`) is
    asked as the time it was made from. For a whole list or object with several sources: the
    newest of them.
    """
    entry = observed.get(path.partition(".")[0].partition("[")[0])
    if not entry or not entry.get("sources"):
        return None
    if "paths" in entry:
        source = _source_at(entry, re.sub(r"(_in)?_days$", "", path))
    else:
        source = _newest(entry["sources"], entry["sources"])
    return source, datetime.fromisoformat(entry["sources"][source])


def _source_at(entry: Mapping[str, Mapping[str, str]], path: str) -> str:
    paths, sources = entry.get("paths", {}), entry["sources"]
    above = path
    while above:
        if above in paths:
            return paths[above]
        above = re.sub(r"(\.[^.\[]*|\[[^\]]*\]|^[^.\[]+)$", "", above)
    inside = {
        source
        for below, source in paths.items()
        if below.startswith(path) and below[len(path) :][:1] in (".", "[")
    }
    return _newest(inside or sources, sources)


def _newest(names: Iterable[str], sources: Mapping[str, str]) -> str:
    return max(names, key=lambda name: (sources[name], name))


def _rank(row: SourceRow) -> tuple[bool, float, str, bytes]:
    """Hand-entered first, then the newest; ties by name and content, never by order of arrival."""
    age = -row.observed_at.astimezone(UTC).timestamp()
    return (row.source != MANUAL, age, row.source, canonical(row.value))


def _section(section: str, rows: list[SourceRow]) -> tuple[Any, dict[str, dict[str, str]]]:
    sources = {row.source: iso(row.observed_at) for row in sorted(rows, key=lambda r: r.source)}
    if len(rows) == 1:
        return rows[0].value, {"sources": sources}
    value, origin = _values(section, [(row.source, row.value) for row in rows])
    return value, {"sources": sources, "paths": dict(_lines(section, origin))}


Origin = str | dict[str, Any]
"""The source of a value, or of each of its parts: {".name" or "[0]": Origin}."""

Sided = list[tuple[str, Any]]


def _values(path: str, sided: Sided) -> tuple[Any, Origin]:
    """Merge values at one spot, the most trusted first."""
    source, value = sided[0]
    if len(sided) == 1:
        return value, source
    alike = [(name, other) for name, other in sided if isinstance(other, type(value))]
    if isinstance(value, dict):
        return _objects(path, alike)
    if isinstance(value, list):
        return _lists(path, alike)
    return value, source


def _objects(path: str, sided: Sided) -> tuple[Any, Origin]:
    merged: dict[str, Any] = {}
    origins: dict[str, Any] = {}
    for name in sorted({name for _, value in sided for name in value}):
        parts = [(source, value[name]) for source, value in sided if value.get(name) is not None]
        if parts:
            merged[name], origins[f".{name}"] = _values(f"{path}.{name}", parts)
    return merged, _compact(origins, sided[0][0])


def _lists(path: str, sided: Sided) -> tuple[Any, Origin]:
    filled = [(source, value) for source, value in sided if value]
    if len(filled) < 2:
        return (filled or sided)[0][1], (filled or sided)[0][0]
    keys = keys_of(path)
    if keys is None:
        return _plain_lists(filled)
    merged: list[Any] = []
    origins: dict[str, Any] = {}
    for group in unite(keys, filled):
        place = f"[{len(merged)}]"
        item, origin = _values(f"{path}{place}", list(group.entries))
        merged.append(item)
        origins[place] = origin
    return merged, _compact(origins, filled[0][0])


def _plain_lists(filled: Sided) -> tuple[Any, Origin]:
    """Lists of names unite, the most trusted order first; a hand-entered one stands alone.

    Lists of things that have no natural key (a team's own facts) can't be united: the first wins.
    """
    source, first = filled[0]
    if source == MANUAL or any(isinstance(item, (dict, list)) for _, v in filled for item in v):
        return first, source
    merged = list(first)
    origins: dict[str, Any] = {f"[{place}]": source for place in range(len(first))}
    for other, items in filled[1:]:
        for item in items:
            if item not in merged:
                origins[f"[{len(merged)}]"] = other
                merged.append(item)
    return merged, _compact(origins, source)


def _compact(origins: dict[str, Any], default: str) -> Origin:
    """One name where all parts have the same source."""
    kinds = list(origins.values())
    if not kinds:
        return default
    first = kinds[0]
    return first if isinstance(first, str) and all(o == first for o in kinds) else origins


def _lines(path: str, origin: Origin) -> Iterable[tuple[str, str]]:
    if isinstance(origin, str):
        yield path, origin
        return
    for step, deeper in origin.items():
        yield from _lines(path + step, deeper)
