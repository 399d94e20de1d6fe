"""Numbers of this room: flags, verdicts, the last sweep."""

from collections.abc import Iterator

from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily

from incidents.patterns.coverage import verdict_counts
from incidents.patterns.models import ACTIVE_STATES, Flag, Sweep, SweepState
from kb.web.metrics import gauge, metrics


def flags() -> Iterator[GaugeMetricFamily]:
    """Flags that stand, by pattern, severity and state."""
    rows = Flag.objects.filter(state__in=ACTIVE_STATES).order_by()
    labels = ("pattern__slug", "severity", "state")
    counted = rows.values_list(*labels).annotate(n=Count("pk"))
    yield gauge(
        "flags",
        "Flags that stand: open, acknowledged or accepted for now.",
        ("pattern", "severity", "state"),
        [(row[:3], row[3]) for row in counted],
    )


def verdicts() -> Iterator[GaugeMetricFamily]:
    """Coverage: how many hosts got which verdict."""
    yield gauge(
        "verdicts",
        "Hosts by pattern and verdict, as last judged.",
        ("pattern", "verdict"),
        [
            ((slug, state.replace(" ", "_")), count)
            for slug, states in verdict_counts().items()
            for state, count in states.items()
        ],
    )


def sweep() -> Iterator[GaugeMetricFamily]:
    """The last sweep that was finished."""
    last = Sweep.objects.filter(state=SweepState.DONE).order_by("-finished_at").first()
    if last is None or last.started_at is None or last.finished_at is None:
        return
    took = (last.finished_at - last.started_at).total_seconds()
    yield gauge("sweep_seconds", "How long the last sweep took.", (), [((), took)])
    ended = last.finished_at.timestamp()
    yield gauge("sweep_finished_timestamp_seconds", "When it ended.", (), [((), ended)])
    yield gauge("sweep_hosts", "How many hosts it asked.", (), [((), last.hosts_total)])
    yield gauge("sweep_broken_patterns", "Patterns it found broken.", (), [((), len(last.broken))])


metrics.register("flags", flags, rank=10)
metrics.register("verdicts", verdicts, rank=20)
metrics.register("sweep", sweep, rank=30)
