"""What happened to a host before, and what it taught: a card on the host's page."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from incidents.hosts.models import Host
from incidents.hosts.panels import HostPanel, host_panels
from incidents.records.models import Incident, IncidentHost, Lesson
from kb.wiki.editing import person

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


host_panels.register("incidents", HostPanel("main", past), rank=40)
