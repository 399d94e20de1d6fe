"""The five times of an incident: which may not lie before which, and what they add up to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.records.models import Incident
from kb.web.plots import Mark, Plot, time_scale_plot

TIMES = ("started_at", "detected_at", "acknowledged_at", "mitigated_at", "resolved_at")

#: (earlier, later), as the database holds them; the first that is broken is the one to name.
ORDER = (
    ("started_at", "detected_at"),
    ("detected_at", "acknowledged_at"),
    ("started_at", "mitigated_at"),
    ("mitigated_at", "resolved_at"),
    ("started_at", "resolved_at"),
    ("detected_at", "resolved_at"),
)


def word(field: str) -> str:
    """``started_at`` → ``started``."""
    return field.removesuffix("_at")


def out_of_order(times: Mapping[str, datetime | None]) -> dict[str, str]:
    """What is wrong, by the field that lies too early; empty when the times can be true."""
    wrong: dict[str, str] = {}
    for earlier, later in ORDER:
        first, second = times.get(earlier), times.get(later)
        if first is not None and second is not None and second < first:
            wrong.setdefault(
                later,
                f"{word(later).capitalize()} ({second:%Y-%m-%d %H:%M}) lies before "
                f"{word(earlier)} ({first:%Y-%m-%d %H:%M}). One of the two needs correcting.",
            )
    return wrong


@dataclass(frozen=True, slots=True)
class Span:
    """How long something took: ``to detect``, ``to mitigate``, ``to resolve``."""

    label: str
    length: timedelta


SPANS = (
    ("until somebody knew", "started_at", "detected_at"),
    ("until somebody was on it", "detected_at", "acknowledged_at"),
    ("until the harm ended", "started_at", "mitigated_at"),
    ("until it was over", "started_at", "resolved_at"),
)


def spans(incident: Incident) -> list[Span]:
    """The metrics, worked out from the times and never typed."""
    found = []
    for label, earlier, later in SPANS:
        first, second = getattr(incident, earlier), getattr(incident, later)
        if first is not None and second is not None:
            found.append(Span(label, second - first))
    return found


def scale(incident: Incident) -> Plot | None:
    """The times and the timeline drawn to scale; None with fewer than two moments."""
    marks = [
        Mark(at, word(name), word(name), milestone=True)
        for name in TIMES
        if (at := getattr(incident, name)) is not None
    ]
    marks += [Mark(entry.at, entry.what[:80]) for entry in incident.timeline.all()]
    if len({mark.at for mark in marks}) < 2:
        return None
    return time_scale_plot(marks, title="The times, drawn to scale")
