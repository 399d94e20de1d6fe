"""``/api/v1/pages/``."""

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from kb.accounts.models import Team
from kb.web.resource import ChangeMixin, CreateMixin, ReadMixin, Resource
from kb.web.routes import api_routes
from kb.wiki import revisions
from kb.wiki.models import Page
from kb.wiki.pages import create_page
from kb.wiki.revisions import Conflict, Saved
from kb.wiki.serializers import RevisedSerializer, Tags


class PageSerializer(RevisedSerializer):
    slug = serializers.SlugField(
        max_length=120, required=False, validators=[UniqueValidator(Page.objects.all())]
    )
    tags: Any = Tags(required=False)
    owner: Any = serializers.SlugRelatedField(
        slug_field="slug", queryset=Team.objects.all(), allow_null=True, required=False
    )

    class Meta:
        model = Page
        fields = [
            "slug", "title", "body", "tags", "is_runbook", "owner", "review_by", "revision",
            "created_at", "updated_at", "updated_by",
        ]  # fmt: skip
        read_only_fields = ["created_at", "updated_at"]

    def validate_slug(self, slug: str) -> str:
        if self.instance is not None and slug != self.instance.slug:
            raise serializers.ValidationError("An address stays for ever; change the title only.")
        return slug

    def make(self, fields: dict[str, Any], relations: dict[str, Any]) -> Page:
        return create_page(by=self.user, **fields)

    def store(
        self, instance: Page, changes: dict[str, Any], relations: dict[str, Any]
    ) -> Saved[Page] | Conflict[Page]:
        changes.pop("slug", None)
        return revisions.save(instance, expected=instance.revision, by=self.user, changes=changes)


class PageResource(ReadMixin, CreateMixin, ChangeMixin, Resource):
    """Runbooks and anything else worth writing down."""

    queryset = Page.objects.select_related("owner", "updated_by")
    serializer_class = PageSerializer
    lookup_field = "slug"
    filterset_fields = ["is_runbook", "owner__slug"]


_many: dict[str, Any] = {"get": "list", "post": "create"}
_one: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"}
api_routes.register(
    "pages",
    [
        path("pages/", PageResource.as_view(_many), name="page-list"),
        path("pages/<slug:slug>/", PageResource.as_view(_one), name="page"),
    ],
)
