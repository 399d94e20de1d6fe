"""Hosts that share what the affected hosts had, the rarest shared trait first.

What a host *had* is what was known of it when the incident began, where history reaches back so
far: a host that was mended since no longer has what hurt it, and its twin still does.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Window
from django.db.models.functions import RowNumber

from incidents.facts.merge import merge
from incidents.hosts.history import rows_at, source_rows
from incidents.hosts.models import Host, HostStatus, RedundancyGroup, Service
from incidents.learning import traits
from incidents.learning.indexing import registered
from incidents.learning.models import HostTrait, HostTraits
from incidents.learning.traits import KINDS, Trait
from incidents.records.asking import builder
from incidents.records.models import HostRole, Incident, Visibility

MOST_AFFECTED = 20  # hosts of an incident that are looked at
MOST_TRAITS = 12  # shown
NAMED = 8  # hosts of one trait
TOO_COMMON = 0.5  # what more than half the fleet has tells nothing
FEW = 3  # but in a fleet of a handful


@dataclass(frozen=True, slots=True)
class Shared:
    """A trait of affected hosts that others have too: ``count`` of ``fleet`` active hosts."""

    trait: Trait
    count: int
    fleet: int
    others: int
    had_by: list[str]
    elsewhere: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        return self.trait.words

    @property
    def share(self) -> str:
        """Such as "3 of 412 hosts have this controller"."""
        hosts = "host" if self.fleet == 1 else "hosts"
        return f"{self.count} of {self.fleet} {hosts} {KINDS[self.trait.kind].shared}"

    @property
    def more(self) -> int:
        """Further hosts, beyond those named."""
        return max(self.others - len(self.elsewhere), 0)


@dataclass(frozen=True, slots=True)
class Sharing:
    """Ranked by how rare the trait is; ``alone`` is what nobody else has, ``read`` false while
    the fleet has not been read through yet."""

    shared: list[Shared]
    alone: list[Trait]
    fleet: int
    read: bool


def sharing(incident: Incident, moment: datetime) -> Sharing:
    """Who shares what with the hosts this incident hurt.  ``moment`` is when it began."""
    affected = _affected(incident)
    fleet = HostTraits.objects.count()
    if not affected:
        return Sharing([], [], fleet, read=True)
    had = _had(affected, moment)
    names = {host.pk: host.name for host in affected}
    counts, here = _counted(had, names)
    found, alone = [], []
    for trait, hosts in had.items():
        count = counts.get(trait.key, 0)
        if count > here.get(trait.key, 0):
            had_by = sorted(names[pk] for pk in hosts)
            found.append(Shared(trait, count, fleet, count - here.get(trait.key, 0), had_by))
        elif trait.path:
            alone.append(trait)
    found += _together(names, fleet)
    found = [one for one in found if one.count <= max(fleet * TOO_COMMON, FEW)]
    found.sort(key=lambda one: (one.count, -len(one.had_by), one.trait))
    read = fleet >= Host.objects.filter(status=HostStatus.ACTIVE).count()
    return Sharing(_named(found[:MOST_TRAITS], names), sorted(alone)[:NAMED], fleet, read)


def _affected(incident: Incident) -> list[Host]:
    hurt = Host.objects.filter(
        incident_links__incident=incident, incident_links__role=HostRole.AFFECTED
    )
    return list(hurt.select_related("site", "parent").order_by("name")[:MOST_AFFECTED])


def _had(affected: list[Host], moment: datetime) -> dict[Trait, set[int]]:
    """By trait, which of the affected hosts had it."""
    told = defaultdict(list)
    for row in rows_at([host.pk for host in affected], moment):
        told[row.host_id].append(row)
    had: dict[Trait, set[int]] = defaultdict(set)
    for host in affected:
        rows = told[host.pk]
        facts = merge(source_rows(rows, moment), now=moment).document if rows else host.facts
        for trait in traits.of_facts(facts) | registered(host):
            had[trait].add(host.pk)
    return had


def _counted(
    had: Iterable[Trait], affected: Iterable[int]
) -> tuple[dict[int, int], dict[int, int]]:
    """How many active hosts have each, and how many of those are the affected ones."""
    rows = HostTrait.objects.filter(key__in=[trait.key for trait in had]).order_by()
    per_key = rows.values_list("key").annotate(n=Count("pk"))
    return dict(per_key), dict(per_key.filter(host__in=list(affected)))


def _together(names: dict[int, str], fleet: int) -> list[Shared]:
    """Services and groups of the affected hosts, with whoever else is in them."""
    found: list[Shared] = []
    through: Any
    for kind, through, name in (
        ("service", Service.hosts.through, "service"),
        ("group", RedundancyGroup.members.through, "redundancygroup"),
    ):
        mine = through.objects.filter(host__in=names).values(name)
        rows = through.objects.filter(**{f"{name}__in": mine}, host__status=HostStatus.ACTIVE)
        members: dict[str, dict[int, str]] = defaultdict(dict)
        for slug, pk, host in rows.values_list(f"{name}__slug", "host", "host__name"):
            members[slug][pk] = host
        for slug, hosts in members.items():
            others = sorted(host for pk, host in hosts.items() if pk not in names)
            had_by = sorted(host for pk, host in hosts.items() if pk in names)
            if others:
                trait = Trait(kind, slug)
                found.append(Shared(trait, len(hosts), fleet, len(others), had_by, others[:NAMED]))
    return found


def _named(found: list[Shared], affected: Iterable[int]) -> list[Shared]:
    """With the first hosts of each: one question for all of them."""
    keys = [one.trait.key for one in found if not one.elsewhere]
    place = Window(RowNumber(), partition_by="key", order_by="host_id")
    rows = HostTrait.objects.filter(key__in=keys).exclude(host__in=list(affected))
    first = rows.annotate(place=place).filter(place__lte=NAMED).order_by("key", "place")
    named = defaultdict(list)
    for key, host in first.values_list("key", "host__name"):
        named[key].append(host)
    return [replace(one, elsewhere=one.elsewhere or sorted(named[one.trait.key])) for one in found]


def builder_for(one: Shared, incident: Incident) -> str:
    """The address of the pattern builder with this trait as what it asks."""
    return builder(
        {
            "title": f"{one.trait.words[:1].upper()}{one.trait.words[1:]}, as in #{incident.pk}"
            if incident.visibility == Visibility.EVERYONE
            else one.trait.words.capitalize(),
            "path": one.trait.path,
            "value": one.trait.value,
            **known_of(incident),
        }
    )


def known_of(incident: Incident) -> dict[str, str]:
    """What a check that comes from an incident starts with; of a restricted one only how grave.

    Its lessons and hosts are at hand.
    """
    if incident.visibility != Visibility.EVERYONE:
        return {"severity": incident.severity}
    lesson = next((one for one in incident.lessons.all() if one.deleted_at is None), None)
    hurt = [link.host.name for link in incident.host_links.all() if link.role == HostRole.AFFECTED]
    return {
        "severity": incident.severity,
        "why": incident.summary or (lesson.statement if lesson else ""),
        "lesson": lesson.slug if lesson else "",
        "host": min(hurt, default=""),
    }
