"""What follows from the backups section: what a job saves, how late it is, where it goes.

Some of it needs a word from elsewhere in the document: the file systems a job holds need `storage`,
the server it dumps needs `software`.  A pattern that reads these should name that section too, so
that it knows when the section has grown old.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from .cycles import Numbers, release

Facts = dict[str, Any]

DUMPERS = {
    "pg_dump": "postgresql", "pg_dumpall": "postgresql", "mysqldump": "mysql",
    "mysqlpump": "mysql", "mariadb-dump": "mariadb", "mongodump": "mongodb",
}  # fmt: skip
"""Tool → the server software it dumps."""

FILE_TOOLS = {
    "restic", "borg", "borgmatic", "rsync", "rsnapshot", "tar", "duplicity", "duplicati", "kopia",
    "dump", "amanda", "bup", "rclone", "zfs", "btrbk", "sanoid", "syncoid", "pgbackrest", "barman",
    "wal-g", "xtrabackup", "mariabackup",
}  # fmt: skip
"""Tools that copy files or blocks and ask no server for a dump."""

NOTHING = "none"
_STILL_RUNS = timedelta(hours=12)

_VERSIONED = r"(?:-[0-9.]+)?"
_SERVERS = {
    "postgresql": re.compile(r"postgresql-\d+(\.\d+)?|postgresql\d*-server"),
    "mysql": re.compile(rf"mysql-(community-)?server(-core)?{_VERSIONED}"),
    "mariadb": re.compile(rf"mariadb-server(-core)?{_VERSIONED}"),
    "mongodb": re.compile(r"mongodb(-org)?-server"),
}
_RPM = ("rpm", "dnf", "dnf5", "yum", "zypper")


def annotate_backups(
    backups: Sequence[Any],
    now: datetime,
    *,
    storage: Mapping[str, Any] | None = None,
    software: Sequence[Any] | None = None,
    site: str | None = None,
) -> list[Any]:
    """Every job with what follows; the input stays as it is, and what a report says itself wins.

    `site` is the host's own.
    """
    mounts = storage.get("mounts") if storage else None
    paths = [str(one["path"]) for one in mounts or () if one.get("path")]
    held = paths if isinstance(mounts, list) else None
    return [_job(one, now, held, software, site) for one in backups]


def _job(
    job: Any,
    now: datetime,
    mounts: Sequence[str] | None,
    software: Sequence[Any] | None,
    site: str | None,
) -> Any:
    if not isinstance(job, dict):
        return job
    every, size, usual = (_number(job.get(n)) for n in ("every_hours", "size_mb", "usual_size_mb"))
    found: Facts = {
        "enabled": True if every else None,
        "scheduled": bool(every),
        "last_success_hours": _hours_since(job, now),
        "last_ok": _last_ok(job, now),
        "offsite": _away(job, site),
        "dumps": _dumps(job.get("tool")),
    }
    share = 0.0 if size == 0 else round(100 * size / usual, 1) if size and usual else None
    found |= {"sized": share is not None, "size_pct": share}
    known = {**{name: value for name, value in found.items() if value is not None}, **job}
    if isinstance(job.get("copies"), list):
        known["copies"] = [_copy(one, site) for one in job["copies"]]
    if mounts is not None and isinstance(job.get("paths"), list):
        known["holds"] = _held(job, mounts)
    if isinstance(software, list):
        known |= _against_server(known, software)
    return known


def _number(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


# -- when -----------------------------------------------------------------------------------------


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC) if moment else None


def _hours_since(job: Mapping[str, Any], now: datetime) -> int | None:
    success = _moment(job.get("last_success"))
    if success is None:
        days = _number(job.get("last_success_days"))
        return None if days is None else int(days * 24)
    hours = (now - success).total_seconds() / 3600
    # A time that claims to lie ahead has no age.
    return None if hours < -0.1 else max(0, int(hours))


def _last_ok(job: Mapping[str, Any], now: datetime) -> bool | None:
    """By its times: a run that began after the last good one and is long over did not end well."""
    success, attempt = _moment(job.get("last_success")), _moment(job.get("last_attempt"))
    if success is None:
        return True if _number(job.get("last_success_days")) is not None else None
    if success > now + timedelta(minutes=6):
        return None
    if attempt is None or attempt <= success:
        return True
    return False if now - attempt > _STILL_RUNS else None


# -- where ----------------------------------------------------------------------------------------


def _away(place: Mapping[str, Any], site: str | None) -> bool | None:
    there = place.get("site")
    return str(there).strip().lower() != site.strip().lower() if there and site else None


def _copy(copy: Any, site: str | None) -> Any:
    if not isinstance(copy, dict):
        return copy
    away = _away(copy, site)
    return copy if away is None else {"offsite": away, **copy}


# -- what -----------------------------------------------------------------------------------------


def _held(job: Mapping[str, Any], mounts: Sequence[str]) -> list[str]:
    """The file systems that a path of the job lies on or holds whole, less those it leaves out.

    A job goes on into file systems below its paths unless it is told to stop at their edges.
    """
    deep = job.get("one_file_system") is not True
    saved = [_plain(path) for path in job["paths"] if isinstance(path, str)]
    left = [_plain(path) for path in job.get("excludes") or () if isinstance(path, str)]
    return sorted(
        mount
        for mount in set(mounts)
        if any(_home(path, mounts) == mount or (deep and _within(mount, path)) for path in saved)
        and not any(_within(mount, path) for path in left)
    )


def _plain(path: str) -> str:
    """`/srv/`, `/srv/*` and `/srv/**` mean all of `/srv`."""
    return re.sub(r"(/\*{1,2})?/*$", "", path) or "/"


def _within(path: str, above: str) -> bool:
    return path == above or path.startswith(above.rstrip("/") + "/")


def _home(path: str, mounts: Sequence[str]) -> str | None:
    """The file system that a path lies on."""
    return max((one for one in mounts if _within(path, one)), key=len, default=None)


# -- dumps ----------------------------------------------------------------------------------------


def _dumps(tool: Any) -> str | None:
    name = str(tool or "").strip().lower().rsplit("/", 1)[-1]
    return DUMPERS.get(name) or (NOTHING if name in FILE_TOOLS else None)


def _against_server(job: Mapping[str, Any], software: Sequence[Any]) -> Facts:
    """How the tool's release compares with the servers of its kind that are installed here."""
    dumps = str(job.get("dumps") or "").lower()
    if not dumps:
        return {}
    if dumps == NOTHING:
        return {"dumps_here": False}
    named = [one for one in software if isinstance(one, dict) and one.get("name")]
    servers = [one for one in named if _is_server(one, dumps)]
    versions = [version for one in servers if release(version := str(one.get("version") or ""))]
    sure = len(named) == len(software) and len(versions) == len(servers)
    if not servers:
        # What calls itself mysqldump is often MariaDB's.
        cousin = dumps == "mysql" and any(_is_server(one, "mariadb") for one in named)
        return {} if cousin or not sure else {"dumps_here": False}
    known: Facts = {"dumps_here": True}
    lines = sorted((_line(dumps, release(version)), version) for version in versions)
    if lines:
        known["server_version"] = lines[-1][1]
    tool = release(str(job.get("tool_version") or ""))
    if not tool or not sure:
        return known
    here = _line(dumps, tool)
    if here < lines[0][0]:
        known["tool_too_old"] = True
    elif here >= lines[-1][0]:
        known["tool_too_old"] = False
    return known


def _is_server(one: Mapping[str, Any], dumps: str) -> bool:
    name = str(one.get("name") or "").lower()
    if one.get("role") in ("client", "library"):
        return False
    if name == dumps:
        packaged = str(one.get("source") or "").lower() in _RPM
        return one.get("role") == "server" or not packaged
    pattern = _SERVERS.get(dumps)
    return bool(pattern and pattern.fullmatch(name))


def _line(dumps: str, version: Numbers) -> Numbers:
    """The release line that decides: PostgreSQL counted it by two numbers until 9.6."""
    return version[: 2 if dumps == "postgresql" and version[0] < 10 else 1]
