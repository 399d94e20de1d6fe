"""``/api/v1/incidents/metrics/``, and beside each incident where else, similar, confirmations."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.learning import confirming
from incidents.learning.measures import CLASSES, DEFINITIONS, Line, Span, measure, period_of
from incidents.learning.models import Confirmation
from incidents.learning.sharing import sharing
from incidents.learning.similar import draft_of, relearned, similar
from incidents.learning.whereelse import where_else
from incidents.records.models import Incident, IncidentKind
from kb.accounts.models import User
from kb.web.problems import FieldError, Problem
from kb.web.routes import api_routes

JSON = OpenApiTypes.OBJECT


def _user(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user


def _incident(request: Request, pk: int) -> Incident:
    rows = Incident.objects.visible_to(_user(request)).prefetch_related(
        "host_links__host", "factors", "lessons", "patterns"
    )
    return get_object_or_404(rows, pk=pk)


class Beside(APIView):
    """What stands beside one incident; 404 for whoever may not see it."""

    permission_classes = [IsAuthenticated]


class WhereElseView(Beside):
    @extend_schema(operation_id="incidents_where_else", responses=JSON)
    def get(self, request: Request, pk: int) -> Response:
        """Hosts that its patterns flag today, and hosts that share what the affected ones had."""
        incident = _incident(request, pk)
        found = where_else(incident, _user(request))
        shared = sharing(incident, incident.happened_at)
        flags = [
            {"flag": one.pk, "host": one.host.name, "pattern": one.pattern.slug,
             "severity": one.severity, "sentence": one.sentence}
            for one in found.elsewhere
        ]  # fmt: skip
        return Response(
            {
                "patterns": [one.slug for one in found.patterns],
                "flagged": flags,
                "more": found.more,
                "fleet": shared.fleet,
                "complete": shared.read,
                "shared": [
                    {"kind": one.trait.kind, "value": one.trait.value, "count": one.count,
                     "says": one.share, "had_by": one.had_by, "hosts": one.elsewhere,
                     "more": one.more}
                    for one in shared.shared
                ],
                "alone": [{"kind": one.kind, "value": one.value} for one in shared.alone],
            }
        )  # fmt: skip


class SimilarView(Beside):
    @extend_schema(operation_id="incidents_similar", responses=JSON)
    def get(self, request: Request, pk: int) -> Response:
        """Incidents like it with why, the link each suggests, and lessons learned again."""
        incident, user = _incident(request, pk), _user(request)
        found = similar(draft_of(incident), user)
        return Response(
            {
                "similar": [
                    {"incident": one.incident.pk, "title": one.incident.title,
                     "words": one.words, "hosts": one.hosts, "factors": one.factors,
                     "lessons": one.lessons, "suggests": one.kind or None}
                    for one in found
                ],
                "learned_again": [
                    {"lesson": one.slug, "earlier": [earlier.pk for earlier in one.earlier]}
                    for one in relearned(incident, user)
                ],
            }
        )  # fmt: skip


class ConfirmationSerializer(serializers.ModelSerializer[Confirmation]):
    pattern: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    host: Any = serializers.SlugRelatedField(slug_field="name", read_only=True)
    refused_by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = Confirmation
        fields = ["id", "pattern", "host", "flag", "opened_at", "at", "refused_at", "refused_by"]


class ConfirmationsView(Beside):
    def get_queryset(self) -> QuerySet[Confirmation]:
        seen = Confirmation.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        return seen.filter(incident=self.kwargs["pk"])

    @extend_schema(operation_id="incidents_confirmations", responses=JSON)
    def get(self, request: Request, pk: int) -> Response:
        """Flags that stood open when it began, and its hosts that nothing had warned of."""
        seen = confirming.warned(_incident(request, pk))
        return Response(
            {
                "confirmed": ConfirmationSerializer(seen.confirmed, many=True).data,
                "unwarned": [host.name for host in seen.unwarned],
            }
        )


class Refusal(serializers.Serializer[Any]):
    coincidence = serializers.BooleanField()


class ConfirmationView(Beside):
    @extend_schema(
        operation_id="incidents_confirmation_judge",
        request=Refusal,
        responses=ConfirmationSerializer,
    )
    def post(self, request: Request, pk: int, one: int) -> Response:
        """Say that a flag had nothing to do with it, or had after all."""
        user = _user(request)
        if not user.may_write:
            raise PermissionDenied
        found = Confirmation.objects.filter(pk=one, incident=_incident(request, pk)).first()
        if found is None:
            raise Http404
        said = Refusal(data=request.data)
        said.is_valid(raise_exception=True)
        if said.validated_data["coincidence"]:
            confirming.refuse(found, by=user, now=timezone.now())
        else:
            confirming.stand_by(found)
        found.refresh_from_db()
        return Response(ConfirmationSerializer(found).data)


class MetricsView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="incidents_metrics", responses=JSON)
    def get(self, request: Request) -> Response:
        """Durations as distributions with median and n; counts by factor, host and lesson;
        repeats and actions.  ``?period=90d|1y|2y|all`` or ``?from=&to=``, ``?kind=``.
        """
        today = timezone.now().date()
        kind = request.query_params.get("kind") or "incident"
        if kind not in (*IncidentKind.values, "all"):
            known = ", ".join((*IncidentKind.values, "all"))
            raise Problem(400, "There is no such kind.", [FieldError("/kind", f"Use {known}.")])
        try:
            period = period_of(request.query_params.dict(), today)
        except ValueError as error:
            raise Problem(400, str(error), [FieldError("/period", str(error))]) from None
        found = measure(_user(request), period, today=today, kind=kind)
        first = period.first.isoformat() if period.first else None
        return Response(
            {
                "from": first,
                "to": period.last.isoformat(),
                "kind": kind,
                "incidents": found.incidents,
                "durations": [_told(span) for span in found.spans],
                "factors": _counted(found.factors),
                "hosts": _counted(found.hosts),
                "lessons": _counted(found.lessons),
                "repeats": [one.pk for one in found.repeats],
                "warned": found.warned,
                "without_lesson": found.without_lesson,
                "actions": {
                    "open": found.actions.open,
                    "overdue": found.actions.overdue,
                    "borne_out": found.actions.borne_out,
                    "reopened": found.actions.reopened,
                },
                "definitions": DEFINITIONS,
            }
        )


def _told(span: Span) -> dict[str, Any]:
    between = span.half_between
    return {
        "name": span.name,
        "definition": span.definition,
        "n": span.n,
        "of": span.of,
        "median_seconds": _seconds(span.middle),
        "half_between_seconds": [_seconds(one) for one in between] if between else None,
        "longest_seconds": _seconds(span.longest),
        "distribution": [
            {"up_to_seconds": _seconds(most), "incidents": count}
            for (_, _, most), count in zip(CLASSES, span.classes(), strict=True)
        ],
    }


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else round(length.total_seconds())


def _counted(lines: list[Line]) -> list[dict[str, Any]]:
    return [{"slug": one.slug, "name": one.name, "incidents": one.count} for one in lines]


api_routes.register(
    "learning",
    [
        path("incidents/metrics/", MetricsView.as_view(), name="incident-metrics"),
        path("incidents/<int:pk>/where-else/", WhereElseView.as_view(), name="where-else"),
        path("incidents/<int:pk>/similar/", SimilarView.as_view(), name="similar"),
        path(
            "incidents/<int:pk>/confirmations/", ConfirmationsView.as_view(), name="confirmations"
        ),
        path(
            "incidents/<int:pk>/confirmations/<int:one>/",
            ConfirmationView.as_view(),
            name="confirmation",
        ),
    ],
)
