"""Which incidents, lessons and actions a list shows: filters that stand in the address."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q
from django.db.models.functions import Coalesce, Lower
from django.http import QueryDict

from incidents.patterns.models import Severity
from incidents.records.models import (
    Action,
    ActionQuerySet,
    ActionState,
    Factor,
    Incident,
    IncidentKind,
    IncidentQuerySet,
    IncidentStatus,
    Visibility,
)
from kb.accounts.models import User

#: Filter in the address → lookup.
INCIDENT_FILTERS = {
    "kind": "kind",
    "severity": "severity",
    "status": "status",
    "factor": "factors__slug",
    "host": "hosts__name",
    "service": "services__slug",
    "lesson": "lessons__slug",
    "pattern": "patterns__slug",
}


def incidents_for(user: User, wanted: Mapping[str, str]) -> IncidentQuerySet:
    """The incidents a reader may see, as the address filters them, newest first."""
    incidents = Incident.objects.visible_to(user)
    for name, lookup in INCIDENT_FILTERS.items():
        if value := wanted.get(name):
            incidents = incidents.filter(**{lookup: value})
    if wanted.get("restricted"):
        incidents = incidents.filter(visibility=Visibility.RESTRICTED)
    return incidents.newest_first()


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter as a select: its name, label, options and the one in force."""

    name: str
    label: str
    options: list[tuple[str, str]]
    chosen: str


def incident_choices(wanted: Mapping[str, str]) -> list[Choice]:
    factors = list(Factor.objects.values_list("slug", "name"))
    offered = (
        ("kind", "Kind", IncidentKind.choices),
        ("severity", "Severity", Severity.choices),
        ("status", "Status", IncidentStatus.choices),
        ("factor", "Factor", [(slug, name.split(":")[0]) for slug, name in factors]),
    )
    return [
        Choice(name, label, [(str(v), str(said)) for v, said in options], wanted.get(name, ""))
        for name, label, options in offered
    ]


def in_force(wanted: QueryDict) -> list[tuple[str, str]]:
    """The filters that shape the list: (words, address without that filter)."""
    found = []
    for name in (*INCIDENT_FILTERS, "restricted"):
        if value := wanted.get(name):
            rest = wanted.copy()
            rest.pop(name)
            rest.pop("page", None)
            said = name if name == "restricted" else f"{name} {value}"
            found.append((said, f"?{rest.urlencode()}"))
    return found


NOBODY = "-"
#: Filter in the address → lookup.
ACTION_FILTERS = {
    "kind": "kind",
    "pattern": "verified_by__slug",
    "incident": "incident__pk",
    "lesson": "lesson__slug",
}
ACTION_VIEWS = ("open", "overdue", "mine", "done", "all")


def actions_for(user: User, wanted: Mapping[str, str], today: date) -> ActionQuerySet:
    """The actions a reader may see: open ones unless ``state`` says otherwise."""
    actions = Action.objects.visible_to(user)
    state = wanted.get("state") or "open"
    if state == "overdue":
        actions = actions.overdue(today)
    elif state == "mine":
        actions = actions.filter(state=ActionState.OPEN, owner=user)
    elif state == "done":
        actions = actions.exclude(state=ActionState.OPEN)
    elif state == "open":
        actions = actions.filter(state=ActionState.OPEN)
    if owner := wanted.get("owner"):
        nobody = Q(owner=None, owner_name="", team=None)
        theirs = Q(owner__username=owner) | Q(owner=None, owner_name=owner)
        actions = actions.filter(nobody if owner == NOBODY else theirs)
    for name, lookup in ACTION_FILTERS.items():
        value = wanted.get(name, "")
        if value and (name != "incident" or (value.isdecimal() and len(value) < 10)):
            actions = actions.filter(**{lookup: value})
    if words := wanted.get("q", "").strip():
        actions = actions.filter(title__icontains=words)
    if team := wanted.get("team"):
        actions = actions.filter(team__slug=team)
    if wanted.get("group") == "owner":
        whose = Lower(Coalesce("owner__username", "owner_name"))
        actions = actions.order_by(whose, F("due").asc(nulls_last=True), "pk")
    return actions.select_related("incident", "owner", "team", "verified_by")


def table_of_actions(actions: ActionQuerySet, site: str) -> Iterator[list[str]]:
    """For CSV: a heading, then an action a line."""
    yield ["id", "title", "type", "state", "owner", "team", "due", "done", "incident",
           "verified by", "borne out", "tracker", "address"]  # fmt: skip
    for one in actions.iterator(chunk_size=500):
        yield [
            str(one.pk), one.title, one.kind, one.state, one.whose, str(one.team or ""),
            _said(one.due), _said(one.done_at), str(one.incident_id or ""),
            one.verified_by.slug if one.verified_by else "", _said(one.verified_at),
            one.tracker_url, f"{site.rstrip('/')}/actions/{one.pk}/",
        ]  # fmt: skip


def _said(moment: date | None) -> str:
    return moment.isoformat() if moment else ""
