"""``taught``: what incidents here, in the host's groups or in its role have taught, and what was
done about it.  Restricted incidents never feed it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from incidents.hosts.models import Host
from incidents.records.models import (
    Action,
    ActionState,
    HostRole,
    Incident,
    IncidentHost,
    IncidentKind,
    LessonState,
    Visibility,
)

TEACH = (IncidentKind.INCIDENT, IncidentKind.NEAR_MISS)
HELD = (LessonState.PROPOSED, LessonState.ACTIVE)
Role = tuple[str, str]  # environment, role


@dataclass(frozen=True, slots=True)
class Place:
    """A host on which something happened."""

    pk: int
    name: str
    role: Role | None


@dataclass(slots=True)
class Past:
    """What happened around a chunk of hosts: where, what it taught, what was agreed."""

    incidents: dict[int, Incident] = field(default_factory=dict)
    places: dict[int, list[Place]] = field(default_factory=dict)
    agreed: dict[tuple[int, int | None], list[int]] = field(default_factory=dict)
    still_open: set[int] = field(default_factory=set)


def taught(hosts: Sequence[Host], now: datetime, context: Any) -> dict[int, Any]:
    """By host one entry for each lesson; empty where nothing was taught.  At most five queries."""
    around = context.relatives
    groups = {pk for members in around.members_of.values() for pk in members}
    past = _past({host.pk for host in hosts} | groups, {r for h in hosts if (r := _role(h))}, now)
    return {host.pk: _of(host, past, around, now) for host in hosts}


def _role(host: Host) -> Role | None:
    return (host.environment, host.role) if host.role else None


def _past(near: set[int], roles: set[Role], now: datetime) -> Past:
    where = Q(host__in=near)
    if roles:
        where |= Q(host__role__in={role for _, role in roles})
    links = IncidentHost.objects.filter(
        where,
        incident__deleted_at=None,
        incident__visibility=Visibility.EVERYONE,
        incident__kind__in=TEACH,
        incident__lessons__isnull=False,
    ).exclude(role=HostRole.HELPED)
    columns = ("incident", "host", "host__name", "host__environment", "host__role")
    rows = list(links.order_by("host__name").values_list(*columns).distinct())
    past = Past()
    if not rows:
        return past
    known = Incident.objects.filter(pk__in={row[0] for row in rows})
    known = known.only("started_at", "detected_at", "created_at").prefetch_related("lessons")
    past.incidents = {one.pk: one for one in known if one.happened_at <= now}
    for incident, pk, name, environment, role in rows:
        if incident in past.incidents:
            place = Place(pk, name, (environment, role) if role else None)
            past.places.setdefault(incident, []).append(place)
    _agreed(past)
    return past


def _agreed(past: Past) -> None:
    """Actions by (lesson, None), or by (0, incident) where they name no lesson."""
    lessons = {one.pk for incident in past.incidents.values() for one in incident.lessons.all()}
    rows = (
        Action.objects.filter(
            Q(lesson__in=lessons) | Q(lesson=None, incident__in=list(past.incidents))
        )
        .filter(Q(incident=None) | Q(incident__visibility=Visibility.EVERYONE))
        .filter(Q(incident=None) | Q(incident__deleted_at=None))
        .exclude(state=ActionState.DROPPED)
    )
    for pk, lesson, incident, state in rows.order_by("pk").values_list(
        "pk", "lesson", "incident", "state"
    ):
        key = (lesson, None) if lesson else (0, incident)
        past.agreed.setdefault(key, []).append(pk)
        if state == ActionState.OPEN:
            past.still_open.add(pk)


def _of(host: Host, past: Past, around: Any, now: datetime) -> list[dict[str, Any]]:
    newest: dict[int, tuple[Incident, str]] = {}
    by_lesson: dict[int, list[int]] = defaultdict(list)
    slugs: dict[int, str] = {}
    for incident in sorted(past.incidents.values(), key=lambda one: (one.happened_at, one.pk)):
        here = _where(host, past.places.get(incident.pk, ()), around)
        if here is None:
            continue
        for lesson in incident.lessons.all():
            if lesson.deleted_at is None and lesson.state in HELD:
                newest[lesson.pk] = incident, here
                by_lesson[lesson.pk].append(incident.pk)
                slugs[lesson.pk] = lesson.slug
    return [
        {
            "lesson": slugs[lesson],
            "incident": incident.pk,
            "days": (now - incident.happened_at) / timedelta(days=1),
            "here": here,
            **_came_of_it(lesson, by_lesson[lesson], past),
        }
        for lesson, (incident, here) in sorted(newest.items(), key=lambda item: slugs[item[0]])
    ]


def _where(host: Host, places: Iterable[Place], around: Any) -> str | None:
    """In words: on this host, in a group of it, or on a peer; None where it was none of these."""
    places = list(places)
    if any(place.pk == host.pk for place in places):
        return "this host"
    for group in around.groups_of.get(host.pk, ()):
        for place in places:
            if place.pk in around.members_of[group]:
                return f"{place.name}, of the group {around.groups[group].slug}"
    role = _role(host)
    peers = (place.name for place in places if role is not None and place.role == role)
    peer = next(peers, None)
    return f"{peer}, of the same role" if peer else None


def _came_of_it(lesson: int, incidents: list[int], past: Past) -> dict[str, int]:
    """Actions that name the lesson, and those of its incidents here that name none."""
    agreed = list(past.agreed.get((lesson, None), ()))
    for incident in incidents:
        agreed += past.agreed.get((0, incident), ())
    open_ones = sum(action in past.still_open for action in agreed)
    return {"actions": len(agreed), "open_actions": open_ones}
