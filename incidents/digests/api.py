"""``/api/v1/digests/`` and ``/api/v1/subscriptions/``."""

from typing import Any
from zoneinfo import available_timezones

from django.urls import path
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated

from incidents.digests import deliver, mail, scope
from incidents.digests.content import freeze, thaw
from incidents.digests.models import Digest, Subscription
from kb.accounts.models import Team
from kb.web.resource import ChangeMixin, CreateMixin, ReadMixin, Resource
from kb.web.routes import api_routes


class DigestSerializer(serializers.ModelSerializer):
    subscription = serializers.UUIDField(source="subscription_id", read_only=True)

    class Meta:
        model = Digest
        fields = [
            "id",
            "subscription",
            "period",
            "starts_at",
            "ends_at",
            "state",
            "subject",
            "recipient",
            "attempts",
            "last_error",
            "sent_at",
            "message_id",
        ]


class DigestDetailSerializer(DigestSerializer):
    """With what it says, less what the reader may no longer see."""

    content = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()

    class Meta(DigestSerializer.Meta):
        fields = [*DigestSerializer.Meta.fields, "content", "text"]

    def get_content(self, digest: Digest) -> dict[str, Any]:
        return freeze(deliver.as_seen_by([self.context["request"].user], thaw(digest.items)))

    def get_text(self, digest: Digest) -> str:
        content = deliver.as_seen_by([self.context["request"].user], thaw(digest.items))
        return mail.write(content).text


class DigestResource(ReadMixin, Resource):
    """Every mail of one's own and one's teams' subscriptions."""

    queryset = Digest.objects.select_related("subscription")
    serializer_class = DigestSerializer
    filterset_fields = ["period", "state", "subscription"]

    def get_serializer_class(self) -> Any:
        return DigestDetailSerializer if self.action == "retrieve" else DigestSerializer


class SubscriptionSerializer(serializers.ModelSerializer):
    user: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)
    team = serializers.SlugRelatedField(
        slug_field="slug", queryset=Team.objects.all(), required=False, allow_null=True
    )
    weekday = serializers.IntegerField(min_value=0, max_value=6, default=0, help_text="0 is Monday")
    hour = serializers.IntegerField(min_value=0, max_value=23, default=9)

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
            "least_severity",
            "scope",
        ]

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
        path("subscriptions/", SubscriptionResource.as_view(_many), name="subscription-list"),
        path("subscriptions/<uuid:pk>/", SubscriptionResource.as_view(_one), name="subscription"),
    ],
)
