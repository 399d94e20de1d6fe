"""Native sections, checked field by field: every fault is named at its place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from ..bounds import MAX_ERRORS, check_shape
from ..errors import FactsError, Problem, step
from .facts import SECTIONS
from .fields import suggest
from .nodes import Node, tree

_MISSING = object()


def parse_sections(raw: Any, *, pointer: str = "", derived: bool = False) -> dict[str, Any]:
    """`{section: value}` as plain JSON values: nulls gone, times as UTC, days as ISO dates.

    Raises `FactsError` naming each fault with a JSON pointer that starts with `pointer`.
    With `derived` (a pattern's examples) fields that are otherwise worked out are taken too:
    `os.past_support`, `backups[].last_success_days`, `os.eol_on_in_days` …
    """
    if not isinstance(raw, dict):
        raise FactsError(f"Sections must be a JSON object, not {_name_of(raw)}.", pointer)
    check_shape(raw)
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


def iso(moment: datetime) -> str:
    """A moment as it is stored: UTC, `2026-11-23T02:00:00Z`, fractions only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


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
            return self.fault(pointer, f"This must be an object, not {_name_of(value)}.")
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
            return self.fault(pointer, f"This must be a list, not {_name_of(value)}.")
        items = [
            self.read(item, node.item, step(pointer, index))
            for index, item in enumerate(value)
            if item is not None
        ]
        return [item for item in items if item is not _MISSING]

    def _anything(self, value: Any, pointer: str) -> Any:
        if not isinstance(value, dict):
            return self.fault(pointer, f"This must be an object, not {_name_of(value)}.")
        return strip_nulls(value)

    def _leaf(self, value: Any, node: Node, pointer: str) -> Any:
        parsed = _LEAVES[node.kind](value, node)
        if isinstance(parsed, _Wrong):
            return self.fault(pointer, parsed.message)
        return parsed


def strip_nulls(value: Any) -> Any:
    """The same value without nulls in objects and lists; dates become text."""
    if isinstance(value, dict):
        return {str(key): strip_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [strip_nulls(item) for item in value if item is not None]
    return value.isoformat() if isinstance(value, date) else value


class _Wrong:
    def __init__(self, message: str) -> None:
        self.message = message


def _wanted(what: str, value: Any) -> _Wrong:
    return _Wrong(f"This must be {what}, not {_name_of(value)}.")


def _text(value: Any, node: Node) -> Any:
    if isinstance(value, str):
        return value
    quoted = " Put it in quotes." if isinstance(value, (int, float)) else ""
    return _Wrong(f"This must be text, not {_name_of(value)}.{quoted}")


def _whole(value: Any, node: Node) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        unit = f" of {node.unit}" if node.unit not in ("", "count") else ""
        return _wanted(f"a whole number{unit}", value)
    return value if abs(value) < 2**63 else _Wrong("This number is too large.")


def _number(value: Any, node: Node) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _wanted("a number" + (f" in {node.unit}" if node.unit else ""), value)
    return value if abs(value) < 2**63 else _Wrong("This number is too large.")


def _yes_no(value: Any, node: Node) -> Any:
    return value if isinstance(value, bool) else _wanted("true or false", value)


def _choice(value: Any, node: Node) -> Any:
    if value in node.choices:
        return value
    hint = suggest(value, node.choices) if isinstance(value, str) else ""
    return _Wrong(f"This must be {node.type}; it is {str(value)[:60]!r}.{hint}")


def _day(value: Any, node: Node) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    return _Wrong(f"This must be a day such as 2026-11-23; it is {str(value)[:60]!r}.")


def _time(value: Any, node: Node) -> Any:
    moment = _moment(value)
    if moment is None:
        return _Wrong(f"This must be a time such as 2026-11-23T02:00:00Z, not {str(value)[:60]!r}.")
    if moment.tzinfo is None:
        return _Wrong(f"The time {str(value)[:60]!r} has no zone; add Z for UTC, or +01:00.")
    try:
        return iso(moment)
    except (OverflowError, ValueError):
        return _Wrong(f"The time {str(value)[:60]!r} is out of range.")


def _moment(value: Any) -> datetime | None:
    """A time, or a plain day as its first moment in UTC."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if len(value) == 10 else moment


def _name_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    names = {dict: "an object", list: "a list", str: "text", int: "a number", float: "a number"}
    return names.get(type(value), "nothing" if value is None else type(value).__name__)


_LEAVES = {
    "text": _text,
    "whole number": _whole,
    "number": _number,
    "yes/no": _yes_no,
    "choice": _choice,
    "day": _day,
    "time": _time,
}
