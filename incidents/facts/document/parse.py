"""Native sections, checked field by field: every fault is named at its place."""

from __future__ import annotations

from typing import Any

from ..bounds import MAX_ERRORS, check_shape
from ..errors import FactsError, Problem, step
from .facts import SECTIONS
from .fields import suggest
from .leaves import LEAVES, Wrong, iso, name_of, strip_nulls
from .nodes import Node, tree
from .plain import Doubt, plainly

__all__ = ["iso", "parse_sections", "strip_nulls"]

_MISSING = object()


def parse_sections(
    raw: Any,
    *,
    pointer: str = "",
    derived: bool = False,
    shaped: bool = False,
    texts: bool = True,
) -> dict[str, Any]:
    """`{section: value}` as plain JSON values: nulls gone, times as UTC, days as ISO dates.

    Raises `FactsError` naming each fault with a JSON pointer that starts with `pointer`.
    With `derived` (a pattern's examples) fields that are otherwise worked out are taken too:
    `os.past_support`, `backups[].last_success_days`, `os.eol_on_in_days` …
    With `shaped` the bounds of the whole have been checked before, without `texts` those of every
    text in it.
    """
    if not isinstance(raw, dict):
        raise FactsError(f"Sections must be a JSON object, not {name_of(raw)}.", pointer)
    if not shaped:
        check_shape(raw, texts=texts)
    try:
        told = ((name, value) for name, value in raw.items() if value is not None)
        return {name: plainly(value, tree()[name]) for name, value in told}
    except (Doubt, KeyError):
        pass  # something is to be left out, put right or named with its place
    reader = _Reader(derived)
    sections: dict[str, Any] = {}
    for name, value in raw.items():
        here = step(pointer, name)
        if name not in SECTIONS:
            reader.fault(here, f"Unknown section {name!r}.{suggest(str(name), SECTIONS)}")
        elif value is not None:
            parsed = reader.read(value, tree()[name], here)
            if parsed is not _MISSING:
                sections[name] = parsed
    if reader.errors:
        raise FactsError(reader.errors[:MAX_ERRORS])
    return sections


class _Reader:
    def __init__(self, derived: bool) -> None:
        self.derived = derived
        self.errors: list[Problem] = []

    def fault(self, pointer: str, message: str) -> Any:
        self.errors.append((pointer, message))
        return _MISSING

    def read(self, value: Any, node: Node, pointer: str) -> Any:
        if node.kind == "object":
            return self._object(value, node, pointer)
        if node.kind == "list":
            return self._list(value, node, pointer)
        if node.kind == "anything":
            return self._anything(value, pointer)
        return self._leaf(value, node, pointer)

    def _object(self, value: Any, node: Node, pointer: str) -> Any:
        if not isinstance(value, dict):
            return self.fault(pointer, f"This must be an object, not {name_of(value)}.")
        found: dict[str, Any] = {}
        for name, item in value.items():
            child = node.children.get(name) or self._derived_child(node, name)
            here = step(pointer, name)
            if child is None:
                self.fault(here, f"Unknown field {name!r}.{suggest(str(name), node.children)}")
            elif child.derived and not self.derived:
                self.fault(here, f"{name!r} is worked out by Twiceshy; leave it out.")
            elif item is not None:
                parsed = self.read(item, child, here)
                if parsed is not _MISSING:
                    found[name] = parsed
        return found

    def _derived_child(self, node: Node, name: Any) -> Node | None:
        if not isinstance(name, str):
            return None
        for suffix, ahead in (("_in_days", True), ("_days", False)):
            base = node.children.get(name.removesuffix(suffix)) if name.endswith(suffix) else None
            if base and base.kind in ("time", "day") and base.ahead == ahead:
                return Node("whole number", derived=True)
        return None

    def _list(self, value: Any, node: Node, pointer: str) -> Any:
        if not isinstance(value, list) or node.item is None:
            return self.fault(pointer, f"This must be a list, not {name_of(value)}.")
        items = [
            self.read(item, node.item, step(pointer, index))
            for index, item in enumerate(value)
            if item is not None
        ]
        return [item for item in items if item is not _MISSING]

    def _anything(self, value: Any, pointer: str) -> Any:
        if not isinstance(value, dict):
            return self.fault(pointer, f"This must be an object, not {name_of(value)}.")
        return strip_nulls(value)

    def _leaf(self, value: Any, node: Node, pointer: str) -> Any:
        parsed = LEAVES[node.kind](value, node)
        if isinstance(parsed, Wrong):
            return self.fault(pointer, parsed.message)
        return parsed
