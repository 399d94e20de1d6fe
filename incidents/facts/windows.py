"""Windows for unattended updates, as people and tools write them: `Sun 06:00-07:00 UTC`."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(
    r"(?P<days>[a-z]{3,9}(?:\s*[,-]\s*[a-z]{3,9})*)?\s*"
    r"(?P<from>\d{1,2}:\d\d)(?:\s*[-–]\s*(?P<until>\d{1,2}:\d\d))?\s*(?P<zone>\S+)?$",
    re.IGNORECASE,
)
_DAY = 24 * 60
_WEEK = 7 * _DAY

Span = tuple[int, int]
"""First and last minute, counted from Monday midnight; the last may lie beyond Sunday."""


def gap_hours(one: str, other: str, now: datetime) -> float | None:
    """Hours between the nearest of two windows, 0 where they overlap; None where one can't be read.

    Zones are compared as they stand `now`. Without a zone both mean the same clock; a window with
    a zone and one without can't be compared.
    """
    mine, theirs = _read(one, now), _read(other, now)
    if mine is None or theirs is None or (mine[1] is None) != (theirs[1] is None):
        return None
    shift = (mine[1] or 0) - (theirs[1] or 0)
    apart = min(_apart(a, (b[0] + shift, b[1] + shift)) for a in mine[0] for b in theirs[0])
    return round(apart / 60, 2)


def _apart(one: Span, other: Span) -> int:
    """Minutes from the end of one to the start of the other, the short way round the week."""
    after, before = (other[0] - one[0]) % _WEEK, (one[0] - other[0]) % _WEEK
    return max(0, min(after - (one[1] - one[0]), before - (other[1] - other[0])))


def _read(text: str, now: datetime) -> tuple[list[Span], int | None] | None:
    """The spans of a week, and by how many minutes their clock is ahead of UTC."""
    found = _WINDOW.match(text.strip())
    if found is None:
        return None
    start, end = _minutes(found["from"]), _minutes(found["until"] or found["from"])
    days = _days(found["days"] or "daily")
    offset = _offset(found["zone"], now) if found["zone"] else None
    if start is None or end is None or not days or (found["zone"] and offset is None):
        return None
    end += _DAY if end < start else 0
    return [(day * _DAY + start, day * _DAY + end) for day in days], offset


def _minutes(text: str) -> int | None:
    hours, minutes = (int(part) for part in text.split(":"))
    return hours * 60 + minutes if hours <= 24 and minutes < 60 else None


def _days(text: str) -> list[int]:
    """The days of the week that are named, Monday 0; none where a word is no day."""
    if text.lower() in ("daily", "every day"):
        return list(range(7))
    found: list[int] = []
    for part in text.lower().split(","):
        ends = [
            next((n for n, day in enumerate(_DAYS) if word.strip().startswith(day)), None)
            for word in part.split("-")
        ]
        first, last = ends[0], ends[-1]
        if first is None or last is None:
            return []
        found.extend((first + step) % 7 for step in range((last - first) % 7 + 1))
    return found


def _offset(zone: str, now: datetime) -> int | None:
    if zone.upper() in ("UTC", "Z", "GMT"):
        return 0
    if exact := re.fullmatch(r"(?:UTC)?([+-])(\d{1,2}):?(\d\d)?", zone, re.IGNORECASE):
        minutes = int(exact[2]) * 60 + int(exact[3] or 0)
        return -minutes if exact[1] == "-" else minutes
    try:
        ahead = now.astimezone(ZoneInfo(zone)).utcoffset()
    except (KeyError, ValueError, OSError):
        return None
    return int(ahead.total_seconds() // 60) if ahead is not None else None
