"""Fact documents for the tests of the language: drawn at random, thinned, spoiled, shuffled."""

import random
from typing import Any

from hypothesis import strategies as st

from incidents.patterns.evaluate import CompiledPattern
from incidents.patterns.language import Type, compile_expression, sections
from incidents.patterns.view import HostView

TEXTS = [
    "Debian",
    "Gentoo",
    "12",
    "critical",
    "high",
    "chroot",
    "physical",
    "failed",
    "ok",
    "db-01",
]
NUMBERS = [-5, 0, 1, 2, 7, 31, 61, 100, 181, 366, 2000, 0.05, 0.7]


def view(facts: dict[str, Any], fresh: dict[str, Any] | None = None, **stale: str) -> HostView:
    """A view of one host; ``stale`` is section → since when."""
    return HostView("db-01", facts, facts if fresh is None else fresh, stale)


def pattern(
    match: str,
    applies: str = "true",
    *,
    raises: tuple[tuple[str, str], ...] = (),
    **thresholds: Any,
) -> CompiledPattern:
    """A pattern of medium severity made from its expressions."""
    return CompiledPattern(
        slug="a-pattern",
        severity="medium",
        applies=compile_expression(applies, thresholds),
        match=compile_expression(match, thresholds),
        thresholds=thresholds,
        raises=tuple((compile_expression(when, thresholds), to) for when, to in raises),
    )


def documents(paths: frozenset[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Documents in which any of ``paths`` may or may not be told."""
    wanted: dict[str, Any] = {}
    for path in paths:
        place = wanted
        for step in path.replace("[]", ".[]").split("."):
            place = place.setdefault(step, {})
    known = sections()
    return st.fixed_dictionaries(
        {}, optional={name: _value(known[name], below) for name, below in wanted.items()}
    )


def _value(kind: Type, wanted: dict[str, Any]) -> st.SearchStrategy[Any]:
    if kind.kind == "bool":
        return st.booleans()
    if kind.kind == "number":
        return st.sampled_from(NUMBERS)
    if kind.kind == "list" and kind.element is not None:
        return st.lists(_value(kind.element, wanted.get("[]", {})), max_size=3)
    if kind.kind == "struct":
        return st.fixed_dictionaries(
            {}, optional={name: _value(kind.fields[name], wanted[name]) for name in wanted}
        )
    return st.sampled_from(TEXTS)


def thinned(value: Any, chance: random.Random) -> Any:
    """The same with some fields never told.  Lists keep their length: a list is told as a whole."""
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if chance.random() > 0.3}
        return {k: thinned(v, chance) for k, v in kept.items()}
    return [thinned(item, chance) for item in value] if isinstance(value, list) else value


def spoiled(value: Any, chance: random.Random) -> Any:
    """The same with some fields null or of the wrong type."""
    if isinstance(value, dict):
        return {
            k: _wrong(v, chance) if chance.random() < 0.3 else spoiled(v, chance)
            for k, v in value.items()
        }
    return [spoiled(item, chance) for item in value] if isinstance(value, list) else value


def _wrong(value: Any, chance: random.Random) -> Any:
    if chance.random() < 0.5:
        return None
    return {"odd": 1} if isinstance(value, (str, list)) else "1"


def shuffled(value: Any, chance: random.Random) -> Any:
    """The same with every list in another order."""
    if isinstance(value, dict):
        return {k: shuffled(v, chance) for k, v in value.items()}
    if isinstance(value, list):
        items = [shuffled(item, chance) for item in value]
        chance.shuffle(items)
        return items
    return value
