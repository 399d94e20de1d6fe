"""The enabled patterns, compiled once per version and process."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import F

from incidents.hosts.models import Host
from incidents.patterns.evaluate import PatternSet
from incidents.patterns.models import Pattern, PatternVersion
from incidents.patterns.overrides import Overrides, Thresholds, overrides, values
from incidents.patterns.second_pass import split
from incidents.patterns.sentence import sentence_for
from incidents.patterns.spec import PatternSpec, ReadyPattern, SpecError, compile_spec, load_data
from incidents.patterns.verdict import State, Verdict
from incidents.patterns.view import HostView


@dataclass(frozen=True, slots=True)
class Ready:
    """A pattern's row, its wording and its compiled form."""

    row: Pattern
    spec: PatternSpec
    compiled: ReadyPattern

    @property
    def grace(self) -> timedelta:
        return self.spec.grace_period

    @property
    def wanted(self) -> frozenset[str]:
        """Every section and path that an expression or a sentence reads, for a ``Fleet``."""
        return _wanted(self.compiled)

    def say(self, verdict: Verdict, view: HostView, thresholds: Thresholds = ()) -> str:
        """One sentence for the verdict; it always says when a match rests on old facts.

        ``thresholds`` are those of this host, where any is overridden.
        """
        ready = self.compiled
        known = {**ready.thresholds, **values(thresholds)} if thresholds else ready.thresholds
        said = sentence_for(ready.title, ready.sentences, verdict, view, known)
        old = verdict.reason if verdict.state is State.MATCH else ""
        return f"{said} ({old})" if old else said


@dataclass(frozen=True)
class Library:
    """Patterns that are asked together: ``patterns`` in the first pass, ``second`` after them.

    ``ready`` by slug, ``by_key`` by primary key.
    ``broken``: slug → why its wording no longer compiles; ``whole``: these are all enabled ones;
    ``overrides``: thresholds that differ somewhere; ``lessons``: slug → lessons of all enabled
    patterns of the first pass, asked now or not; ``severities`` likewise; ``wanted``: every section
    and path that an expression or a sentence reads, for a ``Fleet``.
    """

    ready: Mapping[str, Ready]
    patterns: PatternSet
    broken: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True
    overrides: Overrides = field(default_factory=Overrides)
    second: tuple[Ready, ...] = ()
    lessons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    severities: Mapping[str, str] = field(default_factory=dict)
    wanted: frozenset[str] = frozenset()
    by_key: Mapping[int, Ready] = field(default_factory=dict)

    def thresholds(self, slug: str, host: Host) -> Thresholds:
        """The thresholds of a pattern on a host; empty where none is overridden there."""
        if not self.overrides.rules or slug not in self.overrides.on(host.environment, host.tags):
            return ()
        own = self.ready[slug].compiled.thresholds
        return self.overrides.applied(slug, own, host.environment, host.tags)

    def only(self, slug: str) -> "Library":
        """This one pattern, with those that read what it finds; none where it is not enabled."""
        return self._part([one for name, one in self.ready.items() if name == slug])

    def reading(self, section: str) -> "Library":
        """The patterns that read ``section``, and those that read what they find."""
        return self._part([one for one in self.ready.values() if section in one.compiled.variables])

    def _part(self, ready: list[Ready]) -> "Library":
        slugs = {one.row.slug for one in ready}
        ready = ready + [one for one in self.second if ready and one.row.slug not in slugs]
        return replace(
            _library(ready, {}),
            whole=False,
            overrides=self.overrides,
            lessons=self.lessons,
            severities=self.severities,
        )


_PATTERN = [column.attname for column in Pattern._meta.concrete_fields]
_standing: tuple[list[tuple[Any, ...]], Library] | None = None


def enabled() -> Library:
    """Every enabled pattern in its current version, and the overrides of their thresholds: two
    queries.  While no row has changed it is the library of the last time: judging a single host
    would otherwise spend more on making it than on asking it."""
    global _standing
    versions = PatternVersion.objects.filter(
        pattern__enabled=True, number=F("pattern__version")
    ).order_by("pattern__slug")
    columns = ("pk", "made_at", *(f"pattern__{name}" for name in _PATTERN))
    rows = list(versions.values_list(*columns))
    held = _standing
    if held is None or held[0] != rows:
        held = _standing = rows, _made_of(rows)
    library = held[1]
    own = overrides({slug: one.compiled.thresholds for slug, one in library.ready.items()})
    return replace(library, overrides=own) if own.rules else library


def _made_of(rows: list[tuple[Any, ...]]) -> Library:
    ready: list[Ready] = []
    broken: dict[str, str] = {}
    for version, made_at, *pattern in rows:
        row = Pattern.from_db(DEFAULT_DB_ALIAS, _PATTERN, pattern)
        try:
            ready.append(Ready(row, *_compiled(version, made_at)))
        except SpecError as error:
            broken[row.slug] = str(error)
    return _library(ready, broken)


@dataclass(frozen=True)
class Then:
    """The patterns as they were worded at a moment.  ``numbers``: slug → version; ``later``: slugs
    of those that were written only afterwards, asked in their first wording."""

    library: Library
    numbers: Mapping[str, int]
    later: frozenset[str]


def then(moment: datetime) -> Then:
    """Every pattern that is enabled today in the version in force then: two queries."""
    versions = PatternVersion.objects.filter(pattern__enabled=True).defer("spec")
    chosen: dict[str, PatternVersion] = {}
    for version in versions.select_related("pattern").order_by("pattern__slug", "number"):
        if version.made_at <= moment or version.pattern.slug not in chosen:
            chosen[version.pattern.slug] = version
    ready: list[Ready] = []
    broken: dict[str, str] = {}
    for slug, version in chosen.items():
        try:
            ready.append(Ready(version.pattern, *_compiled(version.pk, version.made_at)))
        except SpecError as error:
            broken[slug] = str(error)
    own = {one.row.slug: one.compiled.thresholds for one in ready}
    library = replace(_library(ready, broken), overrides=overrides(own, moment))
    numbers = {slug: version.number for slug, version in chosen.items()}
    later = frozenset(slug for slug, one in chosen.items() if one.made_at > moment)
    return Then(library, numbers, later)


def current(pattern: Pattern) -> Ready:
    """One pattern as it stands, enabled or not.  Raises ``SpecError`` where it is broken."""
    version = pattern.versions.defer("spec").get(number=pattern.version)
    return Ready(pattern, *_compiled(version.pk, version.made_at))


@lru_cache(maxsize=1024)
def _compiled(version: int, made_at: datetime) -> tuple[PatternSpec, ReadyPattern]:
    # A version never changes, so neither does what it compiles to.
    spec = load_data(PatternVersion.objects.get(pk=version).spec)
    return spec, compile_spec(spec)


def _library(ready: list[Ready], broken: dict[str, str]) -> Library:
    first, last = split(one.compiled for one in ready)
    ends = {id(pattern) for pattern in last}
    return Library(
        {one.row.slug: one for one in ready},
        _pattern_set(tuple(first)),
        broken,
        second=tuple(one for one in ready if id(one.compiled) in ends),
        lessons={o.row.slug: tuple(o.spec.lessons) for o in ready if id(o.compiled) not in ends},
        severities={one.row.slug: one.spec.severity for one in ready},
        wanted=frozenset().union(*(one.wanted for one in ready)),
        by_key={one.row.pk: one for one in ready},
    )


@lru_cache(maxsize=8)
def _pattern_set(patterns: tuple[ReadyPattern, ...]) -> PatternSet:
    return PatternSet(patterns)


def _wanted(pattern: ReadyPattern) -> frozenset[str]:
    wanted = pattern.variables | pattern.paths
    for sentence in pattern.sentences.values():
        for piece in sentence.pieces:
            if not isinstance(piece, str):
                wanted |= piece.expression.variables | piece.expression.paths
    return wanted
