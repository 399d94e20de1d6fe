"""Everything around a chunk of hosts, loaded in a number of queries that does not grow with it.

Only the depth of nesting adds queries: one for each level up and one for each level down.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Q

from incidents.hosts.models import Host, HostStatus, RedundancyGroup, Service, Upkeep

MAX_DEPTH = 16
Pairs = list[tuple[int, int]]


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


def load(
    hosts: Sequence[Host], register: "Register | None" = None, *, with_os: bool = True
) -> Relatives:
    """The relatives of ``hosts``, as the register has them today or had them at a moment."""
    register = register or Today()
    relatives = Relatives()
    own = {host.pk for host in hosts}
    _load_groups(relatives, register, own)
    near = own | {pk for members in relatives.members_of.values() for pk in members}
    inner = _load_nest(relatives, register, near)
    _load_services(relatives, register, near | inner)
    if with_os:
        relatives.os = {host.pk: _os_of(host) for host in hosts}
        if others := relatives.hosts.keys() - own:
            relatives.os |= register.os(others)
    carriers = {pk for pks in relatives.carriers_of.values() for pk in pks}
    _load_upwards(relatives, register, carriers)
    return relatives


def _os_of(host: Host) -> tuple[dict[str, Any], dict[str, Any]]:
    return host.facts.get("os") or {}, host.observed.get("os") or {}


def _load_groups(relatives: Relatives, register: "Register", own: set[int]) -> None:
    groups, pairs = register.groups_around(own)
    for group, host in pairs:
        relatives.members_of.setdefault(group, []).append(host)
        relatives.groups_of.setdefault(host, []).append(group)
    relatives.groups = groups


def _load_upwards(relatives: Relatives, register: "Register", wanted: Iterable[int]) -> None:
    missing = set(wanted) - relatives.hosts.keys()
    for _ in range(MAX_DEPTH):
        if not missing:
            return
        loaded = register.lights(missing)
        relatives.hosts.update(loaded)
        missing = {one.parent for one in loaded.values() if one.parent is not None}
        missing -= relatives.hosts.keys()


def _load_nest(relatives: Relatives, register: "Register", around: set[int]) -> set[int]:
    """These hosts with everything around and inside them; what is inside."""
    loaded = register.lights_around(around)
    relatives.hosts.update({pk: one for pk, one in loaded.items() if pk in around})
    above = {one.parent for pk, one in loaded.items() if pk in around and one.parent is not None}
    _load_upwards(relatives, register, above)
    found = set[int]()
    frontier = {pk: one for pk, one in loaded.items() if one.parent in around}
    for _ in range(MAX_DEPTH):
        for one in sorted(frontier.values(), key=lambda light: light.name):
            siblings = relatives.children.setdefault(one.parent or 0, [])
            if one.pk not in siblings:
                siblings.append(one.pk)
        relatives.hosts.update(frontier)
        deeper = frontier.keys() - found - around
        found |= frontier.keys()
        if not deeper:
            break
        frontier = register.lights_inside(deeper)
    return found


def _load_services(relatives: Relatives, register: "Register", places: set[int]) -> None:
    services, pairs = register.services_around(places)
    for service, host in pairs:
        relatives.carriers_of.setdefault(service, []).append(host)
        relatives.services_of.setdefault(host, []).append(service)
    relatives.services = services


class Register(Protocol):
    """Who stands where: ``Today`` asks the tables, ``then.Then`` the history.

    The pairs are (group or service, host), ordered by the first and by the name of the second.
    """

    def groups_around(self, own: set[int]) -> tuple[dict[int, RedundancyGroup], Pairs]:
        """The groups these hosts are in, and everybody in them."""

    def services_around(self, places: set[int]) -> tuple[dict[int, Service], Pairs]:
        """The services on these hosts, and everybody who carries them."""

    def lights(self, pks: set[int]) -> dict[int, Light]:
        """These hosts."""

    def lights_around(self, pks: set[int]) -> dict[int, Light]:
        """These hosts, and what is nested directly in them."""

    def lights_inside(self, parents: set[int]) -> dict[int, Light]:
        """What is nested directly in these hosts."""

    def os(self, pks: set[int]) -> dict[int, tuple[dict[str, Any], dict[str, Any]]]:
        """Their ``os`` section, and who told it when."""


class Today:
    """The register as it stands."""

    def groups_around(self, own: set[int]) -> tuple[dict[int, RedundancyGroup], Pairs]:
        membership = RedundancyGroup.members.through.objects
        here = membership.filter(host__in=list(own)).values("redundancygroup")
        pairs = list(
            membership.filter(redundancygroup__in=here)
            .order_by("redundancygroup_id", "host__name")
            .values_list("redundancygroup_id", "host_id")
        )
        groups = RedundancyGroup.objects.in_bulk({group for group, _ in pairs}) if pairs else {}
        return groups, pairs

    def services_around(self, places: set[int]) -> tuple[dict[int, Service], Pairs]:
        carriage = Service.hosts.through.objects
        here = carriage.filter(host__in=list(places)).values("service")
        pairs = list(
            carriage.filter(service__in=here)
            .order_by("service_id", "host__name")
            .values_list("service_id", "host_id")
        )
        if not pairs:
            return {}, []
        wanted = {service for service, _ in pairs}
        return Service.objects.select_related("owner").in_bulk(wanted), pairs

    def lights(self, pks: set[int]) -> dict[int, Light]:
        return lights_where(Q(pk__in=pks))

    def lights_around(self, pks: set[int]) -> dict[int, Light]:
        return lights_where(Q(pk__in=pks) | Q(parent__in=pks))

    def lights_inside(self, parents: set[int]) -> dict[int, Light]:
        return lights_where(Q(parent__in=parents))

    def os(self, pks: set[int]) -> dict[int, tuple[dict[str, Any], dict[str, Any]]]:
        rows = Host.objects.filter(pk__in=list(pks)).order_by()
        told = rows.values_list("pk", "facts__os", "observed__os")
        return {pk: (os or {}, observed or {}) for pk, os, observed in told}


def lights_where(condition: Q) -> dict[int, Light]:
    """The hosts of a condition, as the tables have them."""
    rows = Host.objects.filter(condition).order_by().values_list(*_COLUMNS)
    return {row[0]: Light(*row) for row in rows}


def upkeep_of(
    relatives: Relatives, hosts: Sequence[Host], now: datetime
) -> dict[int, list[Upkeep]]:
    """Host pk → upkeep recorded for it, its groups, its services or its site; the newest first.

    Of other members of its groups only what was recorded for the host itself.
    """
    services = {host.pk: relatives.services_on(host.pk) for host in hosts}
    members = {pk for many in relatives.members_of.values() for pk in many}
    rows = (
        Upkeep.objects.standing()
        .filter(
            Q(host__in=members | {host.pk for host in hosts})
            | Q(group__in=list(relatives.groups))
            | Q(service__in={one for many in services.values() for one in many})
            | Q(site__in={host.site_id for host in hosts if host.site_id}),
            happened_at__lte=now,
        )
        .order_by("-happened_at", "-pk")
    )
    by_subject: dict[tuple[str, int | None], list[Upkeep]] = {}
    for row in rows:
        for what in ("host", "group", "service", "site"):
            if getattr(row, f"{what}_id") is not None:
                by_subject.setdefault((what, getattr(row, f"{what}_id")), []).append(row)
    found = {pk: by_subject.get(("host", pk), []) for pk in members}
    for host in hosts:
        subjects = [("host", host.pk), ("site", host.site_id)]
        subjects += [("group", group) for group in relatives.groups_of.get(host.pk, ())]
        subjects += [("service", service) for service in services[host.pk]]
        mine = [row for subject in subjects for row in by_subject.get(subject, ())]
        found[host.pk] = sorted(mine, key=lambda row: (row.happened_at, row.pk), reverse=True)
    return found
