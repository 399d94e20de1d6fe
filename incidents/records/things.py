"""Incidents and lessons as things that files hang on and people comment on and watch."""

from functools import partial

from django.urls import reverse
from django.utils import timezone

from incidents.records.actions import save_action
from incidents.records.models import Action, Incident, Lesson, TimelineEntry
from incidents.records.writing import save_incident, save_words
from kb.wiki.models import Revisioned
from kb.wiki.things import Thing, things


def _parts(incident: Incident) -> list[tuple[type[Revisioned], list[int]]]:
    """Its lines and actions hold its words too, and go with it."""
    return [
        (TimelineEntry, list(incident.timeline.values_list("pk", flat=True))),
        (Action, list(incident.actions.values_list("pk", flat=True))),
    ]


things.register(
    "incident",
    Thing(
        "incident",
        "Incident",
        Incident,
        lambda incident: reverse("records:incident", args=[incident.pk]),
        save=save_incident,
        restore=save_words,
        parts=_parts,
    ),
    rank=20,
)
things.register(
    "lesson",
    Thing(
        "lesson",
        "Lesson",
        Lesson,
        lambda lesson: reverse("records:lesson", args=[lesson.slug]),
        "slug",
    ),
    rank=30,
)


def _action_address(action: Action) -> str:
    """An action is read where it belongs."""
    if action.incident_id:
        return f"{reverse('records:incident', args=[action.incident_id])}#actions"
    return reverse("records:action-list")


def _save_action(action: Action, **saving: object) -> object:
    return partial(save_action, now=timezone.now())(action, **saving)  # type: ignore[arg-type]


things.register(
    "action", Thing("action", "Action", Action, _action_address, save=_save_action), rank=32
)
