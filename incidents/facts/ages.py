"""Ages, worked out for a moment: stored documents hold times, patterns ask for days.

A past time `x` gains `x_days`: whole days, rounded down (90 minutes ago is 0 days ago).
A date that lies ahead by its meaning gains `x_in_days`: whole days left, negative when over.
A past time that claims to be later than `now` (by more than the allowed skew) gains nothing:
its age is unknown rather than young.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any

import msgspec

from .document.nodes import Node, tree
from .document.parse import strip_nulls

ALLOWED_SKEW_SECONDS = 300
_DAY = 86400

Ager = Callable[[Any, datetime], Any]


def derive(document: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A copy of `{section: value}` with ages added and nulls gone; the input stays as it is.

    What holds no time is shared with the input, not copied: treat the result as read-only.
    """
    return {
        name: derive_section(name, value, now)
        for name, value in document.items()
        if value is not None
    }


def derive_section(section: str, value: Any, now: datetime) -> Any:
    """One section with ages added."""
    if b"null" in msgspec.json.encode(value):
        value = strip_nulls(value)
    ager = _agers().get(section)
    return ager(value, now) if ager else value


def days_since(moment: str, now: datetime) -> int | None:
    """Whole days from a stored time or day until `now`; None where it is not one or lies ahead."""
    then = _read(moment)
    if then is None:
        return None
    if isinstance(then, datetime):
        seconds = (now - then).total_seconds()
        return None if seconds < -ALLOWED_SKEW_SECONDS else max(0, int(seconds // _DAY))
    days = (now.astimezone(UTC).date() - then).days
    return None if days < -1 else max(0, days)


def days_until(moment: str, now: datetime) -> int | None:
    """Whole days from `now` until a stored time or day; negative once it is over."""
    then = _read(moment)
    if then is None:
        return None
    if isinstance(then, datetime):
        return int((then - now).total_seconds() // _DAY)
    return (then - now.astimezone(UTC).date()).days


@lru_cache(maxsize=65536)
def _read(text: str) -> datetime | date | None:
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else None


@cache
def _agers() -> dict[str, Ager]:
    """Section → the function that ages it; sections without any time have none."""
    agers = {name: _ager(node) for name, node in tree().items()}
    return {name: ager for name, ager in agers.items() if ager}


def _ager(node: Node) -> Ager | None:
    if node.kind == "list" and node.item is not None:
        return _list_ager(_ager(node.item), _timed(node.item))
    if node.kind != "object":
        return None
    past = [
        (name, f"{name}_days")
        for name, child in node.children.items()
        if child.kind in ("time", "day") and not child.ahead
    ]
    ahead = [
        (name, f"{name}_in_days")
        for name, child in node.children.items()
        if child.kind in ("time", "day") and child.ahead
    ]
    below = [(name, ager) for name, child in node.children.items() if (ager := _ager(child))]
    return _object_ager(past, ahead, below) if past or ahead or below else None


def _timed(node: Node) -> frozenset[str]:
    """The fields of an element that hold a time, themselves or below."""
    return frozenset(
        name
        for name, child in node.children.items()
        if child.kind in ("time", "day") or _ager(child)
    )


def _list_ager(each: Ager | None, timed: frozenset[str]) -> Ager | None:
    if each is None:
        return None

    def age(value: Any, now: datetime) -> Any:
        if not isinstance(value, list):
            return value
        return [
            each(item, now) if isinstance(item, dict) and not timed.isdisjoint(item) else item
            for item in value
        ]

    return age


def _object_ager(
    past: list[tuple[str, str]], ahead: list[tuple[str, str]], below: list[tuple[str, Ager]]
) -> Ager:
    named = frozenset(name for name, _ in (*past, *ahead, *below))
    rules = [(name, gained, days_since) for name, gained in past]
    rules += [(name, gained, days_until) for name, gained in ahead]

    def age(value: Any, now: datetime) -> Any:
        if not isinstance(value, dict) or named.isdisjoint(value):
            return value
        aged = dict(value)
        for name, gained, count in rules:
            if name in value and gained not in value:
                days = count(value[name], now)
                if days is not None:
                    aged[gained] = days
        for name, deeper in below:
            if name in value:
                aged[name] = deeper(value[name], now)
        return aged

    return age


def later_than(document: Mapping[str, Any], now: datetime) -> list[tuple[str, str]]:
    """[(JSON pointer, value)] of past times that claim to be later than `now` allows."""
    found: list[tuple[str, str]] = []
    for name, value in document.items():
        if name in tree():
            _later(value, tree()[name], f"/{name}", now, found)
    return found


def _later(
    value: Any, node: Node, pointer: str, now: datetime, found: list[tuple[str, str]]
) -> None:
    if node.kind == "list" and node.item is not None and node.item.kind == "object":
        for index, item in enumerate(value):
            _later(item, node.item, f"{pointer}/{index}", now, found)
    elif node.kind == "object":
        for name, item in value.items():
            if name in node.children:
                _later(item, node.children[name], f"{pointer}/{name}", now, found)
    elif node.kind in ("time", "day") and not node.ahead and days_since(value, now) is None:
        found.append((pointer, value))
