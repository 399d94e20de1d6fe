"""How incidents, timelines, lessons and actions are read and written by tooling: all by name."""

from incidents.records.serializers.actions import ActionSerializer, EventSerializer
from incidents.records.serializers.incidents import IncidentSerializer, LineSerializer
from incidents.records.serializers.lessons import LessonSerializer, QuoteSerializer

__all__ = [
    "ActionSerializer", "EventSerializer", "IncidentSerializer", "LessonSerializer",
    "LineSerializer", "QuoteSerializer",
]  # fmt: skip
