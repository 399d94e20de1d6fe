"""``/api/v1/incidents/`` with their timelines, ``/lessons/``, ``/actions/``."""

from typing import Any

from django.db import transaction
from django.db.models import Prefetch
from django.urls import path
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.records import api_actions, api_write_ups
from incidents.records.filters import ActionEventFilter, ActionFilter, IncidentFilter, LessonFilter
from incidents.records.lesson_life import take_back
from incidents.records.models import Action, Incident, Lesson, TimelineEntry
from incidents.records.serializers import (
    ActionSerializer,
    EventSerializer,
    IncidentSerializer,
    LessonSerializer,
    LineSerializer,
    QuoteSerializer,
)
from incidents.records.timeline import remove_line
from incidents.records.trails import ActionEvent, LessonQuote
from kb.web.paging import CursorPage
from kb.web.resource import ChangeMixin, CreateMixin, ReadMixin, Resource
from kb.web.routes import api_routes
from kb.wiki.thrown import TellsOfTheBin, the


class NewestFirst(CursorPage):
    ordering = "-pk"


class IncidentResource(TellsOfTheBin, ReadMixin, CreateMixin, ChangeMixin, Resource):
    """What happened; a restricted incident is there only for the people and teams it names."""

    queryset = Incident.objects.select_related(
        "author", "lead", "facilitator", "reviewer", "updated_by"
    ).prefetch_related(
        "involved", "allowed_users", "allowed_teams", "factors", "services", "lessons",
        "patterns", "actions", "host_links__host", "timeline__by", "timeline__updated_by",
    )  # fmt: skip
    serializer_class = IncidentSerializer
    filterset_class = IncidentFilter
    pagination_class = NewestFirst


class TimelineResource(ReadMixin, CreateMixin, ChangeMixin, Resource):
    """The lines of one incident's timeline."""

    queryset = TimelineEntry.objects.select_related("by", "updated_by")
    serializer_class = LineSerializer
    lookup_url_kwarg = "line"

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows.filter(incident=self._incident) if "pk" in self.kwargs else rows

    @property
    def _incident(self) -> Incident:
        return the(Incident, self.request, pk=self.kwargs["pk"])

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if "pk" in self.kwargs:
            context["incident"] = self._incident
        return context

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a line away; its words stay in the incident's history."""
        remove_line(self.locked(), by=request.user)  # type: ignore[arg-type]
        return Response(status=204)


class LessonResource(TellsOfTheBin, ReadMixin, CreateMixin, ChangeMixin, Resource):
    """What the next person should know, and which incidents taught it."""

    queryset = Lesson.objects.select_related("owner", "updated_by")
    serializer_class = LessonSerializer
    filterset_class = LessonFilter
    lookup_field = "slug"

    def get_queryset(self) -> Any:
        seen = Incident.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        return (
            super()
            .get_queryset()
            .prefetch_related(
                Prefetch("incidents", queryset=seen.only("title"), to_attr="seen_incidents")
            )
        )


class QuoteResource(ReadMixin, CreateMixin, Resource):
    """Words of incidents that show a lesson; each is there for whoever sees its incident."""

    queryset = LessonQuote.objects.select_related("by")
    serializer_class = QuoteSerializer
    pagination_class = NewestFirst
    lookup_url_kwarg = "quote"

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows.filter(lesson=self._lesson) if "slug" in self.kwargs else rows

    @property
    def _lesson(self) -> Lesson:
        return the(Lesson, self.request, slug=self.kwargs["slug"])

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if "slug" in self.kwargs:
            context["lesson"] = self._lesson
        return context

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take the words back; who did so stays on record."""
        take_back(self.get_object(), by=request.user, now=timezone.now())  # type: ignore[arg-type]
        return Response(status=204)


class ActionResource(ReadMixin, CreateMixin, ChangeMixin, Resource):
    """What somebody will do, until it is done or dropped."""

    queryset = Action.objects.select_related(
        "lesson", "owner", "team", "verified_by", "updated_by"
    ).prefetch_related("verify_hosts")
    serializer_class = ActionSerializer
    filterset_class = ActionFilter


class ActionEventResource(ReadMixin, Resource):
    """What actions went through, oldest first: written, given over, done, borne out, reopened.

    Tooling reads on from the last ``id`` it saw (``?after=``).
    """

    queryset = ActionEvent.objects.all()
    serializer_class = EventSerializer
    filterset_class = ActionEventFilter
    pagination_class = CursorPage


_many: dict[str, Any] = {"get": "list", "post": "create"}
_one: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"}
api_routes.register(
    "records",
    [
        path("incidents/", IncidentResource.as_view(_many), name="incident-list"),
        path("incidents/<int:pk>/", IncidentResource.as_view(_one), name="incident"),
        path("incidents/<int:pk>/timeline/", TimelineResource.as_view(_many), name="timeline"),
        path(
            "incidents/<int:pk>/timeline/<int:line>/",
            TimelineResource.as_view(_one | {"delete": "destroy"}),
            name="timeline-line",
        ),
        path("lessons/", LessonResource.as_view(_many), name="lesson-list"),
        path("lessons/<slug:slug>/", LessonResource.as_view(_one), name="lesson"),
        path("lessons/<slug:slug>/quotes/", QuoteResource.as_view(_many), name="quote-list"),
        path(
            "lessons/<slug:slug>/quotes/<int:quote>/",
            QuoteResource.as_view({"get": "retrieve", "delete": "destroy"}),
            name="quote",
        ),
        path("actions/", ActionResource.as_view(_many), name="action-list"),
        path("actions/<int:pk>/", ActionResource.as_view(_one), name="action"),
        path(
            "action-events/", ActionEventResource.as_view({"get": "list"}), name="action-event-list"
        ),
        *api_write_ups.urls,
        *api_actions.urls,
    ],
)
