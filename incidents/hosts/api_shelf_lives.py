"""``/api/v1/shelf-lives/``: for how long what was told is good."""

from typing import Any

from django.core.exceptions import ValidationError
from django.urls import path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.hosts import shelf_lives
from incidents.hosts.models import ShelfLife
from kb.web.problems import Problem


class ShelfLifeSerializer(serializers.ModelSerializer[ShelfLife]):
    """Neither a section nor a source: the life of everything else."""

    section = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    source: Any = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    because = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = ShelfLife
        fields = ["section", "source", "days", "because", "by", "at"]
        read_only_fields = ["at"]
        validators: list[Any] = []  # setting one again is no mistake


class ShelfLives(APIView):
    """Everybody reads; admins ``PUT`` one, and ``DELETE ?section=&source=`` takes one back."""

    @extend_schema(operation_id="shelf_lives_list", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        return Response(self._standing())

    @extend_schema(
        operation_id="shelf_lives_put",
        request=ShelfLifeSerializer,
        responses={200: OpenApiTypes.OBJECT},
    )
    def put(self, request: Request) -> Response:
        serializer = ShelfLifeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        by: Any = request.user
        try:
            shelf_lives.put(by=by, now=timezone.now(), **serializer.validated_data)
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None
        return Response(self._standing())

    @extend_schema(
        operation_id="shelf_lives_take_back",
        parameters=[OpenApiParameter("section", str), OpenApiParameter("source", str)],
        responses={200: OpenApiTypes.OBJECT},
    )
    def delete(self, request: Request) -> Response:
        said, by = request.query_params, request.user
        shelf_lives.take_back(
            said.get("section", ""),
            said.get("source", ""),
            by=by,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        return Response(self._standing())

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        user: Any = request.user
        if request.method not in SAFE_METHODS and not user.is_keeper:
            raise Problem(403, "Only an admin sets shelf lives.")

    def _standing(self) -> dict[str, Any]:
        rows = shelf_lives.in_force().select_related("by").order_by("section", "source")
        results = ShelfLifeSerializer(rows, many=True).data
        return {"default_days": shelf_lives.shelf_lives().default, "results": results}


def routes() -> list[Any]:
    """The addresses of this module."""
    return [path("shelf-lives/", ShelfLives.as_view(), name="shelf-lives")]
