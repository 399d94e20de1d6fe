"""`chronyc -c tracking`: how far the clock is off, and whether it follows anything.

One line of fourteen fields: reference as hexadecimal, its name, stratum, reference time, offset of
the system clock in seconds (positive: the clock is slow), …, leap status.  See `chronyc(1)`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from ..document.parse import iso
from ..errors import FactsError
from .report import Reading
from .values import known, number, text

NAME = "chrony"

_LINE = re.compile(r"^[0-9A-F]{8},[^,\n]*,\d+,[-\d.]+(?:,[-\d.eE+]+){9},[A-Za-z ]+\s*$")
_NOBODY = ("00000000", "7F7F0101")


def recognises(raw: Any) -> bool:
    """The one line."""
    return isinstance(raw, str) and _LINE.match(raw.strip()) is not None


def read(raw: Any) -> list[Reading]:
    """One reading with `clock`."""
    if not recognises(raw):
        raise FactsError("This is not what `chronyc -c tracking` prints: one line of 14 fields.")
    fields = raw.strip().split(",")
    reference, name, at, offset, leap = (fields[n] for n in (0, 1, 3, 4, 13))
    follows = reference not in _NOBODY and leap.strip() != "Not synchronised"
    seconds, off = number(at), number(offset)
    synced_at = datetime.fromtimestamp(seconds, UTC) if seconds and 4e8 < seconds < 2e11 else None
    return [
        Reading(
            {
                "clock": known(
                    {
                        "synced": follows,
                        "sources": [source] if follows and (source := text(name)) else [],
                        "offset_ms": round(abs(off) * 1000, 3) if off is not None else None,
                        "synced_at": iso(synced_at.replace(microsecond=0)) if synced_at else None,
                    }
                )
            }
        )
    ]


def host_from_file(raw: Any, file_name: str) -> str | None:
    """It names no host."""
    return None
