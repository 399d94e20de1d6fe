"""``/api/v1/comments/``: what is said about anything, by ``?object=page:raid``."""

from typing import Any

from django.db import transaction
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from kb.comments import saying
from kb.comments.models import Comment
from kb.web.resource import ChangeMixin, CreateMixin, ReadMixin, Resource
from kb.web.routes import api_routes
from kb.wiki import revisions
from kb.wiki.revisions import Conflict, Saved
from kb.wiki.serializers import RevisedSerializer
from kb.wiki.things import find
from kb.wiki.thrown import TellsOfTheBin


class CommentSerializer(RevisedSerializer):
    """``object`` says what it is about when it is made; ``resolved`` settles it."""

    object = serializers.CharField(source="thing_key", max_length=300)
    author: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)
    resolved = serializers.BooleanField(required=False)
    resolved_by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = Comment
        fields = [
            "id", "object", "author", "body", "resolved", "resolved_at", "resolved_by", "revision",
            "created_at", "updated_at", "updated_by",
        ]  # fmt: skip
        read_only_fields = ["resolved_at", "created_at", "updated_at"]

    def to_representation(self, instance: Comment) -> Any:
        instance.resolved = instance.resolved_at is not None  # type: ignore[attr-defined]
        return super().to_representation(instance)

    def make(self, fields: dict[str, Any], relations: dict[str, Any]) -> Comment:
        thing = find(fields["thing_key"], self.user)
        if thing is None:
            raise serializers.ValidationError({"object": "There is no such thing to comment on."})
        return saying.say(thing, fields["body"], by=self.user, now=timezone.now())

    def store(
        self, instance: Comment, changes: dict[str, Any], relations: dict[str, Any]
    ) -> Saved[Comment] | Conflict[Comment]:
        if "thing_key" in changes:
            raise serializers.ValidationError({"object": "A comment stays where it was made."})
        wanted: dict[str, Any] = {}
        if "body" in changes:
            if not saying.may_mend(instance, self.user):
                raise PermissionDenied("Words are their author's to change.")
            saying.check(changes["body"])
            wanted["body"] = changes["body"]
        if "resolved" in changes and changes["resolved"] != (instance.resolved_at is not None):
            settled = changes["resolved"]
            wanted["resolved_at"] = timezone.now() if settled else None
            wanted["resolved_by"] = self.user if settled else None
        return revisions.save(instance, expected=instance.revision, by=self.user, changes=wanted)


@extend_schema_view(
    list=extend_schema(parameters=[OpenApiParameter("object", str, description="page:raid")])
)
class CommentResource(TellsOfTheBin, ReadMixin, CreateMixin, ChangeMixin, Resource):
    """What people say about pages, incidents, lessons, hosts and patterns."""

    queryset = Comment.objects.select_related("author", "resolved_by", "updated_by")
    serializer_class = CommentSerializer

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        key = self.request.GET.get("object")
        if not key:
            return rows
        thing = find(key, self.request.user)  # type: ignore[arg-type]
        return rows.about(thing) if thing is not None else rows.none()

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Into the bin, from where it can be brought back."""
        comment = self.locked()
        if not saying.may_take_away(comment, request.user):  # type: ignore[arg-type]
            raise PermissionDenied("Take away your own comments; an admin may any.")
        revisions.save(
            comment,
            expected=comment.revision,
            by=request.user,  # type: ignore[arg-type]
            changes={"deleted_at": timezone.now()},
            comment="Into the bin",
        )
        return Response(status=204)


_many: dict[str, Any] = {"get": "list", "post": "create"}
_one: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
api_routes.register(
    "comments",
    [
        path("comments/", CommentResource.as_view(_many), name="comment-list"),
        path("comments/<int:pk>/", CommentResource.as_view(_one), name="comment"),
    ],
)
