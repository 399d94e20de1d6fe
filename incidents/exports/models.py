"""Webhooks with the log of what they were told, and the keys to a person's feeds."""

import secrets
import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from incidents.patterns.models import Severity
from kb.accounts.models import User


def new_secret() -> str:
    """What a receiver checks signatures with: 256 random bits."""
    return f"twh_{secrets.token_urlsafe(32)}"


def new_nonce() -> str:
    return secrets.token_hex(16)


class Event(models.TextChoices):
    FLAG_OPENED = "flag.opened", "A flag opened"
    FLAG_REOPENED = "flag.reopened", "A flag opened again"
    FLAG_RESOLVED = "flag.resolved", "Facts resolved a flag"
    FLAG_CLOSED = "flag.closed", "A flag closed: host retired or pattern off"
    INCIDENT_PUBLISHED = "incident.published", "An incident was published"


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def visible_to(self, user: User) -> Self:
        """Webhooks carry secrets and send to strangers: admins look after them."""
        return self if user.is_keeper else self.none()


class Webhook(models.Model):
    """An address that is told of events, in order, for as long as it answers.

    ``failures`` counts attempts since the last that worked; ``failing_since`` is the first of
    them.  The secret is kept readable because signing needs it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(
        max_length=120,
        unique=True,
        error_messages={"unique": "There is a webhook of this name already: choose another."},
    )
    url = models.CharField(max_length=1000)
    secret = models.CharField(max_length=100, default=new_secret, editable=False)
    events = models.JSONField(default=list)
    least_severity = models.CharField(max_length=10, choices=Severity, default=Severity.LOW)
    enabled = models.BooleanField(default=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    next_try_at = models.DateTimeField(null=True, blank=True, editable=False)
    switched_off_at = models.DateTimeField(null=True, blank=True, editable=False)
    switched_off_because = models.CharField(max_length=500, blank=True, editable=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["name", "made_at"]

    def __str__(self) -> str:
        return self.name


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    SENT = "sent", "Taken by the receiver"
    FAILED = "failed", "Failed"
    DROPPED = "dropped", "Dropped: the webhook was off"
    WITHHELD = "withheld", "Withheld: not for everyone any more"


class WebhookDelivery(models.Model):
    """One event for one webhook: the queue while it waits, the log afterwards.

    ``source`` names the event (``transition:7``), so that one event makes one delivery however
    often it is handed on.  ``delivery`` is the same at every attempt.  ``body`` is what is sent,
    to the byte, and is emptied when it is over; ``digest`` (SHA-256, hex) stays.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    delivery = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.CharField(max_length=40)
    source = models.CharField(max_length=80)
    body = models.TextField(blank=True)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True, help_text="of the last answer")
    error = models.CharField(max_length=500, blank=True)
    queued_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    over_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "source"], name="one_delivery_per_event")
        ]
        indexes = [
            # Serves the sender: what waits, of each webhook the oldest first.
            models.Index(
                fields=["webhook", "id"], name="delivery_waiting", condition=Q(state="waiting")
            ),
            # Serves the tidying of the log.
            models.Index(fields=["over_at"], name="delivery_over"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.delivery}"


class FeedToken(models.Model):
    """The key in the addresses of a person's feeds.

    The key is worked out from ``nonce`` and the site's secret, so that the addresses can be shown
    again while a copy of the database opens nothing.  Another nonce ends the old addresses.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="feed_token")
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
