"""Who watches a host hears of incidents on it; of one that is restricted nobody hears that way."""

from collections.abc import Iterator
from datetime import datetime

from incidents.records.models import IncidentHost, Visibility
from kb.watching.happening import Happening, happenings


def on_hosts(since: datetime) -> Iterator[Happening]:
    """Incidents that were begun since, host by host."""
    rows = IncidentHost.objects.filter(
        incident__created_at__gt=since,
        incident__visibility=Visibility.EVERYONE,
        incident__deleted_at=None,
    ).order_by("incident")
    for host, number, title, at, by in rows.values_list(
        "host", "incident", "incident__title", "incident__created_at", "incident__author"
    ):
        yield Happening(f"host:{host}", at, by, f"incident #{number} {title}")


happenings.register("incidents", on_hosts)
