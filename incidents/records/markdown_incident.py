"""An incident as a ``WriteUp``: everything that is on record of it and its reader may see."""

from typing import Any

from incidents.records import markdown_action
from incidents.records.markdown import ToldLine, WriteUp, write
from incidents.records.models import Incident, IncidentLink
from incidents.records.times import TIMES, word
from incidents.records.tracked import TEXTS
from incidents.records.trails import LessonQuote
from kb.accounts.models import User

FORM = "twiceshy incident 1"


def markdown_of(incident: Incident, reader: User | None) -> str:
    """The file of an incident.  Without a reader (a backup on the command line) with all links."""
    return write(told(incident, reader))


def told(incident: Incident, reader: User | None) -> WriteUp:
    """What the file will hold; names in a fixed order, what is empty left out."""
    head = {"form": FORM, "id": incident.pk, **_what_it_is(incident), **_people(incident)}
    head |= {"times": _times(incident), "hosts": _hosts(incident), **_links(incident)}
    head |= {
        "bears_on": _bearings(incident, reader),
        "actions": list(map(markdown_action.told, markdown_action.of(incident.actions.all()))),
        "quotes": _quotes(incident),
        "moves": _moves(incident),
        "created_at": incident.created_at,
        "revision": incident.revision,
    }
    return WriteUp(
        head={name: value for name, value in head.items() if value not in (None, "", [], {})},
        texts={name: text for name in TEXTS if (text := getattr(incident, name))},
        timeline=told_lines(incident),
    )


def told_lines(incident: Incident) -> list[ToldLine]:
    """The timeline, in the order in which it is shown."""
    return [
        ToldLine(line.at, line.what, line.evidence, line.kind, _name(line.by))
        for line in incident.timeline.select_related("by")
    ]


def _what_it_is(incident: Incident) -> dict[str, Any]:
    return {
        "title": incident.title,
        "kind": incident.kind,
        "severity": incident.severity,
        "status": incident.status,
        "visibility": incident.visibility,
        "tags": list(incident.tags),
    }


def _people(incident: Incident) -> dict[str, Any]:
    return {
        "author": _name(incident.author),
        "lead": _name(incident.lead),
        "facilitator": _name(incident.facilitator),
        "reviewer": _name(incident.reviewer),
        "involved": sorted(user.username for user in incident.involved.all()),
        "allowed_users": sorted(user.username for user in incident.allowed_users.all()),
        "allowed_teams": sorted(team.slug for team in incident.allowed_teams.all()),
    }


def _times(incident: Incident) -> dict[str, Any]:
    """By name: ``at``, ``source``, ``within_minutes``."""
    found = {}
    for field in TIMES:
        name, at = word(field), getattr(incident, field)
        said = {
            "at": at,
            "source": (incident.time_sources or {}).get(name),
            "within_minutes": (incident.time_uncertainty or {}).get(name),
        }
        if known := {key: value for key, value in said.items() if value}:
            found[name] = known
    return found


def _hosts(incident: Incident) -> dict[str, str]:
    return {link.host.name: link.role for link in incident.host_links.select_related("host")}


def _links(incident: Incident) -> dict[str, Any]:
    return {
        "services": sorted(service.slug for service in incident.services.all()),
        "factors": sorted(factor.slug for factor in incident.factors.all()),
        "lessons": sorted(
            lesson.slug for lesson in incident.lessons.all() if not lesson.deleted_at
        ),
        "patterns": sorted(pattern.slug for pattern in incident.patterns.all()),
    }


def _bearings(incident: Incident, reader: User | None) -> list[dict[str, Any]]:
    links = IncidentLink.objects.of(incident).select_related("by")
    if reader is not None:
        links = links.visible_to(reader)
    return [
        {
            "kind": link.kind,
            "from": link.from_incident_id,
            "to": link.to_incident_id,
            "note": link.note,
            "by": _name(link.by),
        }
        for link in links
    ]


def _quotes(incident: Incident) -> list[dict[str, Any]]:
    """Its words that are evidence for lessons."""
    rows = LessonQuote.objects.filter(
        incident=incident, taken_back_at=None, lesson__deleted_at=None
    ).select_related("lesson", "by")
    said = [
        {"lesson": one.lesson.slug, "quote": one.quote, "by": _name(one.by), "at": one.at}
        for one in rows.order_by("at", "pk")
    ]
    return [{name: value for name, value in one.items() if value} for one in said]


def _moves(incident: Incident) -> list[dict[str, Any]]:
    return [
        {
            "at": move.at,
            "before": move.before,
            "after": move.after,
            "by": _name(move.by),
            "reason": move.reason,
        }
        for move in incident.moves.select_related("by")
    ]


def _name(user: User | None) -> str:
    return user.username if user is not None else ""
