"""Everything around a chunk of hosts, loaded in a number of queries that does not grow with it.

Only the depth of nesting adds queries: one for each level up and one for each level down.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from incidents.hosts.models import Host, HostStatus, RedundancyGroup, Service, Upkeep

MAX_DEPTH = 16


@dataclass(frozen=True, slots=True)
class Light:
    """As much of a host as others need to know."""

    pk: int
    name: str
    kind: str
    parent: int | None
    status: str
    site: str | None
    rack: str
    fqdn: str
    last_report_at: datetime | None

    @property
    def active(self) -> bool:
        return self.status == HostStatus.ACTIVE


_COLUMNS = (
    "pk",
    "name",
    "kind",
    "parent_id",
    "status",
    "site__slug",
    "rack",
    "fqdn",
    "last_report_at",
)


@dataclass(slots=True)
class Relatives:
    """The hosts around a chunk, their groups and services, as plain lookups by primary key."""

    hosts: dict[int, Light] = field(default_factory=dict)
    children: dict[int, list[int]] = field(default_factory=dict)
    groups: dict[int, RedundancyGroup] = field(default_factory=dict)
    groups_of: dict[int, list[int]] = field(default_factory=dict)
    members_of: dict[int, list[int]] = field(default_factory=dict)
    services: dict[int, Service] = field(default_factory=dict)
    services_of: dict[int, list[int]] = field(default_factory=dict)
    carriers_of: dict[int, list[int]] = field(default_factory=dict)
    os: dict[int, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)

    def ancestors(self, pk: int) -> list[int]:
        """From the host around this one to the outermost; a ring is walked once."""
        found: list[int] = []
        parent = self.hosts[pk].parent if pk in self.hosts else None
        while parent is not None and parent in self.hosts and parent != pk and parent not in found:
            found.append(parent)
            parent = self.hosts[parent].parent
        return found

    def outermost(self, pk: int) -> int:
        return (self.ancestors(pk) or [pk])[-1]

    def inside(self, pk: int) -> list[int]:
        """Everything nested in this host, however deep, without the host itself."""
        found: list[int] = []
        queue = list(self.children.get(pk, ()))
        while queue:
            one = queue.pop(0)
            if one != pk and one not in found:
                found.append(one)
                queue.extend(self.children.get(one, ()))
        return found

    def services_on(self, pk: int) -> list[int]:
        """Services carried by this host or by anything active inside it, each once."""
        places = [pk, *(one for one in self.inside(pk) if self.hosts[one].active)]
        found = {service: None for place in places for service in self.services_of.get(place, ())}
        return sorted(found, key=lambda service: self.services[service].slug)


def load(hosts: Sequence[Host], *, with_os: bool = True) -> Relatives:
    """The relatives of ``hosts``."""
    relatives = Relatives()
    own = {host.pk for host in hosts}
    _load_groups(relatives, own)
    near = own | {pk for members in relatives.members_of.values() for pk in members}
    _load_upwards(relatives, near)
    inner = _load_downwards(relatives, near)
    _load_services(relatives, near | inner)
    if with_os:
        _load_os(relatives, set(relatives.hosts))
    carriers = {pk for pks in relatives.carriers_of.values() for pk in pks}
    _load_upwards(relatives, carriers)
    return relatives


def _load_groups(relatives: Relatives, own: Iterable[int]) -> None:
    membership = RedundancyGroup.members.through.objects
    pairs = list(
        membership.filter(
            redundancygroup__in=membership.filter(host__in=list(own)).values("redundancygroup")
        )
        .order_by("redundancygroup_id", "host__name")
        .values_list("redundancygroup_id", "host_id")
    )
    for group, host in pairs:
        relatives.members_of.setdefault(group, []).append(host)
        relatives.groups_of.setdefault(host, []).append(group)
    if pairs:
        relatives.groups = RedundancyGroup.objects.in_bulk(list(relatives.members_of))


def _load_upwards(relatives: Relatives, wanted: Iterable[int]) -> None:
    missing = set(wanted) - relatives.hosts.keys()
    for _ in range(MAX_DEPTH):
        if not missing:
            return
        loaded = _lights(Q(pk__in=missing))
        relatives.hosts.update(loaded)
        missing = {one.parent for one in loaded.values() if one.parent is not None}
        missing -= relatives.hosts.keys()


def _load_downwards(relatives: Relatives, around: set[int]) -> set[int]:
    frontier, found = set(around), set[int]()
    for _ in range(MAX_DEPTH):
        if not frontier:
            break
        loaded = _lights(Q(parent__in=frontier))
        for one in sorted(loaded.values(), key=lambda light: light.name):
            siblings = relatives.children.setdefault(one.parent or 0, [])
            if one.pk not in siblings:
                siblings.append(one.pk)
        relatives.hosts.update(loaded)
        frontier = loaded.keys() - found - around
        found |= loaded.keys()
    return found


def _load_services(relatives: Relatives, places: Iterable[int]) -> None:
    carriage = Service.hosts.through.objects
    here = carriage.filter(host__in=list(places)).values("service")
    pairs = list(
        carriage.filter(service__in=here)
        .order_by("service_id", "host__name")
        .values_list("service_id", "host_id")
    )
    for service, host in pairs:
        relatives.carriers_of.setdefault(service, []).append(host)
        relatives.services_of.setdefault(host, []).append(service)
    if pairs:
        services = Service.objects.select_related("owner").in_bulk(list(relatives.carriers_of))
        relatives.services = services


def _load_os(relatives: Relatives, wanted: Iterable[int]) -> None:
    rows = Host.objects.filter(pk__in=list(wanted)).values_list("pk", "facts__os", "observed__os")
    relatives.os = {pk: (os or {}, observed or {}) for pk, os, observed in rows.order_by()}


def _lights(condition: Q) -> dict[int, Light]:
    rows = Host.objects.filter(condition).order_by().values_list(*_COLUMNS)
    return {row[0]: Light(*row) for row in rows}


def upkeep_of(
    relatives: Relatives, hosts: Sequence[Host], now: datetime
) -> dict[int, list[Upkeep]]:
    """Host pk → upkeep recorded for it, its groups, its services or its site; the newest first."""
    services = {host.pk: relatives.services_on(host.pk) for host in hosts}
    rows = Upkeep.objects.filter(
        Q(host__in=[host.pk for host in hosts])
        | Q(group__in=list(relatives.groups))
        | Q(service__in={one for many in services.values() for one in many})
        | Q(site__in={host.site_id for host in hosts if host.site_id}),
        happened_at__lte=now,
    ).order_by("-happened_at", "-pk")
    by_subject: dict[tuple[str, int | None], list[Upkeep]] = {}
    for row in rows:
        for what in ("host", "group", "service", "site"):
            if getattr(row, f"{what}_id") is not None:
                by_subject.setdefault((what, getattr(row, f"{what}_id")), []).append(row)
    found: dict[int, list[Upkeep]] = {}
    for host in hosts:
        subjects = [("host", host.pk), ("site", host.site_id)]
        subjects += [("group", group) for group in relatives.groups_of.get(host.pk, ())]
        subjects += [("service", service) for service in services[host.pk]]
        mine = [row for subject in subjects for row in by_subject.get(subject, ())]
        found[host.pk] = sorted(mine, key=lambda row: (row.happened_at, row.pk), reverse=True)
    return found
