"""What happened to a host before, and what it taught: a card on the host's page."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from incidents.hosts.models import Host
from incidents.hosts.panels import HostPanel, host_panels
from incidents.hosts.visit import VisitNote, VisitNotes, visit_notes
from incidents.records.models import Incident, IncidentHost, Lesson
from kb.accounts.models import User
from kb.wiki.editing import person
from kb.wiki.markdown import plain as plain_text

MOST = 10  # the newest; the list of incidents filtered by the host has them all


def past(host: Host, request: HttpRequest) -> SafeString:
    """The incidents this reader may see in which the host had a part, and their lessons."""
    seen = Incident.objects.visible_to(person(request)).filter(hosts=host)
    roles = dict(
        IncidentHost.objects.filter(host=host, incident__in=seen).values_list("incident", "role")
    )
    incidents = list(
        seen.newest_first().only(
            "title", "severity", "kind", "visibility", "summary", "started_at", "detected_at",
            "created_at",
        )[:MOST]
    )  # fmt: skip
    lessons = Lesson.objects.visible_to(person(request)).filter(incidents__in=seen).distinct()
    context = {
        "host": host,
        "rows": [(incident, roles[incident.pk]) for incident in incidents],
        "lessons": list(lessons.only("slug", "title", "statement")) if incidents else [],
        "count": len(roles),
        "user": request.user,
    }
    return SafeString(render_to_string("records/_host_panel.html", context, request))


def visit_incidents(hosts: Sequence[Host], user: User) -> VisitNotes:
    """What happened here before, and which backup or fallback worked then."""
    links = (
        IncidentHost.objects.filter(
            host__in=[host.pk for host in hosts], incident__in=Incident.objects.visible_to(user)
        )
        .select_related("incident", "host")
        .defer("host__facts", "host__observed")
    )
    found = sorted(links, key=lambda link: link.incident.happened_at, reverse=True)
    lines = [
        VisitNote(
            link.host.name,
            link.incident.title,
            plain_text(link.incident.recovery or link.incident.summary),
            link.incident.happened_at.date(),
            reverse("records:incident", args=[link.incident_id]),
        )
        for link in found[:MOST]
    ]
    left = max(0, len(found) - MOST)
    return VisitNotes("Incidents here before", "None is written down.", lines, left)


def visit_lessons(hosts: Sequence[Host], user: User) -> VisitNotes:
    """What those incidents taught."""
    seen = Incident.objects.visible_to(user).filter(hosts__in=[host.pk for host in hosts])
    lessons = Lesson.objects.visible_to(user).filter(incidents__in=seen).distinct()
    lines = [
        VisitNote(
            "", lesson.title, lesson.statement, None, reverse("records:lesson", args=[lesson.slug])
        )
        for lesson in lessons.only("slug", "title", "statement")[:MOST]
    ]
    return VisitNotes("What they taught", "No lesson is written down.", lines)


visit_notes.register("incidents", visit_incidents, rank=40)
visit_notes.register("lessons", visit_lessons, rank=50)
host_panels.register("incidents", HostPanel("main", past), rank=15)
