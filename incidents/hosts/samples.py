"""One value a day of what changes with every report, for trends."""

from typing import Any

from incidents.facts.document import VOLATILE
from incidents.facts.readers import Report
from incidents.hosts.models import FactSample, Host


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


def keep_samples(samples: list[FactSample]) -> None:
    """Keep the day's latest; none may be of one (host, section, source, day) with another."""
    if samples:
        FactSample.objects.bulk_create(
            samples,
            update_conflicts=True,
            unique_fields=["host", "section", "source", "day"],
            update_fields=["value"],
        )


SECTIONS_THAT_MOVE = frozenset(path.split(".")[0].split("[")[0] for path in VOLATILE)
NAMES = ("name", "path", "serial")


def moving_part(path: str, value: Any) -> Any:
    """Only the volatile fields, and the names of the list elements they belong to."""
    if path.split(".")[0].split("[")[0] not in SECTIONS_THAT_MOVE:
        return None
    if isinstance(value, dict):
        kept = {}
        for name, inner in value.items():
            below = f"{path}.{name}"
            part = inner if below in VOLATILE else moving_part(below, inner)
            if part not in (None, {}, []):
                kept[name] = part
        return kept
    if isinstance(value, list):
        parts = [(item, moving_part(f"{path}[]", item)) for item in value]
        return [
            {name: item[name] for name in NAMES if isinstance(item, dict) and name in item} | part
            for item, part in parts
            if part
        ]
    return None
