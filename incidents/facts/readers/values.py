"""Foreign values made plain: what means unknown becomes None, text that is a number a number."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

_UNKNOWN = {
    "", "na", "n/a", "none", "null", "unknown", "not specified", "not available", "default string",
    "to be filled by o.e.m.", "system serial number", "system manufacturer", "undefined",
    "system product name", "not applicable", "not present", "invalid",
}  # fmt: skip
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")
_LARGEST = 2**53


def text(value: Any) -> str | None:
    """Text with something in it; numbers as text; every way of saying "not known" is None."""
    if not isinstance(value, str):
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return None
        value = str(value)
    plain = value.strip()
    return None if plain.lower() in _UNKNOWN else plain[:1000]


def whole(value: Any) -> int | None:
    """A whole number from a number or from text such as "4096"; None otherwise."""
    exact = number(value)
    return None if exact is None else int(exact)


def number(value: Any) -> float | None:
    """A finite number of sane size from a number or from text; None otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if abs(found) < _LARGEST else None


def yes_no(value: Any) -> bool | None:
    """A boolean from true, "1", "yes" and the like."""
    if isinstance(value, bool):
        return value
    plain = str(value).strip().lower() if isinstance(value, (str, int)) else ""
    if plain in ("1", "true", "yes"):
        return True
    return False if plain in ("0", "false", "no") else None


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def texts(value: Any) -> list[str]:
    """The known texts of a list (or of one text), each once."""
    items = value if isinstance(value, list) else [value]
    found = [known for item in items if (known := text(item))]
    return list(dict.fromkeys(found)) if len(found) > 1 else found


def moment(value: Any) -> datetime | None:
    """A time with a zone, or None."""
    if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value):
        return None
    try:
        found = datetime.fromisoformat(value)
        found.astimezone(tz=None)
    except (ValueError, OverflowError, OSError):
        return None
    return found if 1980 < found.year < 9000 else None


def earlier(since: datetime, seconds: Any) -> datetime | None:
    """The time so many seconds before another."""
    length = number(seconds)
    if length is None or length < 0 or length > 3e9:
        return None
    return (since - timedelta(seconds=length)).replace(microsecond=0)


def american_day(value: Any) -> str | None:
    """`12/31/2019` as firmware writes it, as an ISO day."""
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text(value) or "")
    if not found:
        return None
    month, day, year = map(int, found.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def known(pairs: Iterable[tuple[str, Any]] | dict[str, Any]) -> dict[str, Any]:
    """Without what is None."""
    return {name: value for name, value in dict(pairs).items() if value is not None}
