"""``/api/v1/hosts/{name}/merge/``: compare two records of one host, merge them, part them again."""

from typing import Any, cast

import django_filters
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.hosts import merging
from incidents.hosts.api_facts import host_for
from incidents.hosts.fields import unknown_host
from incidents.hosts.merges import HostMerge
from incidents.hosts.merging.preview import Preview, preview, standing
from incidents.hosts.models import Host
from incidents.hosts.names import hosts_by_name
from kb.accounts.models import User
from kb.web.paging import CursorPage
from kb.web.problems import FieldError, Problem
from kb.web.resource import ReadMixin, Resource, etag_of, listed


class MergeSerializer(serializers.Serializer[Any]):
    """``choose`` says per column whose word counts: kept, lost, or both for notes and tags."""

    choose = serializers.DictField(child=serializers.CharField(), required=False, default=dict)
    certain = serializers.BooleanField(
        required=False, default=False, help_text="they are one host, whatever the warnings say"
    )

    def get_fields(self) -> dict[str, Any]:
        other = serializers.CharField(max_length=253, help_text="the record that goes")
        return {"with": other} | super().get_fields()


class HostMergeView(APIView):
    """Two records of one host become one: the one in the address stays."""

    @extend_schema(
        parameters=[OpenApiParameter("with", str, required=True)],
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, name: str) -> Response:
        """What merging would do; its ETag is the ``If-Match`` of the merge."""
        compared = _compared(host_for(request, name), request.query_params.get("with", ""))
        data = described(compared)
        return Response(data, headers={"ETag": etag_of(data)})

    @extend_schema(request=MergeSerializer, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, name: str) -> Response:
        """Merge them.  The same again answers what was done."""
        said = MergeSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        kept, other = host_for(request, name), said.validated_data["with"]
        if (done := _done_already(kept, other)) is not None:
            return Response(told(done))
        compared = _compared(kept, other)
        _refuse_unread(request, compared)
        if compared.warnings and not said.validated_data["certain"]:
            doubts = [f"{one} Send true if it is one." for one in compared.warnings]
            errors = [FieldError("/certain", doubt) for doubt in doubts]
            raise Problem(422, "Something speaks against it.", errors)
        return Response(told(_merge(request, compared, said.validated_data["choose"])), status=201)


class ToldMerge(serializers.ModelSerializer[HostMerge]):
    kept: Any = serializers.CharField(source="kept.name", help_text="as it is called now")
    lost: Any = serializers.CharField(source="lost_name")
    by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)
    undone_by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = HostMerge
        fields = [
            "id", "kept", "lost", "chosen", "counts", "by", "at", "undone_at", "undone_by", "left",
        ]  # fmt: skip


class MergeFilter(django_filters.FilterSet):
    """``?host=robert``: the merges that this record went through."""

    host = django_filters.CharFilter(field_name="kept__name")

    class Meta:
        model = HostMerge
        fields: list[str] = []


class Newest(CursorPage):
    ordering = "-pk"


class MergeResource(ReadMixin, Resource):
    """The merges of records, the newest first."""

    queryset = HostMerge.objects.select_related("kept", "by", "undone_by").defer("journal")
    serializer_class = ToldMerge
    filterset_class = MergeFilter
    pagination_class = Newest


class MergeUndo(APIView):
    """Parting two records again."""

    @extend_schema(request=None, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, id: int) -> Response:
        """Put everything back; ``left`` names what had changed since.  Twice is once."""
        done = get_object_or_404(HostMerge, pk=id)
        try:
            done = merging.undo(done, by=cast(User, request.user), now=timezone.now())
        except ValidationError as error:
            raise Problem(409, " ".join(error.messages)) from None
        return Response(told(done))


def _compared(kept: Host, name: str) -> Preview:
    if not name:
        raise Problem(400, "Name the other record.", [FieldError("/with", "Give its name.")])
    other = hosts_by_name([name]).get(name)
    if other is None:
        raise Problem(422, "There is no such host.", [FieldError("/with", unknown_host(name))])
    lost = Host.objects.get(pk=other.pk)
    merging.refuse_unlike(kept, lost)
    return preview(kept, lost, timezone.now())


def _done_already(kept: Host, name: str) -> HostMerge | None:
    return standing(kept).filter(lost_name=name, undone_at=None).first()


def _refuse_unread(request: Request, compared: Preview) -> None:
    wanted = request.headers.get("If-Match")
    if wanted is None:
        raise Problem(
            428, "Compare the two first: send If-Match with the ETag of the comparison, or *."
        )
    current = described(compared)
    if wanted.strip() != "*" and etag_of(current) not in listed(wanted):
        raise Problem(
            412,
            "One of the two changed since you compared them. The comparison is enclosed.",
            extra={"current": current},
            headers={"ETag": etag_of(current)},
        )


def _merge(request: Request, compared: Preview, chosen: dict[str, str]) -> HostMerge:
    kept, lost = compared.kept, compared.lost
    try:
        return merging.merge(
            kept.pk,
            lost.pk,
            by=cast(User, request.user),
            now=timezone.now(),
            chosen=chosen,
            read=merging.Read(kept.revision, lost.revision),
        )
    except (merging.Moved, Host.DoesNotExist):
        raise Problem(412, "One of the two changed at this moment. Compare them again.") from None
    except ValidationError as error:
        errors = {"choose": dict(error.message_dict)}
        raise serializers.ValidationError(errors) from None


def described(compared: Preview) -> dict[str, Any]:
    """The comparison as data."""
    return {
        "kept": compared.kept.name,
        "lost": compared.lost.name,
        "revisions": [compared.kept.revision, compared.lost.revision],
        "choose": [
            {
                "column": one.name, "kept": one.kept, "lost": one.lost, "ways": list(one.ways),
                "default": one.default,
            }
            for one in compared.differences
        ],
        "facts": [
            {"path": one.path, "kept": one.kept, "lost": one.lost, "then": one.then}
            for one in compared.facts
        ],
        "counts": [
            {"what": words, "rows": rows, "meet_one": met} for words, rows, met in compared.counts
        ],
        "warnings": compared.warnings,
    }  # fmt: skip


def told(done: HostMerge) -> Any:
    """A merge as data."""
    return ToldMerge(done).data


def routes() -> list[URLPattern]:
    return [
        path("hosts/<str:name>/merge/", HostMergeView.as_view(), name="host-merge"),
        path("merges/", MergeResource.as_view({"get": "list"}), name="merge-list"),
        path("merges/<int:id>/undo/", MergeUndo.as_view(), name="merge-undo"),
    ]
