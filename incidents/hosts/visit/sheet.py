"""A visit sheet put together: machines, the place, people, what to pack, and what was learned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet

from incidents.hosts.models import Host, RedundancyGroup, Site, Upkeep
from incidents.hosts.visit.machine import Machine, machine
from incidents.hosts.visit.notes import VisitNotes, visit_notes
from kb.accounts.models import User
from kb.wiki.markdown import plain

#: So many machines get a part of their own; a site may hold hundreds.
MOST = 8
CABLES = {
    "": "screen, keyboard and their cables (nobody said what console there is)",
    "none": "screen, keyboard and their cables",
    "serial": "serial cable and USB adapter",
}
NETWORK = "laptop, network cable (for {console})"


@dataclass(frozen=True, slots=True)
class Place:
    """A site: how to get in, who may, and what lies there."""

    name: str
    address: str
    notes: str
    access: list[tuple[str, str]]
    kits: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the packing list with its box to tick."""

    what: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """``others`` are the names of machines that have no part of their own on it."""

    title: str
    made_at: datetime
    machines: list[Machine]
    others: list[str]
    places: list[Place]
    contacts: list[tuple[str, str]]
    packing: list[Item]
    notes: list[VisitNotes]


def sheet_of(title: str, hosts: QuerySet[Host], user: User, now: datetime) -> Sheet:
    """The sheet for these hosts, as this reader may see it."""
    names = list(hosts.order_by("name").values_list("pk", "name"))
    shown = list(_whole(hosts.filter(pk__in=[pk for pk, _ in names[:MOST]])))
    upkeep = _upkeep(shown)
    machines = [machine(host, upkeep.get(host.pk, []), now) for host in shown]
    places = _places(shown)
    return Sheet(
        title=title,
        made_at=now,
        machines=machines,
        others=[name for _, name in names[MOST:]],
        places=[_place(site) for site in places],
        contacts=_contacts(shown, places),
        packing=_packing(machines, places),
        notes=[notes(shown, user) for notes in visit_notes],
    )


def _whole(hosts: QuerySet[Host]) -> QuerySet[Host]:
    members = Prefetch("members", Host.objects.only("name"))
    return (
        hosts.select_related("site", "owner", "parent")
        .prefetch_related(
            "services__owner",
            Prefetch("redundancy_groups", RedundancyGroup.objects.prefetch_related(members)),
            Prefetch("guests", Host.objects.only("name", "parent")),
        )
        .order_by("name")
    )


def _places(hosts: Iterable[Host]) -> list[Site]:
    pks = {host.site_id for host in hosts if host.site_id}
    sites = Site.objects.filter(pk__in=pks).order_by("name")
    return list(sites.prefetch_related("kits", "spares", "access__person"))


def _place(site: Site) -> Place:
    return Place(
        site.name,
        site.address,
        plain(site.notes),
        [(str(one), one.hours or "hours unknown") for one in site.access.all() if not one.gone_at],
        [(kit.name, kit.items) for kit in site.kits.all() if not kit.gone_at],
    )


def _contacts(hosts: Iterable[Host], places: Iterable[Site]) -> list[tuple[str, str]]:
    """Who looks after the machines and services; an address where there is one."""
    found: dict[str, list[str]] = {}
    for host in hosts:
        teams = [(host.owner, host.name)]
        teams += [(service.owner, service.name) for service in host.services.all()]
        for team, what in teams:
            if team is not None:
                name = f"{team.name}{f' <{team.email}>' if team.email else ''}"
                found.setdefault(name, []).append(what)
    contacts = [(name, ", ".join(dict.fromkeys(what))) for name, what in found.items()]
    return contacts + [
        (str(one), f"has access to {site.name}")
        for site in places
        for one in site.access.all()
        if not one.gone_at
    ]


def _packing(machines: Sequence[Machine], places: Sequence[Site]) -> list[Item]:
    cables = dict.fromkeys(
        CABLES.get(one.console, NETWORK.format(console=one.console)) for one in machines
    )
    return [
        *_spares(machines, places),
        *(Item(cable, "console") for cable in cables),
        Item("credentials: console, root, disk encryption", "from the safe, tried before you go"),
        Item("badge or key" if places else "badge or key, and the address", "to get in"),
        Item("torch, screwdrivers, labels, a pen"),
        Item("this sheet on paper, and as a file"),
        Item("lunch", "it always takes longer"),
    ]


def _spares(machines: Sequence[Machine], places: Sequence[Site]) -> list[Item]:
    """Parts that fit, and where they lie; what fits and is nowhere is the first thing to know."""
    wanted = sorted({part for one in machines for part in one.parts})
    lying = [(spare, site) for site in places for spare in site.spares.all() if not spare.gone_at]
    items, fitting = [], set()
    for part in wanted:
        here = [(s, site) for s, site in lying if s.model and s.model.lower() == part.lower()]
        fitting |= {s.pk for s, _ in here if s.count}
        where = ", ".join(f"{s.count} lie at {site.name}" for s, site in here if s.count)
        why = where or ("none is left at the site" if here else "no spare on record: bring one")
        items.append(Item(f"drive {part}", why))
    for spare, site in lying:
        if spare.pk not in fitting and spare.count:
            items.append(Item(str(spare), f"{spare.count} at {site.name}; ask whether it fits"))
    if not wanted:
        items.insert(0, Item("drives that fit", "unknown: no tool told what is in the machines"))
    return items


def _upkeep(hosts: Sequence[Host]) -> dict[int, list[Upkeep]]:
    """What was recorded of the hosts themselves and of their services."""
    services = {host.pk: {one.pk for one in host.services.all()} for host in hosts}
    wanted = {pk for mine in services.values() for pk in mine}
    about = Q(host__in=[host.pk for host in hosts]) | Q(service__in=wanted)
    told = list(Upkeep.objects.standing().filter(about))
    return {
        pk: [one for one in told if one.host_id == pk or one.service_id in mine]
        for pk, mine in services.items()
    }
