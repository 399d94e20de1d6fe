"""What tells the pages of sites, services and groups apart; everything else they share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse

from incidents.hosts.forms import GroupForm, ServiceForm, SiteForm
from incidents.hosts.models import Host, RedundancyGroup, Service, Site
from kb.accounts.models import User
from kb.wiki.forms import RevisedForm

Thing = Site | Service | RedundancyGroup


@dataclass(frozen=True, slots=True)
class Room:
    """``hosts`` is the field that leads to a thing's hosts; ``says`` gives label and words."""

    kind: str
    model: type[Any]
    form: type[RevisedForm]
    lead: str
    hosts: str
    says: Callable[[Any], list[tuple[str, str]]]
    next_step: str

    @property
    def plural(self) -> str:
        return f"{self.kind}s"

    @property
    def new(self) -> str:
        return reverse(f"hosts:{self.kind}-new")

    @property
    def list(self) -> str:
        return reverse(f"hosts:{self.kind}-list")

    def address(self, thing: Thing, page: str = "") -> str:
        name = f"hosts:{self.kind}-{page}" if page else f"hosts:{self.kind}"
        return reverse(name, args=[thing.slug])

    def rows(self, user: User) -> QuerySet[Any]:
        """Every thing a reader may see, with how many hosts it has."""
        rows: QuerySet[Any] = self.model.objects.visible_to(user).order_by("name")
        rows = rows.annotate(host_count=Count(self.hosts))
        return rows if self.model is not Service else rows.select_related("owner")

    def hosts_of(self, thing: Thing) -> QuerySet[Host]:
        hosts: QuerySet[Host] = getattr(thing, self.hosts).all()
        return hosts


def _site(site: Site) -> list[tuple[str, str]]:
    return [("Address", site.address)]


def _service(service: Service) -> list[tuple[str, str]]:
    balanced = {True: "yes", False: "no", None: ""}[service.load_balanced]
    return [
        ("Criticality", service.get_criticality_display() if service.criticality else ""),
        ("Owner", service.owner.name if service.owner else ""),
        ("Needs", f"{service.needs_hosts} at least" if service.needs_hosts else ""),
        ("Load-balanced", balanced),
        ("Back within", f"{service.rto_minutes} minutes" if service.rto_minutes else ""),
        ("Alone", "fine, by choice" if service.fine_alone else ""),
        ("Runbook", service.runbook),
    ]


def _group(group: RedundancyGroup) -> list[tuple[str, str]]:
    return [
        ("Kind", group.get_kind_display()),
        ("Needs", f"{group.min_members} at least" if group.min_members else ""),
    ]


SITES = Room(
    kind="site",
    model=Site,
    form=SiteForm,
    lead="Where hosts stand, how to get in, and what to bring",
    hosts="hosts",
    says=_site,
    next_step="Say where your machines stand; hosts then name it.",
)
SERVICES = Room(
    kind="service",
    model=Service,
    form=ServiceForm,
    lead="What people use, and the hosts that carry it",
    hosts="hosts",
    says=_service,
    next_step="Begin with the one whose loss would be noticed first, and name its hosts.",
)
GROUPS = Room(
    kind="group",
    model=RedundancyGroup,
    form=GroupForm,
    lead="Hosts that are meant to stand in for each other",
    hosts="members",
    says=_group,
    next_step="Name a pair that should survive the loss of one; unequal twins are then flagged.",
)
