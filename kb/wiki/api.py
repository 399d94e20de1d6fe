"""``/api/v1/pages/``, and what links to what: ``/mentions/``, ``/wanted-pages/``, ``/preview/``."""

from typing import Any

from django.core.exceptions import ValidationError as Refused
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.validators import UniqueValidator
from rest_framework.views import APIView

from kb.accounts.models import Team, User
from kb.web.problems import FieldError, Problem
from kb.web.resource import ChangeMixin, CreateMixin, ReadMixin, Resource
from kb.web.routes import api_routes
from kb.wiki import links, mentions
from kb.wiki.filters import PageFilter
from kb.wiki.links import link_targets
from kb.wiki.markdown import MAX_TEXT, contents, render
from kb.wiki.models import Page
from kb.wiki.pages import TAKEN, create_page, save_page
from kb.wiki.revisions import Conflict, Saved
from kb.wiki.serializers import RevisedSerializer, Tags
from kb.wiki.thrown import TellsOfTheBin


class About(serializers.ListField):
    """What a page is about, as ``host:robert`` or ``service:mail``."""

    child = serializers.CharField(max_length=220)
    known: dict[int, list[str]] = {}  # of the list that is being written

    def get_attribute(self, instance: Page) -> list[str]:
        """Of a list, for all its rows at once."""
        whole = getattr(self.parent, "parent", None)
        if not isinstance(whole, serializers.ListSerializer):
            return mentions.about(instance)
        if instance.pk not in self.known:
            self.known = mentions.about_many(list(whole.instance or ()))
        return self.known[instance.pk]

    def to_internal_value(self, data: Any) -> list[str]:
        names = super().to_internal_value(data)
        try:
            missing = mentions.not_there(names)
        except Refused as error:
            raise serializers.ValidationError(error.messages) from None
        if missing:
            raise serializers.ValidationError(missing)
        return sorted(set(names))


class PageSerializer(RevisedSerializer):
    slug = serializers.SlugField(
        max_length=120, required=False, validators=[UniqueValidator(Page.objects.all())]
    )
    tags: Any = Tags(required=False)
    owner: Any = serializers.SlugRelatedField(
        slug_field="slug", queryset=Team.objects.all(), allow_null=True, required=False
    )

    about: Any = About(required=False)

    class Meta:
        model = Page
        fields = [
            "slug", "title", "body", "tags", "is_runbook", "about", "owner", "review_by",
            "revision", "created_at", "updated_at", "updated_by",
        ]  # fmt: skip
        read_only_fields = ["created_at", "updated_at"]

    def validate_slug(self, slug: str) -> str:
        if slug in TAKEN:
            raise serializers.ValidationError(f"{slug!r} is an address of its own; choose another.")
        return slug

    def relations(self, validated: dict[str, Any]) -> dict[str, Any]:
        return {"about": validated.pop("about")} if "about" in validated else {}

    def make(self, fields: dict[str, Any], relations: dict[str, Any]) -> Page:
        return create_page(by=self.user, **fields, **relations)

    def store(
        self, instance: Page, changes: dict[str, Any], relations: dict[str, Any]
    ) -> Saved[Page] | Conflict[Page]:
        return save_page(
            instance,
            expected=instance.revision,
            by=self.user,
            changes=changes,
            relations=relations,
        )


class PageResource(TellsOfTheBin, ReadMixin, CreateMixin, ChangeMixin, Resource):
    """Runbooks and anything else worth writing down."""

    queryset = Page.objects.select_related("owner", "updated_by")
    serializer_class = PageSerializer
    lookup_field = "slug"
    filterset_class = PageFilter


def _reader(request: Request) -> User:
    assert isinstance(request.user, User)  # ReadOrWrite lets nobody else in
    return request.user


class Preview(APIView):
    """Markdown as a page would show it, to this reader."""

    only_reads = True

    @extend_schema(
        request={
            "application/json": {"type": "object", "properties": {"text": {"type": "string"}}}
        },
        responses={200: dict},
    )
    def post(self, request: Request) -> Response:
        text = request.data.get("text") if isinstance(request.data, dict) else None
        if not isinstance(text, str):
            raise Problem(400, "Give the Markdown.", [FieldError("/text", "A text.")])
        if len(text) > MAX_TEXT:
            problem = FieldError("/text", f"A text has at most {MAX_TEXT:,} characters.")
            raise Problem(400, "That is too long.", [problem])
        headings = [
            {"level": one.level, "anchor": one.anchor, "words": one.words} for one in contents(text)
        ]
        return Response({"html": render(text, _reader(request)), "contents": headings})


class Mentions(APIView):
    """What mentions a thing, as far as the reader may see it; what is about it comes first."""

    @extend_schema(
        parameters=[OpenApiParameter("of", str, required=True, description="host:robert")],
        responses={200: dict},
    )
    def get(self, request: Request) -> Response:
        kind, _, key = request.query_params.get("of", "").partition(":")
        if kind not in link_targets:
            kinds = ", ".join(link_targets.names())
            problem = FieldError("/of", f"Write kind:name; the kinds are {kinds}.")
            raise Problem(400, "Of what?", [problem])
        pk = links.identify({(kind, key)}).get((kind, key))
        thing = link_targets[kind].visible(_reader(request)).filter(pk=pk).first()
        if thing is None:
            raise Problem(404, "Nothing is at this address.")
        rows = [
            {"kind": one.kind.lower(), "title": one.target.title, "url": one.target.url,
             "about": one.about}
            for one in mentions.mentions_of(kind, thing, _reader(request))
        ]  # fmt: skip
        return Response({"results": rows})


class WantedPages(APIView):
    """What texts link to and nobody has written, the most wanted first."""

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        rows = [
            {"kind": one.kind, "key": one.key, "create": one.create,
             "in": [{"title": home.title, "url": home.url} for home in one.homes]}
            for one in mentions.wanted(_reader(request))
        ]  # fmt: skip
        return Response({"results": rows})


class Suggest(APIView):
    """What a text may link to that begins like ``q``: the short link to write, and its name."""

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, description="what is typed so far"),
            OpenApiParameter("sign", str, enum=["@", "#", "[["]),
        ],
        responses={200: dict},
    )
    def get(self, request: Request) -> Response:
        sign = request.query_params.get("sign", "[[")
        found = links.suggest(sign, request.query_params.get("q", "")[:100], _reader(request))
        rows = [{"text": one.text, "title": one.title, "kind": one.kind} for one in found]
        return Response({"results": rows})


_many: dict[str, Any] = {"get": "list", "post": "create"}
_one: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"}
api_routes.register(
    "pages",
    [
        path("pages/", PageResource.as_view(_many), name="page-list"),
        path("pages/<slug:slug>/", PageResource.as_view(_one), name="page"),
        path("preview/", Preview.as_view(), name="preview"),
        path("mentions/", Mentions.as_view(), name="mentions"),
        path("wanted-pages/", WantedPages.as_view(), name="wanted-pages"),
        path("suggest/", Suggest.as_view(), name="suggest"),
    ],
)
