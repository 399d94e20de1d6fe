"""``/api/v1/upkeep/`` and ``/upkeep/`` below a host, service, group or site."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied as Forbidden
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.hosts import afterwards, upkeep
from incidents.hosts.api_fields import Named
from incidents.hosts.filters import UpkeepFilter
from incidents.hosts.kinds import FIELD, Subject
from incidents.hosts.models import Host, RedundancyGroup, Service, Site, Upkeep
from kb.web.paging import CursorPage
from kb.web.resource import ReadMixin, Resource, etag_of

TOLD = [
    "kind", "result", "happened_at", "took_minutes", "planned", "partial_fault", "detail", "note",
    "evidence_url",
]  # fmt: skip
SUBJECTS = ("host", "service", "group", "site")


class Newest(CursorPage):
    ordering = "-happened_at"


class UpkeepSerializer(serializers.ModelSerializer[Upkeep]):
    host: Any = Named(slug_field="name", queryset=Host.objects.all(), required=False)
    service: Any = Named(slug_field="slug", queryset=Service.objects.all(), required=False)
    group: Any = Named(slug_field="slug", queryset=RedundancyGroup.objects.all(), required=False)
    site: Any = Named(slug_field="slug", queryset=Site.objects.all(), required=False)
    by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)
    happened_at = serializers.DateTimeField(required=False)
    taken_back_by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = Upkeep
        fields = ["id", *SUBJECTS, *TOLD, "by", "recorded_at", "taken_back_at", "taken_back_by"]
        read_only_fields = ["recorded_at", "taken_back_at"]

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if sum(values.get(name) is not None for name in SUBJECTS) != 1:
            raise serializers.ValidationError(
                "Say what it is about: one host, service, group or site."
            )
        return values

    def create(self, validated: dict[str, Any]) -> Any:
        (subject,) = [validated.pop(name) for name in SUBJECTS if validated.get(name) is not None]
        return self.recorded(subject, validated)

    def recorded(self, subject: Subject, said: dict[str, Any]) -> Any:
        """An ``Outcome`` of ``afterwards.record``."""
        kind = said.pop("kind")
        try:
            return afterwards.record(subject, kind, by=self.context["request"].user, **said)
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None


class AboutSerializer(UpkeepSerializer):
    """A record of the thing that the address names."""

    class Meta(UpkeepSerializer.Meta):
        read_only_fields = [*UpkeepSerializer.Meta.read_only_fields, *SUBJECTS]

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        for name in SUBJECTS:
            slug = "name" if name == "host" else "slug"
            fields[name] = serializers.SlugRelatedField(slug_field=slug, read_only=True)
        return fields

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        return values

    def create(self, validated: dict[str, Any]) -> Any:
        return self.recorded(self.context["subject"], validated)


class MovedSerializer(serializers.Serializer[Any]):
    """A check that says otherwise than before."""

    host = serializers.CharField()
    pattern = serializers.CharField()
    title = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class RecordedSerializer(UpkeepSerializer):
    """A record just made: ``said`` tells in words what it changed, ``changed`` check by check; of
    many hosts the first are looked at right away."""

    said = serializers.CharField(read_only=True)
    changed = MovedSerializer(many=True, read_only=True)

    class Meta(UpkeepSerializer.Meta):
        fields = [*UpkeepSerializer.Meta.fields, "said", "changed"]


class UpkeepResource(ReadMixin, Resource):
    """What people recorded: restore tests, drills, windows, upgrades, checks.  What was taken back
    is left out, unless ``?taken_back=true`` asks for it."""

    queryset = Upkeep.objects.select_related(
        "host", "service", "group", "site", "by", "taken_back_by"
    ).defer("host__facts", "host__observed")
    serializer_class: Any = UpkeepSerializer
    filterset_class: Any = UpkeepFilter
    pagination_class = Newest

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        asked = "taken_back" in self.request.GET
        return rows.filter(taken_back_at=None) if self.action == "list" and not asked else rows

    @extend_schema(responses={201: RecordedSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Record it.  The answer says what it changed."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            outcome = serializer.save()
            data = self.representation(outcome.record)
        changed = MovedSerializer(outcome.moved, many=True).data
        told = {**data, "said": outcome.in_words(), "changed": changed}
        return Response(told, status=201, headers={"ETag": etag_of(data)})

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a record back: it counts no more and stays on record.  Its author and keepers may;
        twice is once."""
        try:
            upkeep.take_back(self.get_object(), by=request.user)  # type: ignore[arg-type]
        except PermissionDenied as refused:
            raise Forbidden(str(refused)) from None
        return Response(status=204)


class AboutResource(UpkeepResource):
    """The records of one host, service, group or site; of a host also what covers it."""

    serializer_class = AboutSerializer
    about: type[Any] = Host
    filterset_class = None

    @property
    def _subject(self) -> Any:
        things = self.about.objects.visible_to(self.request.user)
        return get_object_or_404(things, **self.kwargs)

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Upkeep.objects.none()
        return upkeep.records_about(self._subject).filter(taken_back_at=None)

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if not getattr(self, "swagger_fake_view", False):
            context["subject"] = self._subject
        return context


def routes() -> list[URLPattern]:
    many: dict[str, Any] = {"get": "list", "post": "create"}
    found = [
        path("upkeep/", UpkeepResource.as_view(many), name="upkeep-list"),
        path(
            "upkeep/<int:pk>/",
            UpkeepResource.as_view({"get": "retrieve", "delete": "destroy"}),
            name="upkeep",
        ),
    ]
    for about, word in FIELD.items():
        key = "<str:name>" if about is Host else "<slug:slug>"
        view = AboutResource.as_view(many, about=about)
        found.append(path(f"{word}s/{key}/upkeep/", view, name=f"{word}-upkeep"))
    return found
