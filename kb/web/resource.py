"""The base of every resource of the API: lookup by name, ETag and If-Match, ``fields=``."""

import hashlib
import json
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.shortcuts import get_object_or_404
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.utils.encoders import JSONEncoder

from kb.web.problems import FieldError, Problem


def etag_of(data: Any) -> str:
    """A strong ETag of a representation: equal if and only if the content is."""
    text = json.dumps(data, cls=JSONEncoder, sort_keys=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def listed(header: str) -> list[str]:
    """The entity tags of an If-Match or If-None-Match header."""
    return [tag.strip().removeprefix("W/") for tag in header.split(",") if tag.strip()]


class Resource(viewsets.GenericViewSet[Any]):
    """Reads through ``visible_to``; writes compare ``If-Match`` under the row's lock.

    A subclass sets ``queryset``, ``serializer_class``, ``lookup_field``; a serializer's
    ``create`` and ``update`` call the rule of its room, nothing more.
    """

    queryset: Any = None

    def get_queryset(self) -> Any:
        assert self.queryset is not None
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.all().visible_to(self.request.user)

    def representation(self, instance: Model) -> Any:
        return self.get_serializer(instance).data

    def locked(self) -> Any:
        """The object under its row lock, after ``If-Match`` has been compared."""
        table = self.get_queryset().model._default_manager
        pk = self.get_object().pk
        table.select_for_update().filter(pk=pk).first()
        instance = self.get_object()
        self.compare_if_match(instance)
        return instance

    def compare_if_match(self, instance: Model) -> None:
        """428 without the header, 412 with the current state when it has moved on."""
        wanted = self.request.headers.get("If-Match")
        if wanted is None:
            raise Problem(
                428,
                "Say which state you are changing: send If-Match with the ETag you read, "
                "or * to overwrite.",
            )
        current = self.representation(instance)
        tag = etag_of(current)
        if wanted.strip() != "*" and tag not in listed(wanted):
            raise Problem(
                412,
                "Somebody changed this since you read it. The current state is enclosed.",
                extra={"current": current},
                headers={"ETag": tag},
            )

    def trimmed(self, data: Any) -> Any:
        """Only the members that ``?fields=a,b`` names."""
        wanted = self.request.query_params.get("fields")
        if not wanted or not isinstance(data, dict):
            return data
        names = [name.strip() for name in wanted.split(",") if name.strip()]
        unknown = [name for name in names if name not in data]
        if unknown:
            raise Problem(
                400,
                f"There is no field {unknown[0]!r} here.",
                [FieldError("/fields", f"Choose from: {', '.join(data)}.")],
            )
        return {name: data[name] for name in names}


class ReadMixin(mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """``GET`` of a list and of one, with ETag, 304 and ``fields=``."""

    def list(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = super().list(request, *args, **kwargs)  # type: ignore[misc]
        response.data["results"] = [self.trimmed(row) for row in response.data["results"]]
        return response

    def retrieve(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        data = self.representation(self.get_object())
        tag = etag_of(data)
        if tag in listed(request.headers.get("If-None-Match", "")):
            return Response(status=304, headers={"ETag": tag})
        return Response(self.trimmed(data), headers={"ETag": tag})


class CreateMixin(mixins.CreateModelMixin):
    """``POST``: the answer carries the ETag of what was made."""

    @transaction.atomic
    def create(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        instance = serializer.save()
        data = self.representation(instance)
        return Response(data, status=201, headers={"ETag": etag_of(data)})


class ChangeMixin:
    """``PATCH`` with ``If-Match``; ``PUT`` is not offered, so nothing is emptied by omission."""

    @transaction.atomic
    def partial_update(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        instance = self.locked()
        serializer: BaseSerializer[Any] = self.get_serializer(
            instance, data=request.data, partial=True
        )
        serializer.is_valid(raise_exception=True)
        serializer.save()
        # Not by the address: the change may have given it another name.
        data = self.representation(get_object_or_404(self.get_queryset(), pk=instance.pk))
        return Response(data, headers={"ETag": etag_of(data)})
