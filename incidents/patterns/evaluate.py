"""Patterns asked of hosts: the fast native way, and the walk where facts are missing.

A pattern's expressions run natively on one context per host.  When the native engine gives an
answer it is right: it raises as soon as it meets an absent fact that the answer could hang on.
Then the walk decides in three-valued logic, names the missing paths, or finds the pattern broken.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from .context import HostContext, Shape
from .evidence import collect
from .language import (
    TOO_LONG,
    Bound,
    Budget,
    Expression,
    Fault,
    Size,
    Work,
    cause_of,
    entries_up_to,
    is_little,
    total,
)
from .verdict import State, Verdict
from .view import HostView

SEVERITIES = ("low", "medium", "high", "critical")

#: What the native engine raises; anything else (a worker's time limit) must pass through.
NATIVE_ERRORS = (KeyError, RuntimeError, TypeError, ValueError, ArithmeticError, IndexError)

Thresholds = Mapping[str, Any]

#: Which verdicts are explained by the facts that were read.
Told = Literal["all", "match", "none"]

_BOUND_CACHE = 64
_WALKS_CACHE = 512

#: The longest list a report may bring.  Long texts make no difference without lists in lists.
LARGEST = Size(5_000, 0)
_AGES = "facts_age"


@dataclass(frozen=True, slots=True)
class BoundPattern:
    """A pattern's expressions with values for its thresholds.

    ``walked``: it reads facts without a declared type, which only the walk handles with care.
    ``growing``: what they cost at worst, where that is too much for some hosts to run natively;
    ``little``: up to how many entries of the longest list it is not.
    ``shape``: what they read.  ``walks``: what walking came to on such facts, and the work it was.
    """

    applies: Bound
    match: Bound
    raises: tuple[tuple[Bound, str], ...]
    walked: bool
    growing: Work | None
    little: int
    shape: Shape
    walks: dict[bytes, tuple[Verdict, int]] = field(default_factory=dict, compare=False, repr=False)


@dataclass(slots=True, eq=False)
class CompiledPattern:
    """A pattern ready to be asked.  ``raises`` are (condition, severity); ``variables`` the
    sections it may read."""

    slug: str
    severity: str
    applies: Expression
    match: Expression
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    raises: tuple[tuple[Expression, str], ...] = ()
    variables: frozenset[str] = field(init=False)
    shape: Shape = field(init=False, repr=False)
    _bound: dict[Any, BoundPattern] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.variables = frozenset().union(*(one.variables for one in self.expressions))
        self.shape = Shape(self.paths)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return (self.applies, self.match, *(condition for condition, _ in self.raises))

    @property
    def paths(self) -> frozenset[str]:
        """Every fact path it may read, list entries written ``[]``."""
        return frozenset().union(*(one.paths for one in self.expressions))

    def bound(self, overrides: Thresholds | None = None) -> BoundPattern:
        """Its expressions with its own thresholds, or with some of them overridden."""
        key: Any = None
        if overrides:
            key = msgspec.json.encode({k: overrides[k] for k in self.thresholds if k in overrides})
        found = self._bound.get(key)
        if found is None:
            known = {k: v for k, v in (overrides or {}).items() if k in self.thresholds}
            values = {**self.thresholds, **known}
            found = self._bind(values)
            if len(self._bound) >= _BOUND_CACHE:
                self._bound.clear()
            self._bound[key] = found
        return found

    def _bind(self, values: Thresholds) -> BoundPattern:
        applies, match, *conditions = (one.bind(values) for one in self.expressions)
        work = total(one.work for one in self.expressions)
        return BoundPattern(
            applies,
            match,
            tuple(zip(conditions, (to for _, to in self.raises), strict=True)),
            walked=any(one.meaning.loose for one in self.expressions),
            growing=None if is_little(work, LARGEST) else work,
            little=entries_up_to(work),
            shape=self.shape,
        )


class PatternSet:
    """Patterns that are asked together: they share one context per host.

    Iterating gives the ``CompiledPattern``s in order; ``by_slug`` finds one.
    """

    def __init__(self, patterns: Iterable[CompiledPattern]) -> None:
        self.patterns = tuple(patterns)
        self.by_slug = {pattern.slug: pattern for pattern in self.patterns}
        self.shape = Shape(frozenset().union(*(pattern.paths for pattern in self.patterns)))

    def __iter__(self) -> Any:
        return iter(self.patterns)

    def __len__(self) -> int:
        return len(self.patterns)

    def context(self, view: HostView) -> HostContext:
        """The view made ready once for all patterns of the set."""
        return HostContext(view, self.shape)


def ask(
    pattern: CompiledPattern,
    view: HostView,
    *,
    thresholds: Thresholds | None = None,
    context: HostContext | None = None,
    evidence: Told = "all",
) -> Verdict:
    """What ``pattern`` says of the host.

    ``thresholds`` override the pattern's own by name.  Pass the ``context`` of a ``PatternSet``
    when several patterns are asked of one view.  ``evidence`` as for ``ask_all``.
    """
    bound = pattern.bound(thresholds)
    context = context or HostContext(view, pattern.shape)
    verdict = _judge(pattern, bound, context)
    if evidence == "all" or (evidence == "match" and verdict.state is State.MATCH):
        return _explained(verdict, bound, context)
    return verdict


def ask_all(
    patterns: PatternSet,
    view: HostView,
    *,
    thresholds: Mapping[str, Thresholds] | None = None,
    evidence: Told = "match",
) -> dict[str, Verdict]:
    """Slug → verdict of every pattern of the set.

    ``thresholds`` is slug → overrides for this host.  ``evidence`` is ``match`` (matches are
    explained: what sweeps need), ``all`` or ``none``.
    """
    context = patterns.context(view)
    own = thresholds or {}
    return {
        one.slug: ask(one, view, thresholds=own.get(one.slug), context=context, evidence=evidence)
        for one in patterns.patterns
    }


def is_ruled_out(
    pattern: CompiledPattern, view: HostView, thresholds: Thresholds | None = None
) -> bool:
    """Whether the pattern surely does not apply: a cheap look ahead of asking it alone, for which
    the view would have to be made ready.  False says nothing."""
    if view.fresh is not view.sections:
        return False
    return pattern.bound(thresholds).applies.walk(view.sections) is False


_CLEAR = Verdict(State.CLEAR)
_NOT_APPLICABLE = Verdict(State.NOT_APPLICABLE)
_MATCH = Verdict(State.MATCH)


def _judge(pattern: CompiledPattern, bound: BoundPattern, context: HostContext) -> Verdict:
    """The verdict without evidence."""
    verdict = _native(bound, context)
    if context.is_fresh and (verdict is _CLEAR or verdict is _NOT_APPLICABLE):
        return verdict  # most are: nothing more can be asked
    budget = Budget()
    verdict = _judged(pattern, bound, context, budget, verdict)
    if budget.left < 0:
        return Verdict(State.BROKEN, reason=TOO_LONG, error=TOO_LONG)
    return verdict


def _judged(
    pattern: CompiledPattern,
    bound: BoundPattern,
    context: HostContext,
    budget: Budget,
    verdict: Verdict | None,
) -> Verdict:
    """``verdict`` is what the native engine said, if it could."""
    if verdict is None:
        verdict = _remembered(bound, context, budget, fresh=False)
    if verdict.state is State.MATCH:
        stale = _stale_match(pattern, bound, context, budget)
        return Verdict(
            State.MATCH,
            reason=f"on facts that are {_since(stale)}" if stale else "",
            severity=_severity(pattern, bound, context, budget),
            stale=stale,
        )
    if verdict.state in (State.CLEAR, State.NOT_APPLICABLE) and context.lost(pattern.variables):
        fresh = _on_fresh(bound, context, budget)
        if fresh.state is not verdict.state:
            return _stale(fresh, pattern, context)
    return verdict


def _native(bound: BoundPattern, context: HostContext, *, fresh: bool = False) -> Verdict | None:
    """What the native engine says; None where it meets an absent fact, or may not be asked."""
    native = context.native(bound, fresh=fresh)
    if native is None:
        return None
    try:
        if not bound.applies.program.execute(native):
            return _NOT_APPLICABLE
        return _MATCH if bound.match.program.execute(native) else _CLEAR
    except NATIVE_ERRORS:
        return None


def _on_fresh(bound: BoundPattern, context: HostContext, budget: Budget) -> Verdict:
    """The answer on fresh facts alone."""
    verdict = _native(bound, context, fresh=True)
    return verdict or _remembered(bound, context, budget, fresh=True)


def _remembered(
    bound: BoundPattern, context: HostContext, budget: Budget, *, fresh: bool
) -> Verdict:
    """What the walk says, or said before on the very same facts: whole fleets lack the same ones,
    and walking finds the same missing paths on every host."""
    facts = context.digest(bound, fresh=fresh)
    known = None if facts is None else bound.walks.get(facts)
    if known is not None:
        verdict, work = known
        budget.left -= work
        return verdict
    left = budget.left
    sections = context.view.fresh if fresh else context.view.sections
    verdict = _walked(bound, sections, budget)
    if facts is not None and budget.left >= 0:
        if len(bound.walks) >= _WALKS_CACHE:
            bound.walks.clear()
        bound.walks[facts] = verdict, left - budget.left
    return verdict


def _walked(bound: BoundPattern, sections: Mapping[str, Any], budget: Budget) -> Verdict:
    applies = bound.applies.walk(sections, budget=budget)
    if applies is False:
        return _NOT_APPLICABLE
    if applies is not True:
        return _undecided(applies, "applies")
    match = bound.match.walk(sections, budget=budget)
    if match is True:
        return _MATCH
    return _CLEAR if match is False else _undecided(match, "match")


def _undecided(value: Any, where: str) -> Verdict:
    if (cause := cause_of(value)) is not None:
        missing = _less_ages(cause.paths)
        return Verdict(State.UNKNOWN, missing=missing, reason=f"not reported: {', '.join(missing)}")
    problem = value.message if isinstance(value, Fault) else "it does not come to true or false"
    return Verdict(State.BROKEN, reason=f"{where}: {problem}", error=f"{where}: {problem}")


def _less_ages(paths: tuple[str, ...]) -> tuple[str, ...]:
    """What nobody reported has no age either: then its age is not what is missing."""
    sections = {_section(path) for path in paths} - {_AGES}
    if not sections:
        return paths
    silent = {_AGES, *(f"{_AGES}.{section}" for section in sections)}
    return tuple(path for path in paths if path not in silent)


def _section(path: str) -> str:
    return path.split(".")[0].removesuffix("[]")


def _stale(fresh: Verdict, pattern: CompiledPattern, context: HostContext) -> Verdict:
    """The answer held only with facts past their shelf life."""
    lost = context.lost(pattern.variables)
    missing = tuple(p for p in fresh.missing if _section(p) in lost)
    stale = _since_when(lost, context.view)
    return Verdict(
        State.UNKNOWN, missing=missing or tuple(sorted(lost)), reason=_since(stale), stale=stale
    )


def _since_when(lost: Iterable[str], view: HostView) -> dict[str, str]:
    return {name: view.stale.get(name, "") for name in sorted(lost)}


def _since(stale: Mapping[str, str]) -> str:
    moments = [moment for moment in stale.values() if moment]
    since = f" since {min(moments)[:10]}" if moments else ""
    return f"stale{since}: {', '.join(stale)}"


def _stale_match(
    pattern: CompiledPattern, bound: BoundPattern, context: HostContext, budget: Budget
) -> dict[str, str]:
    lost = context.lost(pattern.variables)
    if not lost:
        return {}
    fresh = _on_fresh(bound, context, budget)
    return {} if fresh.state is State.MATCH else _since_when(lost, context.view)


def _severity(
    pattern: CompiledPattern, bound: BoundPattern, context: HostContext, budget: Budget
) -> str:
    """The worst of the pattern's severity and of the conditions that hold for sure."""
    found = pattern.severity
    for condition, to in bound.raises:
        worse = SEVERITIES.index(to) > SEVERITIES.index(found)
        if worse and _holds(condition, bound, context, budget):
            found = to
    return found


def _holds(condition: Bound, bound: BoundPattern, context: HostContext, budget: Budget) -> bool:
    native = context.native(bound)
    if native is not None:
        try:
            return bool(condition.program.execute(native))
        except NATIVE_ERRORS:
            pass
    return condition.walk(context.view.sections, budget=budget) is True


def _explained(verdict: Verdict, bound: BoundPattern, context: HostContext) -> Verdict:
    if verdict.error == TOO_LONG:
        return verdict  # walking it again would take as long
    trace: dict[str, Any] = {}
    sections, budget = context.view.sections, Budget()
    applies = bound.applies.walk(sections, trace, budget)
    if applies is True:
        bound.match.walk(sections, trace, budget)
    if verdict.state is State.MATCH:
        for condition, _ in bound.raises:
            held: dict[str, Any] = {}
            if condition.walk(sections, held, budget) is True:
                trace.update(held)
    return Verdict(
        verdict.state,
        collect(trace, context.view.source_of),
        verdict.missing,
        verdict.reason,
        verdict.error,
        verdict.severity,
        verdict.stale,
    )


def risk(severity: str, likelihood: str) -> int:
    """Severity times likelihood as one number, 1 to 16, for ranking."""
    return (SEVERITIES.index(severity) + 1) * (SEVERITIES.index(likelihood) + 1)


__all__ = [
    "SEVERITIES",
    "BoundPattern",
    "CompiledPattern",
    "HostContext",
    "PatternSet",
    "ask",
    "ask_all",
    "is_ruled_out",
    "risk",
]
