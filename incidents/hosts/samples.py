"""One value a day of what changes with every report, for trends."""

from collections.abc import Iterable
from typing import Any

from incidents.facts.digest import MOVING, Moving
from incidents.facts.readers import Report
from incidents.hosts.models import FactHistory, FactSample, Host
from kb.web.updating import insert_rows


def samples_of(host: Host, report: Report) -> list[FactSample]:
    """The moving values of each section that has any; not stored."""
    return [
        FactSample(
            host=host,
            section=section,
            source=report.source,
            day=report.observed_at.date(),
            value=moving,
        )
        for section, value in report.sections.items()
        if (moving := moving_part(section, value)) not in (None, {}, [])
    ]


def name_hosts(rows: Iterable[FactHistory | FactSample]) -> None:
    """Have each row name its host by the key that a new host has only now."""
    for row in rows:
        if row.host_id is None:
            row.host = row.host


def keep_samples(samples: list[FactSample]) -> None:
    """Keep the day's latest; none may be of one (host, section, source, day) with another."""
    if samples:
        name_hosts(samples)
        insert_rows(samples, or_update=["value"], where=["host", "section", "source", "day"])


NAMES = ("name", "path", "serial")


def moving_part(section: str, value: Any) -> Any:
    """Only the volatile fields, and the names of the list elements they belong to."""
    below = MOVING.get(section)
    return None if below is None else _part(value, below)


def _part(value: Any, moving: Moving) -> Any:
    if not moving:  # this very field moves
        return value
    if isinstance(value, dict):
        return {
            name: part
            for name, below in moving.items()
            if name in value and (part := _part(value[name], below)) not in (None, {}, [])
        }
    if isinstance(value, list):
        found = [(item, _part(item, moving)) for item in value]
        return [
            {name: item[name] for name in NAMES if isinstance(item, dict) and name in item} | part
            for item, part in found
            if part
        ]
    return None
