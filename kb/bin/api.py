"""``/api/v1/bin/``: throw away, bring back, let go for ever."""

from typing import Any

from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kb.accounts.models import User
from kb.bin import purging, throwing
from kb.bin.throwing import Thrown
from kb.web.problems import FieldError, Problem
from kb.web.routes import api_routes
from kb.wiki.things import find


class ThrownSerializer(serializers.Serializer[Any]):
    """One thing in the bin; ``goes_at`` is when it is gone for ever."""

    object = serializers.CharField(source="key")
    title = serializers.CharField()
    deleted_at = serializers.DateTimeField(source="obj.deleted_at")
    deleted_by = serializers.CharField(source="by.username", default=None)
    goes_at = serializers.DateTimeField()
    size = serializers.IntegerField(allow_null=True)


class NamedThing(serializers.Serializer[Any]):
    """Which: ``page:12``, ``incident:3``, ``comment:8``, ``file:4``."""

    object = serializers.CharField(max_length=300)


class _Bin(APIView):
    @property
    def user(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def key(self, request: Request) -> str:
        form = NamedThing(data=request.data)
        form.is_valid(raise_exception=True)
        return str(form.validated_data["object"])

    def thrown(self, key: str) -> Any:
        obj = throwing.find_thrown(key, self.user)
        if obj is None:
            raise _unknown(key, "That is not in the bin.")
        return obj


def _unknown(key: str, said: str) -> Problem:
    return Problem(404, said, [FieldError("/object", f"{key!r} names nothing here.")])


class Bin(_Bin):
    @extend_schema(
        parameters=[OpenApiParameter("kind", str)], responses=ThrownSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """What was thrown away and can be brought back, the latest first."""
        rows: list[Thrown] = throwing.thrown_for(self.user, request.GET.get("kind", ""))
        return Response(ThrownSerializer(rows, many=True).data)

    @extend_schema(request=NamedThing, responses={204: None})
    def post(self, request: Request) -> Response:
        """Throw a thing away; it leaves every list and search at once."""
        key = self.key(request)
        obj = find(key, self.user)
        if obj is None:
            self.thrown(key)  # thrown twice is thrown once
            return Response(status=204)
        throwing.throw(obj, by=self.user, now=timezone.now())
        return Response(status=204)


class Back(_Bin):
    @extend_schema(request=NamedThing, responses={204: None})
    def post(self, request: Request) -> Response:
        """Bring a thing back to where it was."""
        key = self.key(request)
        if find(key, self.user) is None:
            throwing.bring_back(self.thrown(key), by=self.user)
        return Response(status=204)


class Purge(_Bin):
    @extend_schema(request=NamedThing, responses={204: None})
    def post(self, request: Request) -> Response:
        """Let a thing go for ever, with its history, files and comments.  For admins."""
        if not self.user.is_keeper:
            raise Problem(403, "Only an admin can do this.")
        purging.purge_now(self.thrown(self.key(request)), by=self.user)
        return Response(status=204)


api_routes.register(
    "bin",
    [
        path("bin/", Bin.as_view(), name="bin"),
        path("bin/back/", Back.as_view(), name="bin-back"),
        path("bin/purge/", Purge.as_view(), name="bin-purge"),
    ],
)
