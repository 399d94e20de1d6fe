"""``/api/v1/webhooks/``: who is told of events; admins only."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.exports import deliver, webhooks
from incidents.exports.models import Event, Webhook, WebhookDelivery
from kb.accounts.permissions import KeeperOnly
from kb.web.resource import ChangeMixin, CreateMixin, ReadMixin, Resource


class DeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    id = serializers.UUIDField(source="delivery", read_only=True)

    class Meta:
        model = WebhookDelivery
        fields = [
            "id", "event", "state", "attempts", "status", "error", "digest", "queued_at",
            "tried_at", "over_at",
        ]  # fmt: skip


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """What an admin says of a webhook, and how it does."""

    events = serializers.ListField(child=serializers.ChoiceField(Event.choices), allow_empty=False)
    by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = Webhook
        fields = [
            "id", "name", "url", "events", "least_severity", "enabled", "by", "made_at",
            "failures", "failing_since", "next_try_at", "switched_off_at", "switched_off_because",
        ]  # fmt: skip
        read_only_fields = [
            "id", "made_at", "failures", "failing_since", "next_try_at", "switched_off_at",
            "switched_off_because",
        ]  # fmt: skip

    def create(self, validated: dict[str, Any]) -> Webhook:
        try:
            return webhooks.create(by=self.context["request"].user, **validated)
        except ValidationError as error:
            raise _blame(error) from None

    def update(self, instance: Webhook, validated: dict[str, Any]) -> Webhook:
        try:
            return webhooks.change(instance, now=timezone.now(), **validated)
        except ValidationError as error:
            raise _blame(error) from None


class SecretSerializer(WebhookSerializer):
    """With the secret, which is told only when it is made."""

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]
        read_only_fields = [*WebhookSerializer.Meta.read_only_fields, "secret"]


class WebhookResource(ReadMixin, CreateMixin, ChangeMixin, Resource):
    """Addresses that are told of events; admins only."""

    queryset = Webhook.objects.select_related("by")
    serializer_class = WebhookSerializer
    permission_classes = [KeeperOnly]
    filterset_fields = ["enabled"]

    def get_serializer_class(self) -> Any:
        return SecretSerializer if self.action in ("create", "secret") else WebhookSerializer

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove it with its log, with ``If-Match``."""
        self.locked().delete()
        return Response(status=204)

    @extend_schema(request=None, responses={200: DeliverySerializer})
    def test(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send a test now; the answer tells how it went."""
        delivery = deliver.send_test(self.get_object(), timezone.now())
        return Response(DeliverySerializer(delivery).data)

    @extend_schema(request=None, responses={200: SecretSerializer})
    def secret(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Another secret; from now on only that one signs."""
        webhook = webhooks.renew_secret(self.get_object())
        return Response(self.representation(webhook), headers={"Cache-Control": "no-store"})

    @extend_schema(responses={200: DeliverySerializer(many=True)})
    def deliveries(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What it was told for the last thirty days, the newest first."""
        paginator: Any = self.paginator
        paginator.ordering = "-pk"
        rows = self.paginate_queryset(self.get_object().deliveries.defer("body"))
        return self.get_paginated_response(DeliverySerializer(rows, many=True).data)


def _blame(error: ValidationError) -> serializers.ValidationError:
    told = error.message_dict if hasattr(error, "error_dict") else error.messages
    return serializers.ValidationError(told)


def routes() -> list[Any]:
    """The addresses of this module."""
    many: dict[str, Any] = {"get": "list", "post": "create"}
    one: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
    at = "webhooks/<uuid:pk>/"
    return [
        path("webhooks/", WebhookResource.as_view(many), name="webhook-list"),
        path(at, WebhookResource.as_view(one), name="webhook"),
        path(f"{at}test/", WebhookResource.as_view({"post": "test"}), name="webhook-test"),
        path(f"{at}secret/", WebhookResource.as_view({"post": "secret"}), name="webhook-secret"),
        path(
            f"{at}deliveries/",
            WebhookResource.as_view({"get": "deliveries"}),
            name="webhook-deliveries",
        ),
    ]
