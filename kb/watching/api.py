"""``/api/v1/changes/`` and ``/api/v1/watching/``."""

from typing import Any

from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kb.accounts.models import User
from kb.watching import watching
from kb.watching.happening import described, seen_states
from kb.watching.models import Watch
from kb.web.problems import FieldError, Problem
from kb.web.routes import api_routes
from kb.wiki.things import find


class ChangeSerializer(serializers.Serializer[Any]):
    """One save: of what, which revision, when, by whom, and why."""

    id = serializers.IntegerField(source="pk")
    object = serializers.CharField(source="key")
    kind = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField(source="address")
    revision = serializers.IntegerField(source="number")
    at = serializers.DateTimeField()
    by = serializers.CharField(source="by.username", default=None)
    comment = serializers.CharField(source="words")


class Changes(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("by", str), OpenApiParameter("before", int)],
        responses=ChangeSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The newest hundred saves of what you may see; ``before`` an id goes further back."""
        assert isinstance(request.user, User)
        states = seen_states(request.user).select_related("revision__user")
        if by := request.GET.get("by"):
            states = states.filter(revision__user__username=by)
        before = request.GET.get("before", "")
        if before.isdecimal() and len(before) < 16:
            states = states.filter(pk__lt=int(before))
        return Response(ChangeSerializer(described(states.order_by("-pk")[:100]), many=True).data)


class WatchSerializer(serializers.Serializer[Any]):
    """What is watched: ``page:12`` or ``tag:raid``; ``told_at`` while there is unread news."""

    object = serializers.CharField(source="key", max_length=300)
    told_at = serializers.DateTimeField(read_only=True)


class Watching(APIView):
    permission_classes = [IsAuthenticated]  # a viewer watches too

    @property
    def user(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    @extend_schema(responses=WatchSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What you watch."""
        return Response(WatchSerializer(Watch.objects.visible_to(self.user), many=True).data)

    @extend_schema(request=WatchSerializer, responses={201: WatchSerializer})
    def post(self, request: Request) -> Response:
        """Watch a thing (``page:raid``) or a tag (``tag:dc``); twice is once."""
        thing, tag = self._asked(request)
        made = watching.watch(self.user, now=timezone.now(), thing=thing, tag=tag)
        return Response(WatchSerializer(made).data, status=201)

    @extend_schema(parameters=[OpenApiParameter("object", str)], responses={204: None})
    def delete(self, request: Request) -> Response:
        """Watch ``?object=`` no more."""
        thing, tag = self._asked(request)
        watching.end(self.user, thing=thing, tag=tag)
        return Response(status=204)

    def _asked(self, request: Request) -> tuple[Any, str]:
        sent = request.data if isinstance(request.data, dict) else {}
        said = str(request.GET.get("object") or sent.get("object") or "")
        if said.startswith("tag:"):
            return None, said.removeprefix("tag:")
        thing = find(said, self.user)
        if thing is None:
            places = [FieldError("/object", "Say which: page:raid, host:web-1, tag:dc.")]
            raise Problem(400, f"There is no {said!r} to watch.", places)
        return thing, ""


api_routes.register(
    "watching",
    [
        path("changes/", Changes.as_view(), name="changes"),
        path("watching/", Watching.as_view(), name="watching"),
    ],
)
