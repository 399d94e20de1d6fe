"""``/api/v1/digests/`` and ``/api/v1/subscriptions/``."""

from typing import Any, cast
from zoneinfo import available_timezones

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.digests import archive, bounces, deliver, mail, notices, scope
from incidents.digests.compose import compose
from incidents.digests.content import freeze, thaw
from incidents.digests.models import Attempt, Digest, DigestKind, NoticeKind, Subscription
from incidents.digests.periods import week_of
from kb.accounts.models import Team, User
from kb.web.problems import Problem
from kb.web.resource import ChangeMixin, CreateMixin, ReadMixin, Resource
from kb.web.routes import api_routes


class DigestSerializer(serializers.ModelSerializer):
    subscription = serializers.UUIDField(source="subscription_id", read_only=True)

    class Meta:
        model = Digest
        fields = [
            "id",
            "subscription",
            "kind",
            "period",
            "starts_at",
            "ends_at",
            "state",
            "reason",
            "why_not",
            "subject",
            "recipient",
            "attempts",
            "last_error",
            "sent_at",
            "bounced_at",
            "message_id",
        ]


class AttemptSerializer(serializers.ModelSerializer):
    class Meta:
        model = Attempt
        fields = ["begun_at", "ended_at", "outcome", "recipient", "said"]


class DigestDetailSerializer(DigestSerializer):
    """With what it says, less what the reader may no longer see, and every try to send it."""

    content = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()
    html = serializers.SerializerMethodField()
    tries = AttemptSerializer(many=True, read_only=True)

    class Meta(DigestSerializer.Meta):
        fields = [*DigestSerializer.Meta.fields, "content", "text", "html", "tries"]

    def get_content(self, digest: Digest) -> dict[str, Any]:
        user = self.context["request"].user
        if digest.kind == DigestKind.NOTICE:
            return {"items": [freeze(item) for item in notices.shown_to(digest, [user])[0]]}
        if digest.composed_at is None:
            return {}
        return freeze(deliver.as_seen_by([user], thaw(digest.items)))

    def get_text(self, digest: Digest) -> str:
        letter = archive.as_shown_to(self.context["request"].user, digest)
        return letter.text if letter else ""

    def get_html(self, digest: Digest) -> str:
        letter = archive.as_shown_to(self.context["request"].user, digest)
        return letter.html if letter else ""


class DigestResource(ReadMixin, Resource):
    """Every mail of one's own and one's teams' subscriptions."""

    queryset = Digest.objects.select_related("subscription").prefetch_related("tries")
    serializer_class = DigestSerializer
    filterset_fields = ["period", "state", "kind", "subscription"]

    def get_serializer_class(self) -> Any:
        return DigestDetailSerializer if self.action == "retrieve" else DigestSerializer


class TryAgain(APIView):
    """Queue a failed mail anew; admins only."""

    @extend_schema(request=None, responses={202: DigestSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """202 with the mail, also where it had not failed: then nothing changes."""
        user = cast(User, request.user)
        if not user.is_keeper:
            raise PermissionDenied("Only admins try a failed mail again.")
        digest = get_object_or_404(Digest, pk=pk)
        deliver.retry(digest, timezone.now())
        digest.refresh_from_db()
        return Response(DigestSerializer(digest).data, status=202)


class SubscriptionNow(APIView):
    """This week's mail as it stands now."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, pk: Any) -> Response:
        """Nothing is stored and nothing is sent."""
        user = cast(User, request.user)
        subscription = get_object_or_404(Subscription.objects.visible_to(user), pk=pk)
        week = week_of(timezone.now(), subscription.time_zone)
        content = deliver.as_seen_by([user], compose(subscription, week))
        letter = mail.write(content, language=subscription.language)
        told = {"subject": letter.subject, "content": freeze(content)}
        return Response(told | {"text": letter.text, "html": letter.html})

    @extend_schema(request=None, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, pk: Any) -> Response:
        """The same as a test mail to whoever asks."""
        user = cast(User, request.user)
        subscription = get_object_or_404(Subscription.objects.visible_to(user), pk=pk)
        week = week_of(timezone.now(), subscription.time_zone)
        content = deliver.as_seen_by([user], compose(subscription, week))
        try:
            mail.send_test(user, mail.write(content, language=subscription.language))
        except mail.CANNOT_SEND as error:
            raise Problem(502, f"The mail could not be sent: {error}") from error
        return Response({"sent_to": user.email})


class BounceHook(APIView):
    """The door for mail that came back, whole as it came (message/rfc822)."""

    parser_classes: list[Any] = []

    @extend_schema(request={"message/rfc822": OpenApiTypes.BINARY},
                   responses={200: OpenApiTypes.OBJECT})  # fmt: skip
    def post(self, request: Request) -> Response:
        """``noted``, ``known`` from before, or ``unclear``: then nothing changes."""
        raw = request._request.body
        if not raw or len(raw) > bounces.LARGEST:
            raise Problem(400, "Send one returned mail as it came, a mebibyte at most.")
        done = bounces.note(raw, timezone.now())
        return Response(
            {"did": done.did, "digest": done.digest.pk if done.digest else None,
             "permanent": done.permanent}
        )  # fmt: skip


class SubscriptionSerializer(serializers.ModelSerializer):
    user: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)
    team = serializers.SlugRelatedField(
        slug_field="slug", queryset=Team.objects.all(), required=False, allow_null=True
    )
    weekday = serializers.IntegerField(min_value=0, max_value=6, default=0, help_text="0 is Monday")
    hour = serializers.IntegerField(min_value=0, max_value=23, default=9)
    language = serializers.ChoiceField(settings.LANGUAGES, default="en-gb")
    notices = serializers.ListField(
        child=serializers.ChoiceField(NoticeKind.choices), required=False, max_length=3
    )

    class Meta:
        model = Subscription
        fields = [
            "id",
            "user",
            "team",
            "active",
            "always",
            "weekday",
            "hour",
            "time_zone",
            "language",
            "least_severity",
            "scope",
            "notices",
            "ended_because",
        ]
        read_only_fields = ["ended_because"]

    def validate_time_zone(self, zone: str) -> str:
        if zone not in available_timezones():
            raise serializers.ValidationError("Name a zone like Europe/London.")
        return zone

    def validate_scope(self, value: Any) -> Any:
        found = scope.mistakes(value)
        if found:
            raise serializers.ValidationError([f"{pointer}: {mend}" for pointer, mend in found])
        return value

    def validate_team(self, team: Team | None) -> Team | None:
        user = self.context["request"].user
        if team is not None and not user.is_keeper and not team.members.filter(pk=user.pk).exists():
            raise serializers.ValidationError("Only members of a team and admins subscribe it.")
        return team

    def create(self, validated: dict[str, Any]) -> Subscription:
        if validated.get("team") is None:
            validated["user"] = self.context["request"].user
        subscription: Subscription = super().create(validated)
        return subscription

    def update(self, instance: Subscription, validated: dict[str, Any]) -> Subscription:
        if "team" in validated:
            instance.user = None if validated["team"] else self.context["request"].user
        if validated.get("active"):
            instance.ended_because, instance.bounces = "", 0
        subscription: Subscription = super().update(instance, validated)
        return subscription


class SubscriptionResource(ReadMixin, CreateMixin, ChangeMixin, Resource):
    """Who gets the weekly mail, when, and about which part of the fleet."""

    queryset = Subscription.objects.select_related("user", "team")
    serializer_class = SubscriptionSerializer
    filterset_fields = ["active"]
    permission_classes = [IsAuthenticated]  # a viewer subscribes too


_many: dict[str, Any] = {"get": "list", "post": "create"}
_one: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"}
api_routes.register(
    "digests",
    [
        path("digests/", DigestResource.as_view({"get": "list"}), name="digest-list"),
        path("digests/<int:pk>/", DigestResource.as_view({"get": "retrieve"}), name="digest"),
        path("digests/<int:pk>/again/", TryAgain.as_view(), name="digest-again"),
        path("hooks/bounce/", BounceHook.as_view(), name="hook-bounce"),
        path("subscriptions/<uuid:pk>/now/", SubscriptionNow.as_view(), name="subscription-now"),
        path("subscriptions/", SubscriptionResource.as_view(_many), name="subscription-list"),
        path("subscriptions/<uuid:pk>/", SubscriptionResource.as_view(_one), name="subscription"),
    ],
)
