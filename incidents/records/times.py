"""The five times of an incident: which may not lie before which, and what they add up to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from django.db.models.functions import Left

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


def out_of_order(times: Mapping[str, datetime | None], zone: tzinfo = UTC) -> dict[str, str]:
    """What is wrong, by the field that lies too early; empty when the times can be true.

    The words are on the clock of ``zone``.
    """
    wrong: dict[str, str] = {}
    for earlier, later in ORDER:
        first, second = times.get(earlier), times.get(later)
        if first is not None and second is not None and second < first:
            wrong.setdefault(
                later,
                f"{word(later).capitalize()} ({_clock(second, zone)}) lies before "
                f"{word(earlier)} ({_clock(first, zone)}). One of the two needs correcting.",
            )
    return wrong


def _clock(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone) if at.tzinfo else at:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Milestone:
    """One of the five times as it is read: when, where from, how far it may be off."""

    name: str
    at: datetime
    source: str
    within: timedelta | None


def milestones(incident: Incident) -> list[Milestone]:
    """The times that are known, in the order in which they are asked for."""
    found = []
    for field in TIMES:
        at, name = getattr(incident, field), word(field)
        if at is not None:
            off = (incident.time_uncertainty or {}).get(name)
            source = (incident.time_sources or {}).get(name, "")
            found.append(Milestone(name, at, source, timedelta(minutes=off) if off else None))
    return found


@dataclass(frozen=True, slots=True)
class Span:
    """How long something took, and by how much that may be wrong (both ends together)."""

    label: str
    length: timedelta
    within: timedelta | None = None


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
            off = incident.time_uncertainty or {}
            minutes = off.get(word(earlier), 0) + off.get(word(later), 0)
            within = timedelta(minutes=minutes) if minutes else None
            found.append(Span(label, second - first, within))
    return found


#: So many lines of the timeline are drawn; more would be one black bar.
MOST_DRAWN = 400


def scale(incident: Incident, zone: tzinfo = UTC) -> Plot | None:
    """The times and the timeline drawn to scale, on the clock of ``zone``; None with fewer than
    two moments.
    """
    marks = [Mark(one.at, one.name, one.name, milestone=True) for one in milestones(incident)]
    lines = incident.timeline.annotate(short=Left("what", 80)).values_list("at", "short")
    drawn = list(lines)
    step = -(-len(drawn) // MOST_DRAWN) or 1
    marks += [Mark(at, what) for at, what in drawn[::step]]
    if len({mark.at for mark in marks}) < 2:
        return None
    return time_scale_plot(marks, title="The times, drawn to scale", zone=zone)
