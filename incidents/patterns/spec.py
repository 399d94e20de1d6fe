"""A pattern as its author writes it: the YAML form, read with every problem named at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec

from . import yamltext
from .evaluate import CompiledPattern
from .language import Expression, ExpressionError, compile_expression
from .sentence import Sentence, compile_sentence
from .spec_reading import Reading


class Problem(NamedTuple):
    """``pointer`` is a JSON pointer into the spec, ``line`` a line of the YAML text."""

    pointer: str
    message: str
    line: int | None = None


class SpecError(ValueError):
    """The spec can't be used; ``errors`` lists everything that is wrong."""

    def __init__(self, errors: list[Problem]) -> None:
        self.errors = errors
        super().__init__("; ".join(_spoken(problem) for problem in errors))


class Raise(msgspec.Struct, kw_only=True, frozen=True):
    """A condition that makes a match worse than the pattern says by itself."""

    when: str
    to: str


class Cite(msgspec.Struct, kw_only=True, frozen=True):
    """A published account of where it has bitten."""

    title: str
    url: str


class Example(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """A test that travels with the pattern.

    ``facts`` are sections, reported or derived; ages follow from the times in them at ``now``
    (the present when left out), or are given as ``x_days``.  ``stale`` names sections that are
    past their shelf life.  What is said in ``missing``, ``severity`` and ``says`` must hold too.
    """

    facts: dict[str, Any]
    verdict: str
    name: str = ""
    now: str = ""
    stale: list[str] = []
    missing: list[str] = []
    severity: str = ""
    says: str = ""


class PatternSpec(msgspec.Struct, kw_only=True, frozen=True, rename={"raises": "raise"}):
    """One wording of a pattern.  As data (``as_data``) its keys are those of the YAML."""

    pattern: str
    title: str
    severity: str
    likelihood: str = "medium"
    applies: str
    match: str
    thresholds: dict[str, Any] = {}
    raises: list[Raise] = []
    say: dict[str, str] = {}
    why: str = ""
    fix: str = ""
    lessons: list[str] = []
    cites: list[Cite] = []
    grace: str = "0d"
    version: int = 1
    needs: list[str] = []
    examples: list[Example] = []

    @property
    def grace_period(self) -> timedelta:
        """How long a match must hold before its flag opens."""
        units = {"h": "hours", "d": "days", "w": "weeks"}
        return timedelta(**{units[self.grace[-1]]: int(self.grace[:-1])})


def load_yaml(text: str) -> PatternSpec:
    """The pattern in ``text``.  Raises ``SpecError`` with all problems of form, each with its line.

    Meaning (names, types, examples) is for ``check``.
    """
    try:
        data, lines = yamltext.read(text)
    except yamltext.YamlProblem as problem:
        raise SpecError([Problem("", problem.message, problem.line)]) from None
    return _load(data, lines)


def load_data(data: Any) -> PatternSpec:
    """The pattern in plain data, such as parsed JSON or ``PatternVersion.spec``."""
    return _load(data, {})


def _load(data: Any, lines: yamltext.Lines) -> PatternSpec:
    reading = Reading(data)
    if reading.problems:
        raise SpecError([located(p, m, lines) for p, m in reading.problems])
    return msgspec.convert(reading.data, PatternSpec)


def located(pointer: str, message: str, lines: yamltext.Lines) -> Problem:
    """The problem with the nearest line known."""
    place = pointer
    while place and place not in lines:
        place = place.rpartition("/")[0]
    return Problem(pointer, message, lines.get(place))


def dump_yaml(spec: PatternSpec) -> str:
    """The spec as YAML; reading it gives the same spec, dumping that the same text."""
    data = as_data(spec)
    data["thresholds"] = yamltext.Flow(data["thresholds"])
    data["raise"] = [yamltext.Flow(one) for one in data["raise"]]
    data["examples"] = [
        {key: yamltext.Flow(value) if key == "facts" else value for key, value in one.items()}
        for one in data["examples"]
    ]
    optional = ("thresholds", "raise", "say", "why", "fix", "lessons", "cites", "needs")
    return yamltext.write({k: v for k, v in data.items() if v or k not in optional})


def as_data(spec: PatternSpec) -> dict[str, Any]:
    """The spec as plain data with the keys of the YAML, for JSON and the database."""
    data: dict[str, Any] = msgspec.to_builtins(spec)
    return data


@dataclass(slots=True, eq=False)
class ReadyPattern(CompiledPattern):
    """A pattern ready to be asked, with what it says."""

    title: str = ""
    sentences: Mapping[str, Sentence] = field(default_factory=dict)


def compile_spec(spec: PatternSpec) -> ReadyPattern:
    """The spec ready to be asked.  Raises ``SpecError`` with every expression that can't be."""
    problems: list[Problem] = []

    def condition(text: str, pointer: str) -> Expression | None:
        try:
            return compile_expression(text, spec.thresholds)
        except ExpressionError as problem:
            problems.append(Problem(pointer, str(problem)))
            return None

    def sentence(text: str, pointer: str) -> Sentence | None:
        try:
            return compile_sentence(text, spec.thresholds)
        except ExpressionError as problem:
            problems.append(Problem(pointer, str(problem)))
            return None

    applies = condition(spec.applies, "/applies")
    match = condition(spec.match, "/match")
    raises = [(condition(r.when, f"/raise/{n}/when"), r.to) for n, r in enumerate(spec.raises)]
    sentences = {key: sentence(text, f"/say/{key}") for key, text in spec.say.items()}
    if problems or applies is None or match is None:
        raise SpecError(problems)
    return ReadyPattern(
        slug=spec.pattern,
        severity=spec.severity,
        applies=applies,
        match=match,
        thresholds=spec.thresholds,
        raises=tuple((one, to) for one, to in raises if one is not None),
        title=spec.title,
        sentences={key: one for key, one in sentences.items() if one is not None},
    )


def _spoken(problem: Problem) -> str:
    where = problem.pointer or "the text"
    line = f" (line {problem.line})" if problem.line else ""
    return f"{where}{line}: {problem.message}"
