"""Plain words for ages, spans of time and fact values: the same on pages, in mail and plots."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

_STEPS = (
    (timedelta(days=730), timedelta(days=365), "year"),
    (timedelta(days=60), timedelta(days=30), "month"),
    (timedelta(days=1), timedelta(days=1), "day"),
    (timedelta(hours=1), timedelta(hours=1), "hour"),
    (timedelta(minutes=1), timedelta(minutes=1), "minute"),
)


def count(number: int, noun: str) -> str:
    """``1 day``, ``2 days``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def ago(moment: datetime, now: datetime) -> str:
    """How far ``moment`` lies from ``now``: ``2 hours ago``, ``in 3 days``, ``just now``."""
    span = now - moment
    ahead = span < timedelta(0)
    span = abs(span)
    for least, unit, noun in _STEPS:
        if span >= least:
            if ahead:  # to the nearest: a waiver set for nine days ends "in 9 days"
                return f"in {count((span + unit / 2) // unit, noun)}"
            return f"{count(span // unit, noun)} ago"
    return "in a moment" if ahead else "just now"


def days_between(moment: date | datetime, now: datetime) -> int:
    """Whole days from ``moment`` to ``now``; negative when it lies ahead."""
    if isinstance(moment, datetime):
        return (now - moment) // timedelta(days=1)
    return (now.date() - moment).days


def duration(span: timedelta) -> str:
    """``38 min``, ``2 h 5 min``, ``3 d 4 h``: two units at most, seconds only below a minute."""
    seconds = int(span.total_seconds())
    if seconds < 0:
        return f"−{duration(-span)}"
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60 % 60, seconds // 3600 % 24, seconds // 86400
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"


def value(raw: Any, *, most: int = 6) -> str:
    """A fact as a person would say it: ``yes``, ``none`` for an empty list, ``raid5, 4 devices``.

    Lists show their first ``most`` entries and say how many are left out.
    """
    if raw is None:
        return "not known"
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, str):
        return raw or "(empty)"
    if isinstance(raw, Mapping):
        return _mapping(raw, most)
    if isinstance(raw, Sequence):
        return _list(raw, most)
    if isinstance(raw, float):
        return f"{raw:,.1f}".removesuffix(".0")
    if isinstance(raw, int):
        return f"{raw}"
    return str(raw)


def _mapping(raw: Mapping[str, Any], most: int) -> str:
    """Led by its name where it has one: ``md0: level raid5, state optimal``."""
    name = raw.get("name")
    parts = [
        f"{key} {value(inner, most=most)}"
        for key, inner in raw.items()
        if not (key == "name" and name)
    ]
    said = ", ".join(parts)
    if name:
        return f"{name}: {said}" if said else str(name)
    return said or "none"


def _list(raw: Sequence[Any], most: int) -> str:
    if not raw:
        return "none"
    nested = any(isinstance(entry, Mapping) for entry in raw)
    shown = ("; " if nested else ", ").join(value(entry, most=most) for entry in raw[:most])
    left = len(raw) - most
    return f"{shown} and {left} more" if left > 0 else shown


def as_json(raw: Any) -> str:
    """The value exactly, on one line, for a title or a copy button."""
    return json.dumps(raw, ensure_ascii=False, default=str)
