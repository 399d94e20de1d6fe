"""`pgbackrest info --output=json`: the stanzas of one repository host.

It tells who and when, never where.  A stanza whose status is not zero is in trouble, whatever
backups it still lists.  Codes: pgBackRest's `info` command.
"""

from __future__ import annotations

from datetime import UTC, datetime
from statistics import median
from typing import Any

from ..errors import FactsError
from .report import Reading
from .values import known, mapping, number, text

NAME = "pgbackrest"
_MIB = 1024 * 1024


def recognises(raw: Any) -> bool:
    """A list of stanzas; an empty list could be anybody's."""
    return (
        isinstance(raw, list)
        and bool(raw)
        and all(isinstance(one, dict) and {"name", "backup", "status"} <= one.keys() for one in raw)
    )


def read(raw: Any) -> list[Reading]:
    """One reading; no stanza at all says: looked, there are no backups."""
    if raw == [] or raw is None:
        return [Reading({"backups": []})]
    if not recognises(raw):
        raise FactsError("This is not what `pgbackrest info --output=json` prints.")
    backups = [_stanza(one) for one in raw]
    notes = [
        f"Stanza {one['name']!r}: {mapping(one['status']).get('message', 'not ok')}."
        for one in raw
        if mapping(one["status"]).get("code") not in (0, None)
    ]
    return [Reading({"backups": backups}, notes=notes)]


def host_from_file(raw: Any, file_name: str) -> str | None:
    """It names no host."""
    return None


def _stanza(stanza: dict[str, Any]) -> dict[str, Any]:
    runs = [one for one in stanza["backup"] or [] if isinstance(one, dict)]
    good = sorted(
        (stop, place)
        for place, one in enumerate(runs)
        if one.get("error") is not True and (stop := number(_stop(one)))
    )
    newest = runs[good[-1][1]] if good else {}
    sizes = [size for _, place in good if (size := _size(runs[place])) is not None]
    code = mapping(stanza["status"]).get("code")
    last = good[-1][0] if good else None
    return known(
        {
            "tool": "pgbackrest",
            "tool_version": text(mapping(newest.get("backrest")).get("version")),
            "job": text(stanza["name"]) or "main",
            "last_success": _iso(last) if last else None,
            "last_ok": None if code is None else code == 0,
            "size_mb": _size(newest),
            "usual_size_mb": round(median(sizes[-8:-1]), 3) if len(sizes) > 1 else None,
        }
    )


def _stop(backup: dict[str, Any]) -> Any:
    return mapping(backup.get("timestamp")).get("stop")


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _size(backup: dict[str, Any]) -> float | None:
    size = number(mapping(backup.get("info")).get("size"))
    return None if size is None else round(size / _MIB, 3)
