"""``/api/v1/patterns/{slug}/overrides/``: thresholds that are another number somewhere."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.patterns import overriding
from incidents.patterns.models import Pattern, Scope, ThresholdOverride
from incidents.patterns.permissions import may_reword
from incidents.patterns.serializers import moment_of_request
from kb.web.problems import Problem


class OverrideSerializer(serializers.Serializer[Any]):
    threshold = serializers.CharField(max_length=60)
    value = serializers.JSONField(help_text="of the same kind as the pattern's own")
    scope = serializers.ChoiceField(choices=Scope.choices)
    scope_value = serializers.CharField(
        max_length=60, required=False, allow_blank=True, default="", help_text="environment or tag"
    )
    priority = serializers.IntegerField(
        min_value=0, max_value=1000, required=False, default=0, help_text="of tags; higher counts"
    )
    because = serializers.CharField(max_length=300)


class _OfPattern(APIView):
    """Whoever may change the wording of the pattern may change its numbers."""

    def pattern(self, request: Request, slug: str) -> Pattern:
        pattern = get_object_or_404(Pattern, slug=slug)
        if request.method not in SAFE_METHODS and not may_reword(request.user, pattern):
            raise Problem(403, "Only an admin changes a shipped pattern.")
        return pattern


class OverridesView(_OfPattern):
    """Overrides in force.  ``POST`` sets one: what stood at the same place ends."""

    def get_queryset(self) -> QuerySet[ThresholdOverride]:
        standing = ThresholdOverride.objects.filter(ended_at=None)
        return standing.filter(pattern__slug=self.kwargs["slug"])

    @extend_schema(operation_id="patterns_overrides", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, slug: str) -> Response:
        pattern = self.pattern(request, slug)
        results = [
            {**_told(one.override), "used": one.used, "hosts": one.hosts}
            for one in overriding.standing(pattern)
        ]
        return Response({"thresholds": overriding.thresholds_of(pattern), "results": results})

    @extend_schema(
        operation_id="patterns_override",
        request=OverrideSerializer,
        responses={201: OpenApiTypes.OBJECT},
    )
    def post(self, request: Request, slug: str) -> Response:
        pattern = self.pattern(request, slug)
        serializer = OverrideSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        by: Any = request.user
        try:
            said = serializer.validated_data
            made = overriding.put(pattern, by=by, now=moment_of_request(), **said)
        except ValidationError as error:
            told = error.message_dict if hasattr(error, "error_dict") else error.messages
            raise serializers.ValidationError(told) from None
        return Response(_told(made), status=201)


class OverrideView(_OfPattern):
    """One override."""

    @extend_schema(operation_id="patterns_override_take_back", responses={204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        """Take it back; doing it twice is once."""
        row = get_object_or_404(ThresholdOverride, pattern=self.pattern(request, slug), pk=pk)
        by: Any = request.user
        overriding.take_back(row, by=by, now=moment_of_request())
        return Response(status=204)


def _told(row: ThresholdOverride) -> dict[str, Any]:
    return {
        "id": row.pk,
        "threshold": row.threshold,
        "value": row.value,
        "scope": row.scope,
        "scope_value": row.scope_value,
        "priority": row.priority,
        "because": row.because,
        "by": row.by.username if row.by else None,
        "at": row.at.isoformat(),
    }


def routes() -> list[Any]:
    """The addresses of this module."""
    at = "patterns/<slug:slug>/overrides/"
    return [
        path(at, OverridesView.as_view(), name="pattern-overrides"),
        path(f"{at}<int:pk>/", OverrideView.as_view(), name="pattern-override"),
    ]
