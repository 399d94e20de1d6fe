"""What people write after ``before:``, ``after:`` and ``on:``."""

import re
from datetime import datetime, timedelta

HOW = "write 2026-03-01, 2026-03, 2026, today, yesterday, or 30d, 2w, 6m, 1y for so long ago"
_WRITTEN = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_AGO = re.compile(r"(\d{1,4})([dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def span(value: str, now: datetime) -> tuple[datetime, datetime] | None:
    """The day, month or year that ``value`` names, in the zone of ``now``: from, to before."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    named = {"today": 0, "yesterday": 1}.get(value)
    ago = _AGO.fullmatch(value)
    if ago is not None:
        named = int(ago[1]) * _DAYS[ago[2]]
    try:
        if named is not None:
            start = midnight - timedelta(days=named)
            return start, start + timedelta(days=1)
        written = _WRITTEN.fullmatch(value)
        return None if written is None else _written(written, midnight)
    except (ValueError, OverflowError):  # the 31st of February, the year 0
        return None


def _written(written: re.Match[str], midnight: datetime) -> tuple[datetime, datetime]:
    year, month, day = (int(part) if part else 0 for part in written.groups())
    start = midnight.replace(year=year, month=month or 1, day=day or 1)
    if day:
        return start, start + timedelta(days=1)
    if month:
        return start, start.replace(year=year + month // 12, month=month % 12 + 1)
    return start, start.replace(year=year + 1)
