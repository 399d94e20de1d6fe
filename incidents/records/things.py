"""Incidents and lessons as things that files hang on and people comment on and watch."""

from django.urls import reverse

from incidents.records.models import Incident, Lesson
from incidents.records.writing import save_incident
from kb.wiki.things import Thing, things

things.register(
    "incident",
    Thing(
        "incident",
        "Incident",
        Incident,
        lambda incident: reverse("records:incident", args=[incident.pk]),
        save=save_incident,
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
