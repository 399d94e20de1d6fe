"""``/api/v1/netbox/pulls/`` and ``/netbox/objects/``: what came of asking NetBox."""

from typing import Any

import django_filters
from django.urls import URLPattern, path
from rest_framework import serializers

from incidents.intake.models import Pull, PulledObject
from incidents.intake.netbox.pull import STEPS
from kb.web.paging import CursorPage
from kb.web.resource import ReadMixin, Resource


class PullSerializer(serializers.ModelSerializer[Pull]):
    """One walk through NetBox; ``error`` says why one that broke did."""

    state: Any = serializers.SerializerMethodField()
    at: Any = serializers.SerializerMethodField(help_text="what is being asked for, while it runs")

    class Meta:
        model = Pull
        fields = [
            "id", "state", "started_at", "alive_at", "finished_at", "at", "rows", "changed",
            "refused", "error",
        ]  # fmt: skip

    def get_state(self, pull: Pull) -> str:
        """`running`, `failed` or `finished`."""
        if pull.error:
            return "failed"
        return "finished" if pull.finished_at else "running"

    def get_at(self, pull: Pull) -> str | None:
        """The list that is being walked through; null once all are."""
        return STEPS[pull.step][0] if pull.step < len(STEPS) else None


class PulledSerializer(serializers.ModelSerializer[PulledObject]):
    """What became of one object; ``gone_at`` is set once NetBox no longer lists it."""

    host: Any = serializers.SlugRelatedField(slug_field="name", read_only=True)
    pull: Any = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = PulledObject
        fields = ["id", "key", "name", "host", "ok", "result", "pull", "seen_at", "gone_at"]


class PulledFilter(django_filters.FilterSet):
    """``?ok=false`` what was refused, ``?gone=true`` what NetBox no longer lists."""

    ok = django_filters.BooleanFilter()
    gone = django_filters.BooleanFilter(field_name="gone_at", lookup_expr="isnull", exclude=True)
    kind = django_filters.ChoiceFilter(
        field_name="key", lookup_expr="startswith", choices=[(kind, kind) for _, kind in STEPS]
    )
    host = django_filters.CharFilter(field_name="host__name")
    pull = django_filters.NumberFilter()

    class Meta:
        model = PulledObject
        fields: list[str] = []


class Newest(CursorPage):
    ordering = "-pk"


class RefusedFirst(CursorPage):
    ordering = ("ok", "name", "pk")  # type: ignore[assignment]


class Pulls(ReadMixin, Resource):
    """The pulls from NetBox, the newest first."""

    queryset = Pull.objects.all()
    serializer_class = PullSerializer
    pagination_class = Newest

    def get_queryset(self) -> Any:
        return self.queryset.all()  # as the page: for everybody who is signed in


class Pulled(ReadMixin, Resource):
    """What became of each object of NetBox when it was last pulled, refusals first."""

    queryset = PulledObject.objects.select_related("host").only(
        "key", "name", "host__name", "ok", "result", "pull", "seen_at", "gone_at"
    )
    serializer_class = PulledSerializer
    filterset_class = PulledFilter
    pagination_class = RefusedFirst

    def get_queryset(self) -> Any:
        return self.queryset.all()


def routes() -> list[URLPattern]:
    """The addresses of this module."""
    found: list[URLPattern] = []
    for word, resource in (("pull", Pulls), ("object", Pulled)):
        many, one = resource.as_view({"get": "list"}), resource.as_view({"get": "retrieve"})
        found.append(path(f"netbox/{word}s/", many, name=f"netbox-{word}-list"))
        found.append(path(f"netbox/{word}s/<int:pk>/", one, name=f"netbox-{word}-detail"))
    return found
