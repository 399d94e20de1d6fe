"""How hosts, services, sites and groups look to search."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from incidents.hosts.models import Host, RedundancyGroup, Service, Site
from kb.accounts.models import User
from kb.search.document import Document
from kb.search.registry import Searchable, searchables
from kb.wiki.markdown import plain

#: So many pieces of software are worth finding a host by; package lists run to thousands.
MOST_SOFTWARE = 200
_BOX = ("vendor", "model", "cpu_model", "virtual_type")
_OS = ("name", "version", "codename", "pretty_name", "kernel", "arch")


class HostSearch(Searchable[Host]):
    """Found by its names, addresses and serials, and by what it is and runs."""

    kind = "host"
    label = "Host"

    def queryset(self) -> QuerySet[Host]:
        return Host.objects.select_related("site", "owner", "parent").prefetch_related(
            "services", "redundancy_groups"
        )

    def document(self, obj: Host) -> Document:
        marks = (obj.name, obj.fqdn, obj.serial, *_addresses(obj.facts))
        return Document(
            key=self.key(obj.pk),
            kind=self.kind,
            natural_key=obj.name,
            title=obj.name,
            url=reverse("hosts:detail", args=[obj.name]),
            names=list(dict.fromkeys(mark for mark in marks if mark)),
            body="\n".join(filter(None, _said_of(obj))),
            date=obj.updated_at,
            state=obj.status,
            hosts=[obj.name],
            services=sorted(service.slug for service in obj.services.all()),
            sites=[obj.site.slug] if obj.site else [],
            teams=[obj.owner.slug] if obj.owner else [],
            tags=obj.tags,
        )

    def bearing(self, kind: str, pk: int) -> QuerySet[Host] | None:
        by = {"host": "parent", "team": "owner"}.get(kind)
        return Host.objects.filter(**{by: pk}) if by else None

    def visible(self, user: User) -> QuerySet[Host]:
        return Host.objects.visible_to(user)


def _said_of(host: Host) -> Iterator[str]:
    yield " ".join(filter(None, (host.get_kind_display(), host.role, host.environment, host.rack)))
    for there in (host.site, host.owner, host.parent):
        if there is not None:
            yield str(there)
    yield from (service.name for service in host.services.all())
    yield from (group.name for group in host.redundancy_groups.all())
    yield plain(host.notes)
    yield from _known(host.facts)


def _known(facts: dict[str, Any]) -> Iterator[str]:
    """The words of the document that somebody may remember a host by; no numbers that move."""
    yield _words(facts.get("os") or {}, _OS)
    yield _words(facts.get("hardware") or {}, _BOX)
    store = facts.get("storage") or {}
    for array in store.get("raids") or ():
        yield f"raid {_words(array, ('name', 'kind', 'level', 'controller'))}"
    for part in (*(store.get("disks") or ()), *(store.get("controllers") or ())):
        yield _words(part, ("name", "vendor", "model", "serial", "firmware"))
    for mount in store.get("mounts") or ():
        yield _words(mount, ("path", "device"))
    for job in facts.get("backups") or ():
        yield f"backup {_words(job, ('tool', 'job', 'target', 'target_host'))}"
    for paper in facts.get("certificates") or ():
        yield _words(paper, ("subject", "issuer"))
    for piece in islice(facts.get("software") or (), MOST_SOFTWARE):
        yield _words(piece, ("name", "version"))


def _words(part: dict[str, Any], names: tuple[str, ...]) -> str:
    return " ".join(str(part[name]) for name in names if part.get(name))


def _addresses(facts: dict[str, Any]) -> Iterator[str]:
    """Every address that is not the loopback's."""
    for card in (facts.get("network") or {}).get("interfaces") or ():
        for address in (*(card.get("ipv4") or ()), *(card.get("ipv6") or ())):
            plain_address = str(address).split("/")[0]
            if not plain_address.startswith(("127.", "::1", "fe80:")):
                yield plain_address


class ServiceSearch(Searchable[Service]):
    kind = "service"
    label = "Service"

    def queryset(self) -> QuerySet[Service]:
        return Service.objects.select_related("owner").prefetch_related("hosts", "runbooks")

    def document(self, obj: Service) -> Document:
        hosts = sorted(host.name for host in obj.hosts.all())
        said = [plain(obj.notes), obj.runbook, obj.owner.name if obj.owner else "", *hosts]
        said += [f"{one.title} {one.where}" for one in obj.runbooks.all() if not one.gone_at]
        return Document(
            key=self.key(obj.pk),
            kind=self.kind,
            natural_key=obj.slug,
            title=obj.name,
            url=reverse("hosts:service", args=[obj.slug]),
            names=[obj.slug, obj.name],
            body="\n".join(filter(None, said)),
            date=obj.updated_at,
            hosts=hosts,
            services=[obj.slug],
            teams=[obj.owner.slug] if obj.owner else [],
        )

    def bearing(self, kind: str, pk: int) -> QuerySet[Service] | None:
        by = {"host": "hosts", "team": "owner"}.get(kind)
        return Service.objects.filter(**{by: pk}) if by else None

    def visible(self, user: User) -> QuerySet[Service]:
        return Service.objects.visible_to(user)


class SiteSearch(Searchable[Site]):
    kind = "site"
    label = "Site"

    def queryset(self) -> QuerySet[Site]:
        return Site.objects.prefetch_related("kits", "spares", "access__person")

    def document(self, obj: Site) -> Document:
        said = [obj.address, plain(obj.notes)]
        said += [f"{kit.name} {kit.items}" for kit in obj.kits.all() if not kit.gone_at]
        rest = (*obj.spares.all(), *obj.access.all())
        said += [str(one) for one in rest if not one.gone_at]
        return Document(
            key=self.key(obj.pk),
            kind=self.kind,
            natural_key=obj.slug,
            title=obj.name,
            url=reverse("hosts:site", args=[obj.slug]),
            names=[obj.slug, obj.name],
            body="\n".join(filter(None, said)),
            date=obj.updated_at,
            sites=[obj.slug],
        )

    def visible(self, user: User) -> QuerySet[Site]:
        return Site.objects.visible_to(user)


class GroupSearch(Searchable[RedundancyGroup]):
    kind = "group"
    label = "Redundancy group"

    def queryset(self) -> QuerySet[RedundancyGroup]:
        return RedundancyGroup.objects.prefetch_related("members")

    def document(self, obj: RedundancyGroup) -> Document:
        members = sorted(host.name for host in obj.members.all())
        return Document(
            key=self.key(obj.pk),
            kind=self.kind,
            natural_key=obj.slug,
            title=obj.name,
            url=reverse("hosts:group", args=[obj.slug]),
            names=[obj.slug, obj.name],
            body="\n".join(filter(None, (plain(obj.notes), *members))),
            date=obj.updated_at,
            hosts=members,
        )

    def bearing(self, kind: str, pk: int) -> QuerySet[RedundancyGroup] | None:
        return RedundancyGroup.objects.filter(members=pk) if kind == "host" else None

    def visible(self, user: User) -> QuerySet[RedundancyGroup]:
        return RedundancyGroup.objects.visible_to(user)


searchables.register("host", HostSearch(), rank=10)
searchables.register("service", ServiceSearch(), rank=15)
searchables.register("site", SiteSearch(), rank=50)
searchables.register("group", GroupSearch(), rank=55)
