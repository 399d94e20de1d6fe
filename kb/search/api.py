"""``GET /api/v1/search/``: the box for tooling."""

from dataclasses import asdict
from typing import Any

from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kb.accounts.models import User
from kb.search.completing import suggestions
from kb.search.find import Found, find, like
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
    like = serializers.CharField(help_text="Ask for ?like= this to find more of its sort")


class FoundSerializer(serializers.Serializer):
    results = ResultSerializer(many=True)
    total = serializers.IntegerField()
    ignored = serializers.ListField(
        child=serializers.CharField(), help_text="What was left out of the question, and why"
    )
    instead = serializers.CharField(help_text="What may have been meant; empty where nothing")
    facets = serializers.DictField(
        child=serializers.DictField(child=serializers.IntegerField()),
        help_text="By field, values of what was found and how many have them",
    )
    note = serializers.CharField(
        help_text="Why this may not be all, while the index is being made anew; else empty"
    )


class SuggestionSerializer(serializers.Serializer):
    text = serializers.CharField()
    kind = serializers.CharField(help_text="A kind of thing, or field: then text is a question")
    about = serializers.CharField(help_text="What kind of thing it is, in a word or two")
    url = serializers.CharField(help_text="Empty for a question")


class SuggestionsSerializer(serializers.Serializer):
    suggestions = SuggestionSerializer(many=True)


class SearchView(APIView):
    """Everything this reader may see that answers the question, the best first."""

    @extend_schema(
        operation_id="search",
        parameters=[
            OpenApiParameter("q", str, description='Words, "phrases", -not, OR, web*, kind:host'),
            OpenApiParameter("like", str, description="More like this: incident:12"),
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
        if key := request.query_params.get("like", ""):
            similar = like(key, request.user, kinds=kinds, limit=limit)
            if similar is None:
                raise Problem(404, f"There is no {key!r}, or not for you.")
            return Response(_told(similar))
        now = timezone.localtime()
        return Response(_told(find(query, request.user, kinds=kinds, limit=limit, now=now)))


class SuggestView(APIView):
    """Names, titles and tags that begin like the words that are being typed."""

    @extend_schema(
        operation_id="search_suggest",
        parameters=[OpenApiParameter("q", str, description="What is typed so far")],
        responses=SuggestionsSerializer,
    )
    def get(self, request: Request) -> Response:
        assert isinstance(request.user, User)  # the permission saw to it
        found = suggestions(request.query_params.get("q", "").replace("\x00", " "), request.user)
        return Response({"suggestions": [asdict(one) for one in found]})


def _told(found: Found) -> dict[str, Any]:
    return {
        "results": [
            {
                "kind": result.kind,
                "key": result.key,
                "title": result.title,
                "url": result.url,
                "snippet": str(result.snippet),
                "like": result.name,
            }
            for result in found.results
        ],
        "total": found.total,
        "ignored": list(found.ignored),
        "instead": found.instead,
        "facets": {
            "kind": {facet.kind: facet.count for facet in found.facets},
            **{one.field: dict(one.values) for one in found.narrower},
        },
        "note": found.note,
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


api_routes.register(
    "search",
    [
        path("search/", SearchView.as_view(), name="search"),
        path("search/suggest/", SuggestView.as_view(), name="search-suggest"),
    ],
)
