"""Numbers of this room: hosts, and how old what we know of them is."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from incidents.hosts.models import Host, HostStatus
from kb.web.metrics import gauge, metrics

#: Days; a host stands in the first bucket its newest report fits in.
BUCKETS = (1, 7, 14, 30)


def hosts() -> Iterator[GaugeMetricFamily]:
    """Active hosts by kind, and by the age of their newest report."""
    active = Host.objects.filter(status=HostStatus.ACTIVE).order_by()
    kinds = active.values_list("kind").annotate(n=Count("pk"))
    yield gauge("hosts", "Active hosts by kind.", ("kind",), [((kind,), n) for kind, n in kinds])
    now = timezone.now()
    ages = {"never": Q(last_report_at=None)}
    newer = now + timedelta(days=1)
    for days in BUCKETS:
        older = now - timedelta(days=days)
        ages[f"{days}d"] = Q(last_report_at__gt=older, last_report_at__lte=newer)
        newer = older
    ages["older"] = Q(last_report_at__lte=newer)
    counted = active.aggregate(**{f"n_{name}": Count("pk", q) for name, q in ages.items()})
    yield gauge(
        "hosts_by_report_age",
        "Active hosts by the age of their newest report: within 1, 7, 14, 30 days, older, never.",
        ("age",),
        [((name,), counted[f"n_{name}"]) for name in ages],
    )


metrics.register("hosts", hosts, rank=40)
