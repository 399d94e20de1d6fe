"""A host's facts as its page shows them: section by section, with source and age."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from incidents.facts.document import SECTIONS
from incidents.facts.merge import ShelfLives, is_stale, source_of
from incidents.hosts.models import Host
from incidents.hosts.shelf_lives import shelf_lives
from incidents.hosts.summary import summary
from incidents.hosts.systems import System, system_of

#: So many values of a section stand on the page; the rest is in the API's document.
MOST = 300


@dataclass(frozen=True, slots=True)
class Source:
    """Who said something of a section, when last, and whether that is too old to rely on."""

    name: str
    seen: datetime
    stale: bool


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the document by its path; ``source`` only where several speak."""

    path: str
    value: Any
    source: str


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    summary: str
    system: System | None
    sources: list[Source]
    values: list[Value]
    left_out: int

    @property
    def stale(self) -> bool:
        """No source is fresh: nothing here may be called clear."""
        return all(source.stale for source in self.sources)

    @property
    def seen(self) -> datetime | None:
        """When somebody last said anything of it."""
        return max((source.seen for source in self.sources), default=None)


def sections_of(host: Host, now: datetime) -> list[Section]:
    """Every section anybody reported, in the schema's order."""
    known = [name for name in SECTIONS if name in host.facts]
    lives = shelf_lives()
    return [_section(host, name, host.facts[name], now, lives) for name in known]


def _section(host: Host, name: str, value: Any, now: datetime, lives: ShelfLives) -> Section:
    entry = host.observed.get(name) or {}
    sources = [
        Source(source, seen, is_stale(name, source, seen, now, lives))
        for source, text in entry.get("sources", {}).items()
        for seen in (datetime.fromisoformat(text),)
    ]
    every = flat(name, value)
    values = [
        Value(path, said, _who(host, path) if len(sources) > 1 else "")
        for path, said in islice(every, MOST)
    ]
    return Section(
        name=name,
        summary=summary(name, value, now),
        system=system_of(value, now) if name == "os" else None,
        sources=sorted(sources, key=lambda source: source.seen, reverse=True),
        values=values,
        left_out=sum(1 for _ in every),
    )


def _who(host: Host, path: str) -> str:
    found = source_of(host.observed, path)
    return found[0] if found else ""


def flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Every leaf of a section with its path; an empty list or a list of words is one."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from flat(f"{path}.{name}", inner)
    elif isinstance(value, list) and any(isinstance(item, (Mapping, list)) for item in value):
        for place, inner in enumerate(value):
            yield from flat(f"{path}[{place}]", inner)
    else:
        yield path, value
