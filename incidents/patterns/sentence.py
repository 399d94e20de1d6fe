"""One plain sentence per verdict, made from the facts by the pattern's own template.

A template is text with expressions in braces: ``{backups.size()} backups``.  They are the
language of patterns with a few more functions (``min``, ``max``, ``distinct``, ``days``,
``string``, ``known``).  Behind a semicolon stand the words to use where the value is not known or
a list is empty: ``{min(backups.map(b, b.last_success_days)); no age}``.  ``{{`` and ``}}`` are
braces.  ``missing`` is the list of paths an unknown verdict hangs on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from .language import Between, Expression, ExpressionError, Fault, Partial, Unknown, compile_part
from .language.operators import spoken
from .language.walk import Budget, Run, TooLong, Walk, build
from .verdict import State, Verdict
from .view import HostView

MAX_TEMPLATE = 1_000
MAX_PARTS = 16
MAX_ITEMS = 8
MAX_SAID = 160
_BOUND_CACHE = 16

KEYS = {
    State.MATCH: "match",
    State.CLEAR: "clear",
    State.UNKNOWN: "unknown",
    State.NOT_APPLICABLE: "not_applicable",
}
MISSING = "missing"
_BEFORE_MARK = re.compile(r" ([,.:;])(?= |$)")


@dataclass(frozen=True, slots=True)
class Part:
    """An expression in braces and the words for when it has no value."""

    expression: Expression
    otherwise: str | None


Bound = tuple[Run, Part]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A compiled template: texts and parts in turn."""

    pieces: tuple[str | Part, ...]
    _bound: dict[bytes, list[str | Bound]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def say(self, view: HostView, thresholds: Mapping[str, Any], missing: tuple[str, ...]) -> str:
        """The sentence for this host."""
        budget = Budget()
        said = [
            piece if isinstance(piece, str) else _said(piece, view, budget)
            for piece in self._with({**thresholds, MISSING: list(missing)})
        ]
        return _BEFORE_MARK.sub(r"\1", " ".join("".join(said).split()))

    def _with(self, names: Mapping[str, Any]) -> list[str | Bound]:
        """Its parts with values for their names: most hosts share one set of them."""
        key = msgspec.json.encode(names)
        found = self._bound.get(key)
        if found is None:
            found = [
                piece
                if isinstance(piece, str)
                else (build(piece.expression.tree, piece.expression.meaning, names), piece)
                for piece in self.pieces
            ]
            if len(self._bound) >= _BOUND_CACHE:
                self._bound.clear()
            self._bound[key] = found
        return found


def compile_sentence(text: str, thresholds: Mapping[str, Any]) -> Sentence:
    """The template ``text``, checked.  Raises ``ExpressionError`` with the spot."""
    if len(text) > MAX_TEMPLATE:
        raise ExpressionError(f"A sentence may have {MAX_TEMPLATE} characters.", text, MAX_TEMPLATE)
    names = {**thresholds, MISSING: [""]}
    pieces: list[str | Part] = []
    plain = ""
    at = 0
    while at < len(text):
        char = text[at]
        if char in "{}" and text[at : at + 2] == char * 2:
            plain, at = plain + char, at + 2
        elif char == "{":
            pieces.append(plain)
            part, at = _part(text, at + 1, names)
            pieces.append(part)
            plain = ""
        elif char == "}":
            raise ExpressionError("This brace closes nothing; write }} for a brace.", text, at)
        else:
            plain, at = plain + char, at + 1
    if sum(isinstance(piece, Part) for piece in pieces) > MAX_PARTS:
        raise ExpressionError(f"A sentence may have {MAX_PARTS} expressions.", text, 0)
    return Sentence((*pieces, plain))


def _part(text: str, start: int, names: Mapping[str, Any]) -> tuple[Part, int]:
    expression, end = compile_part(text, start, ";}", names)
    if expression.type.kind in ("struct", "map"):
        raise ExpressionError("Name a field: this is a group of fields.", text, start)
    if end >= len(text):
        raise ExpressionError("The brace is never closed.", text, start - 1)
    if text[end] == "}":
        return Part(expression, None), end + 1
    close = text.find("}", end)
    if close < 0:
        raise ExpressionError("The brace is never closed.", text, start - 1)
    return Part(expression, text[end + 1 : close].strip()), close + 1


def _said(bound: Bound, view: HostView, budget: Budget) -> str:
    run, part = bound
    try:
        value = run(Walk(view.sections, budget=budget))
    except TooLong:
        value = Fault("too long")
    return speak(value, part.otherwise)


def speak(value: Any, otherwise: str | None = None) -> str:
    """A value in words; ``otherwise`` where it is not known or empty."""
    if isinstance(value, Partial):
        value = value.sure
    if isinstance(value, list):
        known = list(dict.fromkeys(speak(item) for item in _flat(value)))
        return _joined(known) if known else ("none" if otherwise is None else otherwise)
    if isinstance(value, Between):
        return f"at least {value.low}"
    if isinstance(value, (Unknown, Fault)):
        return "not known" if otherwise is None else otherwise
    if value == "" and otherwise is not None:
        return otherwise
    said = spoken(value)
    return said if len(said) <= MAX_SAID else said[: MAX_SAID - 1] + "…"


def _flat(values: list[Any]) -> list[Any]:
    """The known plain entries, those of lists inside the list too."""
    found: list[Any] = []
    for value in values:
        value = value.sure if isinstance(value, Partial) else value
        if isinstance(value, list):
            found.extend(_flat(value))
        elif not isinstance(value, (Unknown, Fault, Between, dict)):
            found.append(value)
    return found


def _joined(words: list[str]) -> str:
    if len(words) > MAX_ITEMS:
        return f"{', '.join(words[:MAX_ITEMS])} and {len(words) - MAX_ITEMS} more"
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def sentence_for(
    title: str,
    templates: Mapping[str, Sentence],
    verdict: Verdict,
    view: HostView,
    thresholds: Mapping[str, Any],
) -> str:
    """The sentence of a verdict: the pattern's own, or a plain one.

    An answer that hangs on stale facts always says so: a template knows only facts.
    """
    template = templates.get(KEYS.get(verdict.state, ""))
    if template is None or (verdict.state is State.UNKNOWN and verdict.stale):
        return _plain(title, verdict)
    said = template.say(view, thresholds, verdict.missing)
    return said or _plain(title, verdict)


def _plain(title: str, verdict: Verdict) -> str:
    if verdict.state is State.MATCH:
        return f"{title}."
    if verdict.state is State.CLEAR:
        return f"Not so here: {title[:1].lower()}{title[1:]}."
    if verdict.state is State.NOT_APPLICABLE:
        return "The question does not arise here."
    if verdict.state is State.BROKEN:
        return f"The pattern itself is at fault: {verdict.error}."
    return f"Nobody can tell yet ({verdict.reason})."
