"""``GET /api/v1/search/``: the box for tooling."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kb.accounts.models import User
from kb.search.backends.base import IndexUnavailable
from kb.search.find import Found, find
from kb.search.registry import searchables
from kb.web.problems import FieldError, Problem
from kb.web.routes import api_routes

LIMIT = 20
MOST = 100


class ResultSerializer(serializers.Serializer):
    kind = serializers.CharField()
    key = serializers.CharField(help_text="A host's name, an incident's number, a slug")
    title = serializers.CharField()
    url = serializers.CharField()
    snippet = serializers.CharField(help_text="HTML: text with <mark> around what was asked for")


class FoundSerializer(serializers.Serializer):
    results = ResultSerializer(many=True)
    total = serializers.IntegerField()
    ignored = serializers.ListField(child=serializers.CharField())


class SearchView(APIView):
    """Everything this reader may see that answers the question, the best first."""

    @extend_schema(
        operation_id="search",
        parameters=[
            OpenApiParameter("q", str, description='Words, "phrases", -not, web*, kind:host'),
            OpenApiParameter("kind", str, many=True, description="Of these kinds only"),
            OpenApiParameter("limit", int, description=f"At most so many; {MOST} at the most"),
        ],
        responses=FoundSerializer,
    )
    def get(self, request: Request) -> Response:
        assert isinstance(request.user, User)  # the permission saw to it
        query = request.query_params.get("q", "")
        kinds = _kinds(request)
        limit = _limit(request.query_params.get("limit"))
        try:
            found = find(query, request.user, kinds=kinds, limit=limit)
        except IndexUnavailable as why:
            raise Problem(503, str(why), headers={"Retry-After": "60"}) from None
        return Response(_told(found))


def _told(found: Found) -> dict[str, Any]:
    return {
        "results": [
            {
                "kind": result.kind,
                "key": result.key,
                "title": result.title,
                "url": result.url,
                "snippet": str(result.snippet),
            }
            for result in found.results
        ],
        "total": found.total,
        "ignored": list(found.ignored),
    }


def _kinds(request: Request) -> list[str]:
    kinds = [
        kind for text in request.query_params.getlist("kind") for kind in text.split(",") if kind
    ]
    unknown = [kind for kind in kinds if kind not in searchables]
    if unknown:
        there = ", ".join(searchables.names())
        mend = FieldError("/kind", f"Choose from: {there}.")
        raise Problem(400, f"There is no kind {unknown[0]!r}.", [mend])
    return kinds


def _limit(text: str | None) -> int:
    if text is None or text == "":
        return LIMIT
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 6 and int(text)):
        mend = FieldError("/limit", f"Give a whole number from 1 to {MOST}.")
        raise Problem(400, "limit is not a number of results.", [mend])
    return min(int(text), MOST)


api_routes.register("search", [path("search/", SearchView.as_view(), name="search")])
