"""What people say of a host has a history too: one more versioned section, from the register.

It is kept beside the reported sections and never merged into ``Host.facts``: the evaluator reads
the register itself.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from incidents.facts.digest import digest
from incidents.hosts.models import FactHistory, Host, RedundancyGroup, Service

SECTION = "inventory"
SOURCE = "register"
COLUMNS = (
    "kind", "environment", "role", "criticality", "important", "stateful", "rack", "tags", "status",
)  # fmt: skip
MOMENTS = ("upgrade_planned_on", "maintenance_until")


def describe(host: Host, groups: Iterable[str], services: Iterable[str]) -> dict[str, Any]:
    """The register's words on a host, without what was never said; links as slugs."""
    said: dict[str, Any] = {name: getattr(host, name) for name in COLUMNS}
    said |= {
        "site": host.site.slug if host.site else None,
        "owner": host.owner.slug if host.owner else None,
        "parent": host.parent.name if host.parent else None,
        "groups": sorted(groups),
        "services": sorted(services),
    }
    for name in MOMENTS:
        moment = getattr(host, name)
        said[name] = moment.isoformat() if moment else None
    return {name: value for name, value in said.items() if value not in (None, "", [])}


def note(host_ids: Iterable[int], at: datetime) -> None:
    """Write a new row for every one of these hosts of which the register now says otherwise."""
    hosts = (
        Host.objects.filter(pk__in=list(host_ids))
        .select_related("site", "owner", "parent")
        .prefetch_related(
            Prefetch("redundancy_groups", RedundancyGroup.objects.only("slug")),
            Prefetch("services", Service.objects.only("slug")),
        )
    )
    present = {
        row.host_id: row
        for row in FactHistory.objects.filter(host__in=hosts, section=SECTION, until=None)
    }
    for host in hosts:
        _note(host, present.get(host.pk), at)


def first_row(host: Host, at: datetime) -> FactHistory:
    """The first words on a host that was made just now and stands in nothing yet; not stored."""
    return _row(host, describe(host, (), ()), at)


def _note(host: Host, row: FactHistory | None, at: datetime) -> None:
    value = describe(
        host,
        (group.slug for group in host.redundancy_groups.all()),
        (service.slug for service in host.services.all()),
    )
    name = digest(SECTION, value)
    if row is not None and row.digest == name:
        return
    if row is not None and row.since >= at:  # twice within one moment: the last word counts
        FactHistory.objects.filter(pk=row.pk).update(value=value, digest=name)
        return
    if row is not None:
        FactHistory.objects.filter(pk=row.pk).update(until=at, last_seen=at)
    _row(host, value, at).save(force_insert=True)


def _row(host: Host, value: dict[str, Any], at: datetime) -> FactHistory:
    return FactHistory(
        host=host,
        section=SECTION,
        source=SOURCE,
        value=value,
        digest=digest(SECTION, value),
        since=at,
        last_seen=at,
    )
