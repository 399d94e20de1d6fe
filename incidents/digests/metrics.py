"""Numbers of this room: mails by what became of them."""

from collections.abc import Iterator

from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily

from incidents.digests.models import Digest
from kb.web.metrics import gauge, metrics


def mails() -> Iterator[GaugeMetricFamily]:
    """Deliveries of weekly mails by state."""
    counted = Digest.objects.order_by().values_list("state").annotate(n=Count("pk"))
    yield gauge(
        "mail_deliveries",
        "Weekly mails by what became of them.",
        ("state",),
        [((state,), n) for state, n in counted],
    )


metrics.register("mails", mails, rank=70)
