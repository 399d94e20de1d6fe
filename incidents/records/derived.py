"""``history`` and ``taught``, the sections that incidents give the evaluator; restricted ones never
feed them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from incidents.hosts.models import Host
from incidents.patterns.derived import DerivedSection, sections
from incidents.records.models import HostRole, Incident, IncidentHost, IncidentKind, Visibility
from incidents.records.taught import taught

YEAR = timedelta(days=365)


def history(hosts: Sequence[Host], now: datetime, context: Any = None) -> dict[int, Any]:
    """By host: ``incidents_365d``, ``last_incident_days``, ``repeats``, as of ``now``.

    Counted are incidents that hurt (no drill, no near miss) where the host was affected or
    contributed.  One repeats when it teaches a lesson that an earlier one here had taught.
    """
    by_host = _incidents([host.pk for host in hosts], now)
    return {host.pk: _told(by_host.get(host.pk, []), now) for host in hosts}


def _incidents(pks: list[int], now: datetime) -> dict[int, list[Incident]]:
    """What had happened by ``now`` on each host, oldest first."""
    links = IncidentHost.objects.filter(host__in=pks).exclude(role=HostRole.HELPED)
    shared = Incident.objects.filter(
        deleted_at=None, visibility=Visibility.EVERYONE, kind=IncidentKind.INCIDENT
    )
    found = (
        shared.filter(host_links__in=links)
        .distinct()
        .only("started_at", "detected_at", "created_at")
        .prefetch_related("lessons")
    )
    there = {incident.pk: incident for incident in found if incident.happened_at <= now}
    by_host: dict[int, list[Incident]] = defaultdict(list)
    for host, incident in links.filter(incident__in=there).values_list("host", "incident"):
        by_host[host].append(there[incident])
    for incidents in by_host.values():
        incidents.sort(key=lambda incident: incident.happened_at)
    return by_host


def _told(incidents: list[Incident], now: datetime) -> dict[str, Any]:
    section: dict[str, Any] = {
        "incidents_365d": sum(now - incident.happened_at <= YEAR for incident in incidents),
        "repeats": _repeats(incidents),
    }
    if incidents:
        section["last_incident_days"] = (now - incidents[-1].happened_at) / timedelta(days=1)
    return section


def _repeats(incidents: list[Incident]) -> int:
    taught: set[int] = set()
    repeats = 0
    for incident in incidents:
        lessons = {lesson.pk for lesson in incident.lessons.all()}
        repeats += bool(lessons & taught)
        taught |= lessons
    return repeats


sections.register("history", DerivedSection("history", history))
sections.register("taught", DerivedSection("taught", taught))
