"""Single values of a section, each as its type wants it stored, or what is wrong with it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from .fields import suggest
from .nodes import Node


def iso(moment: datetime) -> str:
    """A moment as it is stored: UTC, `2026-11-23T02:00:00Z`, fractions only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def strip_nulls(value: Any) -> Any:
    """The same value without nulls in objects and lists; dates become text."""
    if isinstance(value, dict):
        return {str(key): strip_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [strip_nulls(item) for item in value if item is not None]
    return value.isoformat() if isinstance(value, date) else value


class Wrong:
    def __init__(self, message: str) -> None:
        self.message = message


def _wanted(what: str, value: Any) -> Wrong:
    return Wrong(f"This must be {what}, not {name_of(value)}.")


def _text(value: Any, node: Node) -> Any:
    if isinstance(value, str):
        return value
    quoted = " Put it in quotes." if isinstance(value, (int, float)) else ""
    return Wrong(f"This must be text, not {name_of(value)}.{quoted}")


def _whole(value: Any, node: Node) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        unit = f" of {node.unit}" if node.unit not in ("", "count") else ""
        return _wanted(f"a whole number{unit}", value)
    return value if abs(value) < 2**63 else Wrong("This number is too large.")


def _number(value: Any, node: Node) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _wanted("a number" + (f" in {node.unit}" if node.unit else ""), value)
    return value if abs(value) < 2**63 else Wrong("This number is too large.")


def _yes_no(value: Any, node: Node) -> Any:
    return value if isinstance(value, bool) else _wanted("true or false", value)


def _choice(value: Any, node: Node) -> Any:
    if value in node.choices:
        return value
    hint = suggest(value, node.choices) if isinstance(value, str) else ""
    return Wrong(f"This must be {node.type}; it is {str(value)[:60]!r}.{hint}")


def _day(value: Any, node: Node) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    return Wrong(f"This must be a day such as 2026-11-23; it is {str(value)[:60]!r}.")


def _time(value: Any, node: Node) -> Any:
    moment = _moment(value)
    if moment is None:
        return Wrong(f"This must be a time such as 2026-11-23T02:00:00Z, not {str(value)[:60]!r}.")
    if moment.tzinfo is None:
        return Wrong(f"The time {str(value)[:60]!r} has no zone; add Z for UTC, or +01:00.")
    try:
        return iso(moment)
    except (OverflowError, ValueError):
        return Wrong(f"The time {str(value)[:60]!r} is out of range.")


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


def name_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    names = {dict: "an object", list: "a list", str: "text", int: "a number", float: "a number"}
    return names.get(type(value), "nothing" if value is None else type(value).__name__)


LEAVES = {
    "text": _text,
    "whole number": _whole,
    "number": _number,
    "yes/no": _yes_no,
    "choice": _choice,
    "day": _day,
    "time": _time,
}
