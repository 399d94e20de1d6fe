"""Asking for a check: the pattern builder, filled in with what a lesson or an incident knows."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.http import urlencode

from incidents.patterns.changes import RANK
from incidents.records.models import HostRole, Incident, IncidentHost, Lesson

LONGEST = 1500  # of what goes into an address


def builder_for_lesson(lesson: Lesson, incidents: Iterable[Incident]) -> str:
    """Title, why, slug, the gravest severity it was taught at, and an affected host."""
    taught = list(incidents)
    known = {
        "title": lesson.title,
        "why": "\n\n".join(text for text in (lesson.statement, lesson.why) if text),
        "lesson": lesson.slug,
        "severity": gravest(taught),
        "host": affected_host(taught),
    }
    return builder(known)


def builder(known: dict[str, str]) -> str:
    """The address of the builder; what is not known is left out."""
    said = {name: value[:LONGEST] for name, value in known.items() if value}
    return f"{reverse('patterns:new')}?{urlencode(said)}"


def gravest(incidents: Iterable[Incident]) -> str:
    """The worst severity among these; empty where there are none."""
    return max((one.severity for one in incidents), key=lambda s: RANK[s], default="")


def affected_host(incidents: Iterable[Incident]) -> str:
    """A host that the newest of these hurt, to take an example from."""
    newest = next(iter(incidents), None)
    if newest is None:
        return ""
    hurt = IncidentHost.objects.filter(incident=newest, role=HostRole.AFFECTED)
    return hurt.order_by("host__name").values_list("host__name", flat=True).first() or ""
