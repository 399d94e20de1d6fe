"""`borg list --json` and `borg info --json`: archives of one repository.

borg tells where the repository is.  Its times carry no zone; they are the local time of the
machine that ran it and are taken as UTC, which a note says.  Only `borg info` of archives names
their hosts and what they hold.  A job is the archives that bear the same name but for its date.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from statistics import median
from typing import Any

from ..errors import FactsError
from .report import SOURCE_NAME, Identity, Reading
from .values import known, mapping, number, text, texts

NAME = "borg"
_MIB = 1024 * 1024
_DATED = re.compile(
    r"[-_.:T@ ]*\d{4}-?\d\d-?\d\d([-_.:T ]?\d\d[-_.:]?\d\d([-_.:]?\d\d(\.\d+)?)?)?$"
)
_CHECKPOINT = re.compile(r"\.checkpoint(\.\d+)?$")
_REMOTE = re.compile(r"^(?:ssh://)?(?:[^@/]+@)?(?P<host>[A-Za-z0-9][A-Za-z0-9._-]*)(?::(?!\\)|/)")
ZONE_NOTE = "borg writes times without a zone; they were taken as UTC."


def recognises(raw: Any) -> bool:
    """An object with a repository and its archives, or with borg's cache of one."""
    if not isinstance(raw, dict):
        return False
    repository = mapping(raw.get("repository"))
    return "location" in repository and bool({"archives", "archive", "cache"} & raw.keys())


def read(raw: Any) -> list[Reading]:
    """One reading per host that the archives name, or one without a name."""
    if not recognises(raw):
        raise FactsError("This is nothing that `borg list --json` or `borg info --json` prints.")
    archives = raw.get("archives")
    if archives is None and "archive" in raw:
        archives = [raw["archive"]]
    if archives is None:
        raise FactsError(
            "This says how large the repository is, but not what is in it: "
            "send `borg list --json` or `borg info --json --last 10` instead."
        )
    if not isinstance(archives, list) or not all(isinstance(one, dict) for one in archives):
        raise FactsError("The archives are not a list of objects.", "/archives")
    hosts: dict[str, list[dict[str, Any]]] = {}
    for archive in archives:
        if not _CHECKPOINT.search(str(archive.get("name", ""))):
            hosts.setdefault(text(archive.get("hostname")) or "", []).append(archive)
    repository = mapping(raw["repository"])
    return [_reading(host, found, repository) for host, found in sorted(hosts.items())] or [
        Reading({"backups": []}, source=_source(repository))
    ]


def host_from_file(raw: Any, file_name: str) -> str | None:
    """`borg info` names hosts, `borg list` leaves it to whoever sends it."""
    return None


def _source(repository: dict[str, Any]) -> str | None:
    """A source for each repository: two of them must not write over each other."""
    name = f"borg:{str(repository.get('id', ''))[:8]}"
    return name if SOURCE_NAME.fullmatch(name) else None


def _reading(host: str, archives: list[dict[str, Any]], repository: dict[str, Any]) -> Reading:
    jobs: dict[str, list[dict[str, Any]]] = {}
    for archive in archives:
        name = text(archive.get("name")) or text(archive.get("archive")) or ""
        jobs.setdefault(_DATED.sub("", name) or "archives", []).append(archive)
    backups = [_job(job, found, repository) for job, found in sorted(jobs.items())]
    return Reading(
        {"backups": backups},
        source=_source(repository),
        identity=Identity(hostname=host or None),
        notes=[ZONE_NOTE],
    )


def _job(job: str, archives: list[dict[str, Any]], repository: dict[str, Any]) -> dict[str, Any]:
    timed = sorted((when, n) for n, one in enumerate(archives) if (when := _ended(one)))
    newest = archives[timed[-1][1]] if timed else {}
    sizes = [size for _, n in timed if (size := _size(archives[n])) is not None]
    paths, excludes = _saved(newest.get("command_line"))
    location = text(repository.get("location"))
    is_path = not location or location.startswith(("/", "file:"))
    remote = None if is_path else _REMOTE.match(location or "")
    return known(
        {
            "tool": "borg",
            "job": job,
            "target": location,
            "target_host": remote["host"] if remote else None,
            "paths": paths or None,
            "excludes": excludes or None,
            "one_file_system": True if _stops_at_edges(newest.get("command_line")) else None,
            "last_success": timed[-1][0] if timed else None,
            "size_mb": _size(newest),
            "usual_size_mb": round(median(sizes[-8:-1]), 3) if len(sizes) > 1 else None,
        }
    )


def _ended(archive: dict[str, Any]) -> str | None:
    for key in ("end", "time", "start"):
        try:
            when = datetime.fromisoformat(str(archive.get(key)))
        except ValueError:
            continue
        when = when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
        return when.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    return None


def _size(archive: dict[str, Any]) -> float | None:
    size = number(mapping(archive.get("stats")).get("original_size"))
    return None if size is None else round(size / _MIB, 3)


def _stops_at_edges(command: Any) -> bool:
    return any(word in ("-x", "--one-file-system") for word in texts(command))


def _saved(command: Any) -> tuple[list[str], list[str]]:
    """What an archive's command line says of the paths it saves and leaves out."""
    words = texts(command)
    paths: list[str] = []
    excludes: list[str] = []
    inside = False
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        if before in ("-e", "--exclude"):
            excludes.append(word)
        elif word.startswith("--exclude="):
            excludes.append(word.removeprefix("--exclude="))
        elif "::" in word and not inside:
            inside = True
        elif inside and word.startswith("/") and not before.startswith("--"):
            paths.append(word)
    return paths, excludes
