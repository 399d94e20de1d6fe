"""What learning shows beside an incident, on a pattern's page and to a lesson's owner."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from incidents.learning import track
from incidents.learning.confirming import warned
from incidents.learning.sharing import builder_for, known_of, sharing
from incidents.learning.similar import draft_of, relearned, similar
from incidents.learning.whereelse import where_else
from incidents.patterns.models import Pattern
from incidents.patterns.page_panels import pattern_panels
from incidents.records.asking import builder
from incidents.records.beside import Card, incident_cards
from incidents.records.models import Incident
from kb.accounts.models import User
from kb.wiki.editing import person


def _where_else(incident: Incident, user: User) -> Card:
    found = where_else(incident, user)
    shared = sharing(incident, incident.happened_at)
    rows = [
        (one, builder_for(one, incident) if one.trait.path and user.may_write else "")
        for one in shared.shared
    ]
    context = {"found": found, "sharing": shared, "rows": rows}
    return Card("learning/_where_else.html", context)


def _relearned(incident: Incident, user: User) -> Card | None:
    again = relearned(incident, user)
    if not again:
        return None
    return Card("learning/_relearned.html", {"again": again}, place="banner")


def _similar(incident: Incident, user: User) -> Card | None:
    found = similar(draft_of(incident), user)
    if not found:
        return None
    return Card("learning/_similar_card.html", {"found": found, "incident": incident})


def _warned(incident: Incident, user: User) -> Card | None:
    seen = warned(incident)
    if not seen.confirmed and not seen.unwarned:
        return None
    context: dict[str, Any] = {"warned": seen, "incident": incident, "builder": ""}
    if seen.unwarned and user.may_write:
        title = {"title": incident.title} if known_of(incident).get("host") else {}
        known = title | known_of(incident) | {"host": seen.unwarned[0].name}
        context["builder"] = builder(known)
    return Card("learning/_warned.html", context)


def _track_record(pattern: Pattern, request: HttpRequest) -> SafeString:
    context = {"record": track.record_of(pattern, person(request)), "pattern": pattern}
    return render_to_string("learning/_track_record.html", context, request=request)


incident_cards.register("relearned", _relearned, rank=1)
incident_cards.register("where-else", _where_else, rank=10)
incident_cards.register("warned", _warned, rank=20)
incident_cards.register("similar", _similar, rank=30)
pattern_panels.register("track-record", _track_record, rank=10)
