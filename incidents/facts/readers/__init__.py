"""Readers: from what a tool writes to reports about hosts.

Each format is a module with `NAME`, `recognises(raw) -> bool` and `read(raw) -> list[Reading]`,
where `raw` is a JSON value, or text where the body isn't JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from ..ages import later_than
from ..bounds import MAX_BYTES, check_shape, check_size, parse_json
from ..document import parse_sections
from ..errors import FactsError, TooLarge
from . import (
    ansible,
    borg,
    certificates,
    chrony,
    facter,
    lsblk,
    mdstat,
    native,
    netbox,
    ohai,
    osquery,
    osrelease,
    pgbackrest,
    restic,
    smartctl,
    storcli,
    table,
    updates,
)
from .report import (
    HOST_NAME,
    Identity,
    ObservedFrom,
    Reading,
    Register,
    Report,
    check_clock,
    check_host,
    check_source,
)
from .wrapped import is_wrapped, unwrap

__all__ = [
    "FORMATS",
    "FactsError",
    "Format",
    "Identity",
    "Register",
    "Report",
    "TooLarge",
    "check_clock",
    "check_host",
    "files_in",
    "is_table",
    "read",
    "read_file",
    "read_rows",
    "time_of",
]


class Format(Protocol):
    """What a format's module offers."""

    NAME: str

    def recognises(self, raw: Any) -> bool:
        """Whether `raw` looks like this format."""

    def read(self, raw: Any) -> list[Reading]:
        """What it says, or FactsError."""

    def host_from_file(self, raw: Any, file_name: str) -> str | None:
        """The host's name, where the format keeps it in the file's name."""


FORMATS: dict[str, Format] = {
    module.NAME: module
    for module in (
        ansible,
        facter,
        ohai,
        osquery,
        restic,
        borg,
        pgbackrest,
        mdstat,
        lsblk,
        smartctl,
        storcli,
        updates,
        chrony,
        certificates,
        osrelease,
        netbox,
        table,
        native,
        netbox,
    )
}
"""Name → format, in the order `auto` asks them."""

Body = bytes | str | dict[str, Any] | list[Any]


def read(
    body: Body,
    *,
    arrived_at: datetime,
    format: str = "auto",
    host: str | None = None,
    source: str | None = None,
    observed_at: datetime | None = None,
    file_name: str | None = None,
    file_time: datetime | None = None,
) -> list[Report]:
    """The reports in `body`.

    host: the address or the user names the host; a report that names another is refused.
    source: overrides the report's own and the format's name.
    observed_at, file_time, arrived_at: used in this order where the report carries no time.
    file_name: some formats have the host's name only there (`ansible --tree`).
    Raises TooLarge (413) and FactsError (422); nothing of such a body should be kept.
    """
    if host is not None:
        check_host(host)
    raw = _open(body)
    if is_wrapped(raw):
        inside = unwrap(raw)
        if host is not None and inside.host is not None and inside.host != host:
            raise FactsError(
                f"The report is about {inside.host!r}, but is meant for {host!r}.", "/host"
            )
        return read(
            inside.content,
            arrived_at=arrived_at,
            format=inside.format,
            host=inside.host or host,
            source=source or inside.source,
            observed_at=inside.observed_at or observed_at,
            file_time=file_time,
        )
    module = _choose(format, raw)
    readings = module.read(raw)
    if module.NAME == native.NAME:
        _refuse_future(raw, readings[0].sections, arrived_at)
    if not readings:
        raise FactsError("The report has no facts in it.")
    if host is not None:
        readings = [_meant_for(host, readings)]
    named = _host_of_file(module, raw, file_name) if len(readings) == 1 else None
    fallback: tuple[datetime, ObservedFrom] = (arrived_at, "arrival")
    if observed_at is not None:
        fallback = (observed_at, "argument")
    elif file_time is not None:
        fallback = (min(file_time, arrived_at), "file")
    return [
        _report(module, reading, host, named, source, fallback, arrived_at, isinstance(raw, str))
        for reading in readings
    ]


def read_rows(
    text: str,
    *,
    arrived_at: datetime,
    mapping: Mapping[str, str] | None = None,
    source: str | None = None,
    observed_at: datetime | None = None,
) -> Iterator[tuple[int, Report | FactsError]]:
    """(line, its report or what is wrong with it) of a CSV list; FactsError where it is none.

    mapping: column → what it means, where the headings do not say it.
    """
    check_size(text)
    moment: tuple[datetime, ObservedFrom] = (arrived_at, "arrival")
    if observed_at is not None:
        moment = (observed_at, "argument")
    for line, one in table.rows(text, mapping):
        if isinstance(one, Reading):
            yield line, _report(table, one, None, None, source, moment, arrived_at, True)
        else:
            yield line, one


def is_table(body: Body, format: str = "auto") -> bool:
    """Whether this is a list as CSV, which `read_rows` reads line by line."""
    if format not in ("auto", table.NAME) or not isinstance(body, (str, bytes)):
        return False
    text = body if isinstance(body, str) else body.decode("utf-8-sig", "replace")
    if format == table.NAME:
        return True
    if text.lstrip().startswith(("{", "[")):
        return False
    return next((m for m in FORMATS.values() if m.recognises(text)), None) is table


def read_file(
    path: Path,
    *,
    arrived_at: datetime,
    format: str = "auto",
    host: str | None = None,
    source: str | None = None,
    observed_at: datetime | None = None,
) -> list[Report]:
    """The reports in a file; its name and time stand in where the report has none."""
    try:
        with path.open("rb") as opened:
            body = opened.read(MAX_BYTES + 1)
        file_time = time_of(path)
    except OSError as error:
        raise FactsError(f"{path} can't be read: {error.strerror}.") from None
    return read(
        body,
        arrived_at=arrived_at,
        format=format,
        host=host,
        source=source,
        observed_at=observed_at,
        file_name=path.name,
        file_time=file_time,
    )


def time_of(path: Path) -> datetime:
    """When a file was written last."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def files_in(path: Path) -> list[Path]:
    """The fact files meant by a path: itself, or what lies in a directory (hidden files don't)."""
    if not path.is_dir():
        return [path]
    return sorted(
        file for file in path.iterdir() if file.is_file() and not file.name.startswith(".")
    )


def _open(body: Body) -> Any:
    if isinstance(body, (dict, list)):
        check_shape(body)
        return body
    check_size(body)
    try:
        text = body if isinstance(body, str) else body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return parse_json(body)
    if not text.strip():
        raise FactsError("The report is empty.")
    if not text.lstrip().startswith(("{", "[")) and any(
        module.recognises(text) for module in FORMATS.values()
    ):
        return text
    return parse_json(body)


def _choose(format: str, raw: Any) -> Format:
    if format != "auto":
        if format not in FORMATS:
            raise FactsError(
                f"There is no format {format!r}; choose auto, {', '.join(sorted(FORMATS))}."
            )
        return FORMATS[format]
    for module in FORMATS.values():
        if module.recognises(raw):
            return module
    if isinstance(raw, dict):
        return FORMATS[native.NAME]
    if raw == []:
        raise FactsError(
            "An empty list could be from several tools; say which: format=restic, for example."
        )
    raise FactsError(f"This is no format we know ({', '.join(sorted(FORMATS))}).")


def _meant_for(host: str, readings: list[Reading]) -> Reading:
    """The part of a report that is about `host`: one backup repository may serve many."""
    if len(readings) == 1:
        said = readings[0].identity.hostname
        if readings[0].host is None and said and not _same_host(host, said):
            note = f"The report calls this host {said!r}; it was kept for {host!r}, as you said."
            return replace(readings[0], notes=[*readings[0].notes, note])
        return readings[0]
    names = [one.host or one.identity.hostname or "" for one in readings]
    mine = [one for one in readings if one.host is None and _is_called(host, one)]
    if len(mine) == 1:
        note = f"What the report says of {len(readings) - 1} other hosts was left alone."
        return replace(mine[0], notes=[*mine[0].notes, note])
    listed = ", ".join(sorted(name or "one without a name" for name in names)[:10])
    raise FactsError(
        f"The report is about {len(readings)} hosts ({listed}), but is meant for {host!r} alone; "
        "leave the host out, or send one host's facts."
    )


def _is_called(host: str, reading: Reading) -> bool:
    return bool(reading.identity.hostname) and _same_host(host, reading.identity.hostname or "")


def _same_host(one: str, other: str) -> bool:
    """Equal names, or one the short form of the other."""
    one, other = one.lower(), other.lower()
    return one == other or one == other.split(".")[0] or other == one.split(".")[0]


def _report(
    module: Format,
    reading: Reading,
    host: str | None,
    named: str | None,
    source: str | None,
    fallback: tuple[datetime, ObservedFrom],
    arrived_at: datetime,
    from_text: bool,
) -> Report:
    if host is not None and reading.host is not None and reading.host != host:
        raise FactsError(
            f"The report is about {reading.host!r}, but is meant for {host!r}.", "/host"
        )
    moment, origin = fallback
    if reading.observed_at is not None:
        moment, origin = reading.observed_at, "report"
    moment = _utc(moment)
    check_clock(moment, arrived_at)
    name = host or reading.host or named
    return Report(
        host=name,
        source=check_source(source or reading.source or module.NAME),
        observed_at=moment,
        observed_from=origin,
        sections=reading.sections
        if reading.parsed
        else parse_sections(reading.sections, texts=from_text),
        identity=replace(reading.identity, name=name),
        notes=list(reading.notes),
        register=reading.register,
    )


def _refuse_future(raw: Any, sections: dict[str, Any], arrived_at: datetime) -> None:
    """What people and scripts write by hand: a backup that ran in 2062 is a slip of the pen."""
    above = "/sections" if "sections" in raw else ""
    late = [
        (above + pointer, f"{value!r} lies in the future; this must be past.")
        for pointer, value in later_than(sections, arrived_at)
    ]
    if late:
        raise FactsError(late)


def _host_of_file(module: Format, raw: Any, file_name: str | None) -> str | None:
    """The host a file is named after; `localhost` is everybody's name and so nobody's."""
    name = module.host_from_file(raw, file_name) if file_name else None
    if not name or name.split(".")[0] == "localhost" or not HOST_NAME.fullmatch(name):
        return None
    return name


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise FactsError("The time of the report is out of range.", "/observed_at") from None
