"""Numbers of this room: mails by what became of them, and how long it has been silent."""

from collections.abc import Iterator

from django.db.models import Count, Max
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from incidents.digests import health, queue
from incidents.digests.models import Bounce, Digest, DigestState, Subscription
from kb.web.metrics import gauge, metrics


def mails() -> Iterator[GaugeMetricFamily]:
    """Deliveries of mails by state, what is late, what came back."""
    counted = Digest.objects.order_by().values_list("state").annotate(n=Count("pk"))
    yield gauge(
        "mail_deliveries",
        "Weekly mails and notices by what became of them.",
        ("state",),
        [((state,), n) for state, n in counted],
    )
    now = timezone.now()
    late = health.late(now).count() + len(queue.find_due(now - health.LATE))
    yield gauge("mail_late", "Mails more than an hour late.", (), [((), late)])
    last = Digest.objects.filter(state=DigestState.SENT).aggregate(at=Max("sent_at"))["at"]
    yield gauge(
        "mail_last_sent_timestamp_seconds",
        "When a mail was last sent; 0 when none ever was.",
        (),
        [((), last.timestamp() if last else 0)],
    )
    returned = Bounce.objects.order_by().values_list("permanent").annotate(n=Count("pk"))
    yield gauge(
        "mail_bounces",
        "Mails that came back.",
        ("permanent",),
        [((str(final).lower(),), n) for final, n in returned],
    )
    subscribed = Subscription.objects.filter(active=True).count()
    yield gauge("mail_subscriptions", "Who gets the weekly mail.", (), [((), subscribed)])


metrics.register("mails", mails, rank=70)
