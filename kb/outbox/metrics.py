"""Numbers of this room: what waits, and for how long."""

from collections.abc import Iterator

from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from kb.outbox.drain import parked
from kb.outbox.models import OutboxRow
from kb.web.metrics import gauge, metrics

#: Always told, so that nothing waiting is a nought and not a gap.
TOPICS = ("index", "judge", "judge-peers", "judge-pattern", "sweep")


def outbox() -> Iterator[GaugeMetricFamily]:
    """Rows by topic, the age of the oldest (of ``index``: how far search lags), and the stuck."""
    now = timezone.now()
    due = OutboxRow.objects.exclude(attempts=0, not_before__gt=now)
    rows = due.order_by().values_list("topic").annotate(n=Count("pk"))
    found = {topic: (n, at) for topic, n, at in rows.annotate(at=Min("created_at"))}
    topics = sorted({*TOPICS, *found})
    yield gauge(
        "outbox_rows",
        "Afterthoughts that wait, by topic.",
        ("topic",),
        [((topic,), found.get(topic, (0, None))[0]) for topic in topics],
    )
    ages = {topic: (now - at).total_seconds() for topic, (_, at) in found.items()}
    yield gauge(
        "outbox_oldest_seconds",
        "How long the oldest has waited, by topic; of index: how far search lags behind.",
        ("topic",),
        [((topic,), max(0.0, ages.get(topic, 0.0))) for topic in topics],
    )
    stuck = parked().count()
    yield gauge("outbox_stuck_rows", "Rows that failed again and again.", (), [((), stuck)])


metrics.register("outbox", outbox, rank=60)
