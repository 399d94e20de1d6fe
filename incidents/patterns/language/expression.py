"""An expression: checked once, then run natively or walked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cel

from .check import Meaning, check
from .cost import Work, worst
from .errors import ExpressionError
from .parser import parse
from .tree import Node
from .types import Type, of_value
from .values import Fault
from .walk import TOO_LONG, Budget, Run, TooLong, Walk, build


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression.  ``paths`` are the facts it reads (``backups[].last_success_days``),
    ``variables`` their sections, ``work`` what it costs at worst (``cost``)."""

    text: str
    tree: Node
    meaning: Meaning
    type: Type
    paths: frozenset[str]
    variables: frozenset[str]
    work: Work

    @property
    def nesting(self) -> int:
        """How deep its loops go."""
        return self.meaning.nesting

    def bind(self, thresholds: Mapping[str, Any]) -> "Bound":
        """The expression with values for its thresholds."""
        program = cel.compile(self._with(thresholds))
        return Bound(self, program, build(self.tree, self.meaning, thresholds))

    def _with(self, thresholds: Mapping[str, Any]) -> str:
        """The text with thresholds written out: programs of many patterns share one context,
        where two patterns may use one name for two values."""
        text = self.text
        for name in sorted(self.meaning.thresholds, key=lambda node: -node.position):
            end = name.position + len(name.name)
            text = f"{text[: name.position]}{literal(thresholds[name.name])}{text[end:]}"
        return text


@dataclass(frozen=True, slots=True)
class Bound:
    """An expression ready to run.  ``program.execute(context)`` is the native way."""

    expression: Expression
    program: Any
    run: Run

    def walk(
        self,
        sections: Mapping[str, Any],
        trace: dict[str, Any] | None = None,
        budget: Budget | None = None,
    ) -> Any:
        """Its three-valued result over ``sections``, noting what was read in ``trace``.  Walks of
        one question share a ``budget``; the result is a ``Fault`` where it is used up."""
        try:
            return self.run(Walk(sections, trace=trace, budget=budget))
        except TooLong:
            return Fault(TOO_LONG)


def compile_expression(
    text: str, thresholds: Mapping[str, Any] | None = None, *, want: str | None = "bool"
) -> Expression:
    """Check ``text`` against the sections and the names in ``thresholds`` (name → default).

    ``want`` is the kind of result: ``bool`` for conditions, None for anything.  Raises
    ``ExpressionError`` with the spot.
    """
    if not text.strip():
        raise ExpressionError("Write an expression; `true` asks it of every host.", text, 0)
    tree, _ = parse(text)
    return _checked(tree, text, thresholds or {}, want, sentence=False)


def compile_part(
    text: str, start: int, stop_at: str, thresholds: Mapping[str, Any]
) -> tuple[Expression, int]:
    """The expression inside a sentence from ``start``, and where it ended."""
    tree, end = parse(text, start=start, stop_at=stop_at)
    return _checked(tree, text, thresholds, None, sentence=True), end


def _checked(
    tree: Node, text: str, thresholds: Mapping[str, Any], want: str | None, *, sentence: bool
) -> Expression:
    types = {name: of_value(value) for name, value in thresholds.items()}
    meaning = check(tree, text, types, sentence=sentence)
    found = meaning.types[id(tree)]
    if want is not None and found.kind not in (want, "any"):
        raise ExpressionError(
            f"A condition must come to true or false; this is {found.said()}.", text, tree.position
        )
    path = meaning.at.get(id(tree))
    if path is not None:
        meaning.paths.add(path)
    paths = frozenset(meaning.paths)
    roots = frozenset(path.split(".")[0].removesuffix("[]") for path in paths)
    lists = {name for name, kind in types.items() if kind.kind == "list"}
    return Expression(text, tree, meaning, found, paths, roots, worst(tree, lists))


def literal(value: Any) -> str:
    """A threshold's value as expression text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]"
    if isinstance(value, str):
        return json.dumps(value)
    return f"({value!r})" if value < 0 else repr(value)
