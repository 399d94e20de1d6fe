"""The enabled patterns, compiled once per version and process."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache

from django.db.models import F

from incidents.patterns.evaluate import PatternSet
from incidents.patterns.models import Pattern, PatternVersion
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
    def sections(self) -> frozenset[str]:
        """Every section that an expression or a sentence reads."""
        return _sections(self.compiled)

    def say(self, verdict: Verdict, view: HostView) -> str:
        """One sentence for the verdict; it always says when a match rests on old facts."""
        ready = self.compiled
        said = sentence_for(ready.title, ready.sentences, verdict, view, ready.thresholds)
        old = verdict.reason if verdict.state is State.MATCH else ""
        return f"{said} ({old})" if old else said


@dataclass(frozen=True)
class Library:
    """Patterns that are asked together.  ``broken``: slug → why its wording no longer compiles;
    ``whole``: these are all enabled ones."""

    ready: Mapping[str, Ready]
    patterns: PatternSet
    broken: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True

    @property
    def wanted(self) -> frozenset[str]:
        """Every section that an expression or a sentence reads."""
        return frozenset().union(*(one.sections for one in self.ready.values()))

    def only(self, slug: str) -> "Library":
        """This one pattern; no pattern at all where it is not enabled."""
        ready = [one for name, one in self.ready.items() if name == slug]
        return replace(_library(ready, {}), whole=False)

    def reading(self, section: str) -> "Library":
        """Only the patterns that read ``section``."""
        ready = [one for one in self.ready.values() if section in one.compiled.variables]
        return replace(_library(ready, {}), whole=False)


def enabled() -> Library:
    """Every enabled pattern in its current version: one query while none has changed."""
    versions = PatternVersion.objects.filter(
        pattern__enabled=True, number=F("pattern__version")
    ).order_by("pattern__slug")
    ready: list[Ready] = []
    broken: dict[str, str] = {}
    for version in versions.select_related("pattern").defer("spec"):
        try:
            ready.append(Ready(version.pattern, *_compiled(version.pk, version.made_at)))
        except SpecError as error:
            broken[version.pattern.slug] = str(error)
    return _library(ready, broken)


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
    patterns = _pattern_set(tuple(one.compiled for one in ready))
    return Library({one.row.slug: one for one in ready}, patterns, broken)


@lru_cache(maxsize=8)
def _pattern_set(patterns: tuple[ReadyPattern, ...]) -> PatternSet:
    return PatternSet(patterns)


def _sections(pattern: ReadyPattern) -> frozenset[str]:
    said: frozenset[str] = frozenset()
    for sentence in pattern.sentences.values():
        for piece in sentence.pieces:
            if not isinstance(piece, str):
                said |= piece.expression.variables
    return pattern.variables | said
