"""On which days hosts reported, as far as is kept, and how often that is usual for them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import median

from incidents.facts.merge import MANUAL
from incidents.hosts import inventory
from incidents.hosts.models import FactHistory, FactSample

WINDOW = timedelta(days=60)
FEW = 3


def days_reported(pks: Iterable[int], now: datetime) -> dict[int, list[date]]:
    """Host pk → the days with a report up to ``now``, in order; at most three queries.

    The daily samples of two months tell it of most hosts; where there are next to none, the ends
    of what is in the history do.  What people enter by hand is no report.
    """
    wanted = set(pks)
    if not wanted:
        return {}
    found: dict[int, set[date]] = {pk: set() for pk in wanted}
    samples = FactSample.objects.filter(
        host__in=wanted, day__gt=(now - WINDOW).date(), day__lte=now.date()
    ).exclude(source=MANUAL)
    for host, day in samples.order_by().values_list("host", "day").distinct():
        found[host].add(day)
    if few := [pk for pk, days in found.items() if len(days) < FEW]:
        rows = FactHistory.objects.filter(host__in=few, since__lte=now)
        rows = rows.exclude(section=inventory.SECTION).exclude(source=MANUAL).order_by()
        for host, since, seen in rows.values_list("host", "since", "last_seen").distinct():
            found[host] |= {moment.astimezone(UTC).date() for moment in (since, min(seen, now))}
    return {pk: sorted(days) for pk, days in found.items()}


def usual_gap(days: list[date]) -> float | None:
    """The usual number of days between reports; None where fewer than three days are known."""
    if len(days) < FEW:
        return None
    return float(median((later - earlier).days for earlier, later in pairwise(days)))
