"""Whether two reports say the same, and what differs when they don't."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .document import VOLATILE
from .matching import canonical, keys_of, plain_path, unite

Moving = dict[str, Any]
"""The volatile fields below a spot of the schema: their names, and what is below each."""


def _moving() -> Moving:
    found: Moving = {}
    for path in VOLATILE:
        here = found
        for name in path.replace("[]", "").split("."):
            here = here.setdefault(name, {})
    return found


MOVING = _moving()
_PLAIN = {str, int, bool}

BOOT_JITTER = timedelta(minutes=2)
"""Start times worked out from an uptime differ by seconds from report to report."""


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that changed. List elements are called by name: `storage.raids[md0].level`.

    `old` is None for what is new, `new` is None for what is gone.
    """

    path: str
    old: Any
    new: Any


def digest(section: str, value: Any) -> str:
    """A short stable name for what a section says: order and volatile fields don't matter."""
    return hashlib.blake2b(canonical(steady(section, value)), digest_size=16).hexdigest()


def steady(path: str, value: Any) -> Any:
    """The value without volatile fields and nulls, lists in one fixed order."""
    section, *names = plain_path(path).replace("[]", "").split(".")
    moving = MOVING.get(section, {})
    for name in names:
        moving = moving.get(name, {})
    return _steady(value, moving, ordered=path.startswith("custom"))


def _steady(value: Any, moving: Moving, ordered: bool) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, dict):
        return {
            name: item if type(item) in _PLAIN else _steady(item, moving.get(name, {}), ordered)
            for name, item in value.items()
            if item is not None and moving.get(name) != {}
        }
    if isinstance(value, list):
        items = [_steady(item, moving, ordered) for item in value if item is not None]
        return items if ordered or len(items) < 2 else sorted(items, key=canonical)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def settle(section: str, held: Any, reported: Any) -> Any:
    """`reported`, keeping the held start time where both mean the same start.

    Tools report how long a system is up, so the same start reads a few seconds apart in each
    report. Ask this before `digest`, or every report would look like a change.
    """
    if section != "runtime" or not isinstance(held, dict) or not isinstance(reported, dict):
        return reported
    try:
        before = datetime.fromisoformat(held["booted_at"])
        after = datetime.fromisoformat(reported["booted_at"])
        same = abs(after - before) <= BOOT_JITTER
    except (KeyError, TypeError, ValueError):
        return reported
    return {**reported, "booted_at": held["booted_at"]} if same else reported


def diff(old: Mapping[str, Any], new: Mapping[str, Any], *, volatile: bool = False) -> list[Change]:
    """What changed between two documents `{section: value}`, by path.

    Volatile fields are left out unless asked for. Order of keys and lists is no change.
    """
    changes: list[Change] = []
    _compare("", dict(old), dict(new), changes, volatile)
    return changes


def _compare(path: str, old: Any, new: Any, found: list[Change], volatile: bool) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            here = f"{path}.{name}" if path else name
            if volatile or plain_path(here) not in VOLATILE:
                _compare(here, old.get(name), new.get(name), found, volatile)
    elif isinstance(old, list) and isinstance(new, list):
        _compare_lists(path, old, new, found, volatile)
    elif old is not new and canonical(steady(path, old)) != canonical(steady(path, new)):
        found.append(Change(path, old, new))


def _compare_lists(
    path: str, old: list[Any], new: list[Any], found: list[Change], volatile: bool
) -> None:
    keys = keys_of(path)
    if keys is None:
        if canonical(steady(path, old)) != canonical(steady(path, new)):
            found.append(Change(path, old, new))
        return
    for group in unite(keys, [("new", new), ("old", old)]):
        sides = dict(group.entries)
        before, after = sides.get("old"), sides.get("new")
        _compare(f"{path}[{group.label}]", before, after, found, volatile)
