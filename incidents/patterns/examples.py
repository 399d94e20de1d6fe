"""The tests that travel with a pattern, and the check of a whole spec before it is saved."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from incidents.facts.ages import derive
from incidents.facts.annotate import annotate
from incidents.facts.document import SECTIONS
from incidents.facts.eol import Catalogue

from .evaluate import ask
from .language import Type, sections
from .language.check import suggestion
from .sentence import sentence_for
from .spec import Example, PatternSpec, Problem, ReadyPattern, SpecError, compile_spec
from .spec_reading import threshold_problem
from .verdict import State, Verdict
from .view import HostView

MAX_SECONDS = 5  # a web process checks what is saved


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What an example came to; ``problems`` are sentences, none when it holds."""

    verdict: Verdict
    sentence: str
    problems: tuple[str, ...]


@cache
def shipped_catalogue() -> Catalogue:
    """The end-of-life catalogue that examples are read with: they mean the same anywhere."""
    return Catalogue.load()


def example_view(example: Example, *, now: datetime | None = None) -> HostView:
    """The view a pattern gets of an example: ages and ends of life follow as on a real host."""
    moment = datetime.fromisoformat(example.now) if example.now else now or datetime.now(UTC)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    reported = {name: example.facts[name] for name in SECTIONS if name in example.facts}
    site = (example.facts.get("host") or {}).get("site")
    reported = annotate(reported, shipped_catalogue(), moment, site=site)
    full = {**example.facts, **derive(reported, moment)}
    full = {name: value for name, value in full.items() if value is not None}
    if not example.stale:
        return HostView("example", full, full)
    fresh = {name: value for name, value in full.items() if name not in example.stale}
    since = {name: moment.isoformat() for name in example.stale}
    return HostView("example", full, fresh, since)


def run_example(
    pattern: ReadyPattern, example: Example, *, now: datetime | None = None
) -> ExampleResult:
    """Ask ``pattern`` of the example and compare with what it promises."""
    view = example_view(example, now=now)
    verdict = ask(pattern, view)
    said = sentence_for(pattern.title, pattern.sentences, verdict, view, pattern.thresholds)
    problems: list[str] = []
    if verdict.state != example.verdict:
        why = f" ({verdict.reason})" if verdict.reason else ""
        problems.append(f"It comes to {verdict.state}{why}, not to {example.verdict}.")
    elif example.missing and set(verdict.missing) != set(example.missing):
        problems.append(f"It misses {', '.join(verdict.missing) or 'nothing'}.")
    elif example.severity and verdict.severity != example.severity:
        problems.append(f"Its severity is {verdict.severity}, not {example.severity}.")
    elif example.says and said != example.says:
        problems.append(f"It says: {said}")
    return ExampleResult(verdict, said, tuple(problems))


def check(spec: PatternSpec, *, now: datetime | None = None) -> list[Problem]:
    """Everything that keeps ``spec`` from being saved; an empty list when nothing does.

    It compiles, it names only what exists, its examples hold, at least one of them matches and
    one does not.
    """
    try:
        pattern = compile_spec(spec)
    except SpecError as error:
        return error.errors
    problems, until = [*_unused(spec, pattern)], time.monotonic() + MAX_SECONDS
    for number, example in enumerate(spec.examples):
        at = f"/examples/{number}"
        if time.monotonic() > until:
            said = f"The examples before this one took {MAX_SECONDS} seconds: make them smaller."
            return [*problems, Problem(at, said)]
        found = facts_problems(example.facts, f"{at}/facts") or _moment(example, at)
        if not found:
            found = [
                Problem(f"{at}/verdict", p) for p in run_example(pattern, example, now=now).problems
            ]
        problems.extend(found)
    verdicts = {example.verdict for example in spec.examples}
    if State.MATCH not in verdicts:
        problems.append(Problem("/examples", "Add an example that matches."))
    if not verdicts & {State.CLEAR, State.UNKNOWN, State.NOT_APPLICABLE}:
        problems.append(Problem("/examples", "Add an example that does not match."))
    return problems


def check_thresholds(spec: PatternSpec, overrides: Mapping[str, Any]) -> list[Problem]:
    """What keeps ``overrides`` (name → value) from standing in for the spec's thresholds."""
    problems: list[Problem] = []
    for name, value in overrides.items():
        at = f"/{name}"
        if name not in spec.thresholds:
            hint = suggestion(name, spec.thresholds)
            problems.append(Problem(at, f"The pattern has no threshold `{name}`{hint}"))
        elif (why := threshold_problem(value)) is not None:
            problems.append(Problem(at, why))
        elif _family(value) != _family(spec.thresholds[name]):
            problems.append(Problem(at, "This is of another kind than the pattern's own value."))
    return problems


def _family(value: Any) -> str:
    if isinstance(value, list):
        return f"list of {_family(value[0])}"
    if isinstance(value, bool):
        return "bool"
    return "text" if isinstance(value, str) else "number"


def _unused(spec: PatternSpec, pattern: ReadyPattern) -> list[Problem]:
    used = {node.name for one in pattern.expressions for node in one.meaning.thresholds}
    for sentence in pattern.sentences.values():
        for piece in sentence.pieces:
            if not isinstance(piece, str):
                used |= {node.name for node in piece.expression.meaning.thresholds}
    return [
        Problem(f"/thresholds/{name}", "No expression uses this threshold.")
        for name in spec.thresholds
        if name not in used
    ]


def _moment(example: Example, at: str) -> list[Problem]:
    try:
        if example.now:
            datetime.fromisoformat(example.now)
    except ValueError:
        return [Problem(f"{at}/now", "A moment such as 2026-11-23T02:00:00Z.")]
    return [
        Problem(f"{at}/stale/{n}", f"There is no section `{name}`{suggestion(name, sections())}")
        for n, name in enumerate(example.stale)
        if name not in sections()
    ]


# -- the facts of an example are facts a host could have -----------------------------------------


def facts_problems(facts: Mapping[str, Any], at: str) -> list[Problem]:
    """Unknown sections and fields and values of the wrong type in an example's facts."""
    problems: list[Problem] = []
    for name, value in facts.items():
        if name not in sections():
            hint = suggestion(name, sections())
            problems.append(Problem(f"{at}/{name}", f"There is no section `{name}`{hint}"))
        else:
            _fits(value, sections()[name], f"{at}/{name}", problems)
    return problems


def _fits(value: Any, kind: Type, at: str, problems: list[Problem]) -> None:
    if value is None or kind.kind == "any":
        return
    if kind.kind == "list" and isinstance(value, list) and kind.element is not None:
        for number, item in enumerate(value):
            _fits(item, kind.element, f"{at}/{number}", problems)
    elif kind.kind == "struct" and isinstance(value, dict):
        for name, part in value.items():
            if name in kind.fields:
                _fits(part, kind.fields[name], f"{at}/{name}", problems)
            else:
                hint = suggestion(name, kind.fields)
                problems.append(Problem(f"{at}/{name}", f"There is no field `{name}`{hint}"))
    elif kind.kind == "map" and isinstance(value, dict) and kind.element is not None:
        for name, part in value.items():
            _fits(part, kind.element, f"{at}/{name}", problems)
    elif not _plain_fits(value, kind.kind):
        problems.append(Problem(at, f"This must be {kind.said()}."))


def _plain_fits(value: Any, kind: str) -> bool:
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return kind == "text" and isinstance(value, str)
