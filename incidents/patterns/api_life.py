"""``/api/v1/patterns/``: versions, sleep, import and export."""

from typing import Any, cast

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.patterns import shipped, versions
from incidents.patterns.models import Pattern
from incidents.patterns.permissions import may_enable
from incidents.patterns.serializers import moment_of_request
from incidents.patterns.yamltext import MAX_BYTES
from kb.accounts.models import User
from kb.web.problems import Problem

MOST = MAX_BYTES * 8


class ImportSerializer(serializers.Serializer[Any]):
    yaml = serializers.CharField(
        max_length=MOST, trim_whitespace=False, help_text="one or more documents, --- between them"
    )


class SleepSerializer(serializers.Serializer[Any]):
    sleep = serializers.BooleanField(required=False, default=True, help_text="false wakes it")
    because = serializers.CharField(
        max_length=300, required=False, allow_blank=True, default="", help_text="kept with it"
    )


class VersionsView(APIView):
    """Every wording a pattern has had, the newest first."""

    @extend_schema(operation_id="patterns_versions", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, slug: str) -> Response:
        """Who changed it, when, why, and to what."""
        pattern = get_object_or_404(Pattern, slug=slug)
        return Response(
            {
                "results": [
                    {
                        "number": one.number,
                        "by": one.by.username if one.by else None,
                        "made_at": one.made_at,
                        "comment": one.comment,
                        "spec": one.spec,
                    }
                    for one in pattern.versions.select_related("by")
                ]
            }
        )


class SleepView(APIView):
    """Asleep a pattern is asked and counted as ever, and raises no flags."""

    @extend_schema(request=SleepSerializer, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, slug: str) -> Response:
        """Let it sleep, or wake it."""
        if not may_enable(request.user):
            raise Problem(403, "Only an admin lets patterns sleep.")
        said = SleepSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        pattern = get_object_or_404(Pattern, slug=slug)
        row = shipped.set_dormant(
            pattern, said.validated_data["sleep"], because=said.validated_data["because"],
            by=cast(User, request.user), now=moment_of_request(),
        )  # fmt: skip
        return Response(
            {"slug": row.slug, "asleep_since": row.dormant_since, "because": row.dormant_because}
        )


class ExportView(APIView):
    """All patterns as one YAML text, a document for each."""

    @extend_schema(responses={(200, "application/yaml"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:
        """The whole library, ours and the shipped ones, as it stands."""
        text = "".join(versions.export(list(Pattern.objects.order_by("slug"))))
        return HttpResponse(text, content_type="application/yaml; charset=utf-8")


class ImportView(APIView):
    """Take in what was exported: each document by itself, with what became of it."""

    @extend_schema(request=ImportSerializer, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        """A bad document spoils no other; what is wrong with it is named by its line."""
        said = ImportSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        found = versions.import_many(said.validated_data["yaml"], by=cast(User, request.user))
        return Response(
            {
                "results": [
                    {"pattern": one.slug, "did": one.did, "problems": one.problems} for one in found
                ]
            }
        )


def routes() -> list[Any]:
    return [
        path("patterns/export/", ExportView.as_view(), name="pattern-export"),
        path("patterns/import/", ImportView.as_view(), name="pattern-import"),
        path("patterns/<slug:slug>/versions/", VersionsView.as_view(), name="pattern-versions"),
        path("patterns/<slug:slug>/sleep/", SleepView.as_view(), name="pattern-sleep"),
    ]
