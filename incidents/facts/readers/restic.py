"""`restic snapshots --json`: what was saved, when, by which host.

The list never says where the repository is nor whether anything was ever restored from it: those
fields stay absent, so a person records them.  Snapshots are put together by host and paths, as
restic itself does when it forgets old ones.
"""

from __future__ import annotations

import re
from statistics import median
from typing import Any

from ..errors import FactsError
from .report import Identity, Reading
from .values import known, mapping, moment, number, text, texts

NAME = "restic"
_MIB = 1024 * 1024


def recognises(raw: Any) -> bool:
    """A list of snapshots; an empty list could be anybody's, so it must be said to be restic's."""
    return (
        isinstance(raw, list)
        and bool(raw)
        and all(isinstance(one, dict) and {"time", "tree", "paths"} <= one.keys() for one in raw)
    )


def read(raw: Any) -> list[Reading]:
    """One reading for each host in the list; `[]` says: looked, there are no snapshots."""
    if raw == [] or raw is None:
        return [Reading({"backups": []})]
    if not recognises(raw):
        raise FactsError("This is no list of snapshots: run `restic snapshots --json`.")
    hosts: dict[str, list[dict[str, Any]]] = {}
    for number_, snapshot in enumerate(raw):
        if moment(_seconds(snapshot["time"])) is None:
            raise FactsError("This is no time with a zone.", f"/{number_}/time")
        hosts.setdefault(text(snapshot.get("hostname")) or "", []).append(snapshot)
    return [_reading(host, snapshots) for host, snapshots in sorted(hosts.items())]


def host_from_file(raw: Any, file_name: str) -> str | None:
    """The list names the hosts itself."""
    return None


def _reading(host: str, snapshots: list[dict[str, Any]]) -> Reading:
    jobs: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for snapshot in snapshots:
        jobs.setdefault(tuple(sorted(texts(snapshot["paths"]))), []).append(snapshot)
    backups = [_job(paths, of_job) for paths, of_job in sorted(jobs.items())]
    return Reading({"backups": backups}, identity=Identity(hostname=host or None))


def _job(paths: tuple[str, ...], snapshots: list[dict[str, Any]]) -> dict[str, Any]:
    snapshots = sorted(snapshots, key=lambda one: str(moment(_seconds(one["time"]))))
    newest = snapshots[-1]
    sizes = [size for one in snapshots if (size := _size(one)) is not None]
    version = text(newest.get("program_version")) or ""
    return known(
        {
            "tool": "restic",
            "tool_version": version.removeprefix("restic ") or None,
            "job": " ".join(paths) or "all",
            "paths": list(paths),
            "excludes": texts(newest["excludes"]) if newest.get("excludes") else None,
            "last_success": _seconds(newest["time"]),
            "size_mb": sizes[-1] if sizes and _size(newest) is not None else None,
            "usual_size_mb": round(median(sizes[-8:-1]), 3) if len(sizes) > 1 else None,
        }
    )


def _size(snapshot: dict[str, Any]) -> float | None:
    """Since 0.17 a snapshot carries the summary of its run."""
    size = number(mapping(snapshot.get("summary")).get("total_bytes_processed"))
    return None if size is None else round(size / _MIB, 3)


def _seconds(value: Any) -> str:
    """To the second: restic writes nanoseconds, which Python doesn't read."""
    return re.sub(r"\.\d+", "", str(value), count=1)
