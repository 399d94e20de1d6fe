"""Thresholds that are another number somewhere: which one counts on which host.

A tag beats an environment, an environment beats everywhere.  Of two tags on one host the override
with the higher priority counts; two tags of one threshold never have the same priority, so there is
never a doubt.  What an override says of a threshold that the pattern no longer has, or has as
another kind of value, is kept and not used.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from incidents.patterns.models import Scope, ThresholdOverride

Values = Mapping[str, Any]
RANK = {Scope.EVERYWHERE: 0, Scope.ENVIRONMENT: 1, Scope.TAG: 2}
OF_THE_PATTERN = "threshold of the pattern"


@dataclass(frozen=True, slots=True)
class Rule:
    """One override in force."""

    threshold: str
    scope: str
    scope_value: str
    value: Any
    priority: int = 0
    because: str = ""

    @property
    def strength(self) -> tuple[int, int, str]:
        return RANK[Scope(self.scope)], self.priority, self.scope_value

    @property
    def where(self) -> str:
        """``override for tag db``, ``override everywhere``."""
        if self.scope == Scope.EVERYWHERE:
            return "override everywhere"
        return f"override for {self.scope} {self.scope_value}"

    def covers(self, environment: str, tags: Iterable[str]) -> bool:
        if self.scope == Scope.EVERYWHERE:
            return True
        if self.scope == Scope.ENVIRONMENT:
            return self.scope_value == environment
        return self.scope_value in tags


@dataclass(frozen=True, slots=True)
class Applied:
    """The value of a threshold on one host, and where it comes from."""

    name: str
    value: Any
    source: str = OF_THE_PATTERN
    because: str = ""

    @property
    def is_override(self) -> bool:
        return self.source != OF_THE_PATTERN

    def as_evidence(self) -> dict[str, Any]:
        return {"path": self.name, "value": self.value, "source": self.source, "age_days": None}


Thresholds = Sequence[Applied]
"""All thresholds of one pattern on one host."""


def values(thresholds: Thresholds) -> dict[str, Any]:
    """Only those that are not the pattern's own: what ``ask`` wants to know."""
    return {one.name: one.value for one in thresholds if one.is_override}


def overridden(thresholds: Thresholds) -> tuple[dict[str, Any], ...]:
    """The same as evidence: name, value, and where it comes from."""
    return tuple(one.as_evidence() for one in thresholds if one.is_override)


@dataclass
class Overrides:
    """Those in force at one moment, by pattern slug; hosts that are alike share one answer."""

    rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    _held: dict[tuple[str, frozenset[str]], Mapping[str, Values]] = field(
        default_factory=dict, repr=False
    )

    @cached_property
    def _tags(self) -> frozenset[str]:
        every = (rule for rules in self.rules.values() for rule in rules)
        return frozenset(rule.scope_value for rule in every if rule.scope == Scope.TAG)

    def on(self, environment: str, tags: Iterable[str]) -> Mapping[str, Values]:
        """Slug → {threshold: value} of what is overridden on such a host; empty where nothing is.

        The same object for all hosts to which the same overrides apply.
        """
        if not self.rules:
            return {}
        telling = self._tags.intersection(tags)
        key = (environment, telling)
        if key not in self._held:
            found = {
                slug: {rule.threshold: rule.value for rule in self._deciding(slug, *key)}
                for slug in self.rules
            }
            self._held[key] = {slug: values for slug, values in found.items() if values}
        return self._held[key]

    def applied(
        self, slug: str, thresholds: Values, environment: str, tags: Iterable[str]
    ) -> tuple[Applied, ...]:
        """Every threshold of a pattern as it is on such a host, in the pattern's order."""
        deciding = {
            rule.threshold: rule
            for rule in self._deciding(slug, environment, frozenset(tags))
            if rule.threshold in thresholds
        }
        return tuple(
            Applied(name, rule.value, rule.where, rule.because)
            if (rule := deciding.get(name))
            else Applied(name, value)
            for name, value in thresholds.items()
        )

    def _deciding(self, slug: str, environment: str, tags: frozenset[str]) -> list[Rule]:
        found: dict[str, Rule] = {}
        for rule in self.rules.get(slug, ()):
            held = found.get(rule.threshold)
            if rule.covers(environment, tags) and (held is None or rule.strength > held.strength):
                found[rule.threshold] = rule
        return list(found.values())


def overrides(thresholds: Mapping[str, Values], at: datetime | None = None) -> Overrides:
    """Those in force now, or at a moment, that the patterns can use: one query.

    ``thresholds`` is slug → the pattern's own thresholds, of the patterns that are asked.
    """
    found: dict[str, list[Rule]] = {}
    for row in in_force(at).select_related("pattern").order_by("pk"):
        slug = row.pattern.slug
        if slug in thresholds and usable(row, thresholds[slug]):
            rule = Rule(
                row.threshold, row.scope, row.scope_value, row.value, row.priority, row.because
            )
            found.setdefault(slug, []).append(rule)
    return Overrides({slug: tuple(rules) for slug, rules in found.items()})


def in_force(at: datetime | None = None) -> QuerySet[ThresholdOverride]:
    """The rows that count now, or that counted at a moment."""
    if at is None:
        return ThresholdOverride.objects.filter(ended_at=None)
    standing = Q(ended_at=None) | Q(ended_at__gt=at)
    return ThresholdOverride.objects.filter(standing, at__lte=at)


def usable(row: ThresholdOverride, thresholds: Values) -> bool:
    """Whether the pattern still has that threshold, as the same kind of value."""
    return row.threshold in thresholds and kind_of(row.value) == kind_of(thresholds[row.threshold])


def kind_of(value: Any) -> str:
    """``a number``, ``a text``, ``true or false``, ``a list of numbers`` …"""
    if isinstance(value, list):
        inner = kind_of(value[0]).removeprefix("a ") if value else "nothing"
        return f"a list of {inner}s"
    if isinstance(value, bool):
        return "true or false"
    return "a text" if isinstance(value, str) else "a number"
