"""``/api/v1/revisions/``: the history of anything people write, by ``?object=page:raid``."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kb.accounts.models import User
from kb.web.problems import FieldError, Problem
from kb.web.routes import api_routes
from kb.wiki import revisions
from kb.wiki.blame import blame, texts_of
from kb.wiki.revisions import Conflict
from kb.wiki.things import find, key_of, thing_of

_OBJECT = OpenApiParameter("object", str, required=True, description="page:raid, incident:12")


class RevisionSerializer(serializers.Serializer[Any]):
    """One save: its number, when, by whom, and why."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    by = serializers.CharField(source="by.username", default=None)
    comment = serializers.CharField()


class ChangeSerializer(serializers.Serializer[Any]):
    """A field as the two revisions held it, as words."""

    field = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class PassageSerializer(serializers.Serializer[Any]):
    """A paragraph, and the save that gave it its present words."""

    text = serializers.CharField()
    revision = RevisionSerializer(source="entry")


class RestoreSerializer(serializers.Serializer[Any]):
    """``number`` is to be the newest again; ``revision`` is the newest that you have seen."""

    object = serializers.CharField(max_length=300)
    number = serializers.IntegerField(min_value=1)
    revision = serializers.IntegerField(min_value=1)


class _OfThing(APIView):
    """What all of these share: the thing that is asked about."""

    def thing(self, key: str) -> Any:
        assert isinstance(self.request.user, User)
        found = find(key, self.request.user)
        if found is None or not thing_of(found).is_written:
            raise Problem(
                404,
                f"There is no history of {key!r}.",
                [FieldError("/object", "Say which: page:raid, incident:12, host:web-1.")],
            )
        return found

    def asked(self) -> Any:
        return self.thing(self.request.GET.get("object", ""))

    def number(self, name: str, default: int) -> int:
        said = self.request.GET.get(name, "")
        return int(said) if said.isdecimal() and len(said) < 10 else default


class Revisions(_OfThing):
    @extend_schema(parameters=[_OBJECT], responses=RevisionSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every save of a thing, newest first."""
        return Response(RevisionSerializer(revisions.history(self.asked()), many=True).data)


class Changes(_OfThing):
    @extend_schema(
        parameters=[_OBJECT, OpenApiParameter("from", int), OpenApiParameter("to", int)],
        responses=ChangeSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """What differs between two saves, by field; without numbers the last one."""
        thing = self.asked()
        after = self.number("to", thing.revision)
        before = self.number("from", max(after - 1, 0))
        old = revisions.text_at(thing, before) if before else {}
        new = revisions.text_at(thing, after)
        if old is None or new is None:
            raise Problem(404, "That revision is not on record.")
        return Response(
            [
                {"field": name, "before": old.get(name, ""), "after": words}
                for name, words in new.items()
                if words != old.get(name, "")
            ]
        )


class Authors(_OfThing):
    @extend_schema(
        parameters=[_OBJECT, OpenApiParameter("field", str)],
        responses=PassageSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Who wrote which paragraph of a text; without ``field`` of its first."""
        thing = self.asked()
        there = texts_of(thing)
        name = request.GET.get("field") or (there[0] if there else "")
        if name not in there:
            raise Problem(
                404,
                "There is no such text here.",
                [FieldError("/field", f"One of: {', '.join(there) or 'none yet'}.")],
            )
        return Response(PassageSerializer(blame(thing, name), many=True).data)


class Restore(_OfThing):
    @extend_schema(request=RestoreSerializer, responses=RevisionSerializer)
    def post(self, request: Request) -> Response:
        """Make an older state the newest, as a revision of its own; 412 where somebody saved
        since ``revision``.
        """
        form = RestoreSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        thing = self.thing(asked["object"])
        kind = thing_of(thing)
        assert isinstance(request.user, User)
        outcome = revisions.restore(
            thing,
            asked["number"],
            expected=asked["revision"],
            by=request.user,
            save=kind.restore or kind.save,
        )
        if outcome is None:
            raise Problem(404, "That revision is not on record.")
        if isinstance(outcome, Conflict):
            raise Problem(
                412,
                "Somebody saved since, so nothing was restored. Compare again and decide.",
                extra={"current": {"object": key_of(thing), "revision": outcome.current.revision}},
            )
        return Response(RevisionSerializer(revisions.history(outcome.current)[0]).data)


api_routes.register(
    "history",
    [
        path("revisions/", Revisions.as_view(), name="revisions"),
        path("revisions/changes/", Changes.as_view(), name="revision-changes"),
        path("revisions/authors/", Authors.as_view(), name="revision-authors"),
        path("revisions/restore/", Restore.as_view(), name="revision-restore"),
    ],
)
