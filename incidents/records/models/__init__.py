"""Incidents with their timelines and factors, the lessons they taught, the actions that follow."""

from incidents.records.models.actions import (
    Action,
    ActionQuerySet,
    ActionState,
    ActionType,
    VerifyScope,
)
from incidents.records.models.factors import Factor, FactorQuerySet
from incidents.records.models.incidents import (
    HostRole,
    Incident,
    IncidentHost,
    IncidentKind,
    IncidentQuerySet,
    IncidentStatus,
    Visibility,
)
from incidents.records.models.lessons import Confidence, Lesson, LessonQuerySet, LessonState
from incidents.records.models.links import IncidentLink, IncidentLinkKind, IncidentLinkQuerySet
from incidents.records.models.timeline import TimelineEntry, TimelineQuerySet

__all__ = [
    "Action",
    "ActionQuerySet",
    "ActionState",
    "ActionType",
    "Confidence",
    "Factor",
    "FactorQuerySet",
    "HostRole",
    "Incident",
    "IncidentHost",
    "IncidentKind",
    "IncidentLink",
    "IncidentLinkKind",
    "IncidentLinkQuerySet",
    "IncidentQuerySet",
    "IncidentStatus",
    "Lesson",
    "LessonQuerySet",
    "LessonState",
    "TimelineEntry",
    "TimelineQuerySet",
    "VerifyScope",
    "Visibility",
]

# Django looks for models here.
import incidents.records.steps
import incidents.records.trails  # noqa: F401
