"""What was read, in a form a person can check at a glance."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from incidents.facts.document import all_fields

from .verdict import Evidence

MAX_ENTRIES = 40  # pieces of evidence
MAX_ITEMS = 12  # entries of a list that is shown
MAX_FIELDS = 12  # fields of an entry that is shown
MAX_CHARACTERS = 200  # of a text that is shown


def collect(
    trace: Mapping[str, Any], source_of: Callable[[str], tuple[str, float] | None]
) -> tuple[Evidence, ...]:
    """Path → value as evidence, in the order it was read, cut where there is too much."""
    found: list[Evidence] = []
    for path, value in trace.items():
        if len(found) == MAX_ENTRIES:
            break
        source, age = source_of(path) or (None, None)
        found.append(Evidence(path, small(as_told(path, value)), source, age))
    return tuple(found)


def as_told(path: str, value: Any) -> Any:
    """The value as its source told it: without what was worked out beside it, which is evidence of
    its own where an expression read it."""
    if not isinstance(value, list) or not any(isinstance(item, dict) for item in value):
        return value
    derived = _derived_below(re.sub(r"\[[^\]]*\]", "[]", path))
    if not derived:
        return value
    return [
        {name: part for name, part in item.items() if name not in derived}
        if isinstance(item, dict)
        else item
        for item in value
    ]


@cache
def _derived_below(path: str) -> frozenset[str]:
    below = f"{path}[]."
    return frozenset(
        name.removeprefix(below)
        for name, field in all_fields().items()
        if field.derived and name.startswith(below) and not name.endswith("_days")
    )


def small(value: Any) -> Any:
    """The value, cut to what fits on a page: nested lists become a count."""
    if isinstance(value, list):
        shown = [_entry(item) for item in value[:MAX_ITEMS]]
        return [*shown, f"and {len(value) - MAX_ITEMS} more"] if len(value) > MAX_ITEMS else shown
    return _entry(value)


def _entry(value: Any) -> Any:
    if isinstance(value, dict):
        fields = {name: _part(part) for name, part in list(value.items())[:MAX_FIELDS]}
        more = len(value) - MAX_FIELDS
        return {**fields, "…": f"{more} more"} if more > 0 else fields
    if isinstance(value, list):
        return _count(value)
    return _part(value)


def _part(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_CHARACTERS:
        return value[: MAX_CHARACTERS - 1] + "…"
    if isinstance(value, dict):
        return f"{len(value)} fields"
    if isinstance(value, list):
        plain = all(isinstance(item, (str, int, float)) for item in value)
        short = plain and len(value) <= MAX_ITEMS
        return [_part(item) for item in value] if short else _count(value)
    return value


def _count(value: list[Any]) -> str:
    return "1 entry" if len(value) == 1 else f"{len(value)} entries"
