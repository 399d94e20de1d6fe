"""Who wants the weekly risk mail, and every one ever sent."""

import calendar
import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from incidents.patterns.models import Severity
from kb.accounts.models import Team, User


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def visible_to(self, user: User) -> Self:
        """One's own and one's teams'; admins look after all."""
        if not user.is_active:
            return self.none()
        if user.is_keeper:
            return self
        return self.filter(Q(user=user) | Q(team__in=user.teams.all()))


class Subscription(models.Model):
    """A person or a team address that gets the digest; exactly one of the two is set."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="subscriptions"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="subscriptions"
    )
    active = models.BooleanField(default=True)
    always = models.BooleanField(default=False, help_text="Send even when nothing changed")
    weekday = models.PositiveSmallIntegerField(default=0, help_text="0 is Monday")
    hour = models.PositiveSmallIntegerField(default=9)
    time_zone = models.CharField(max_length=64, default="UTC")
    least_severity = models.CharField(max_length=10, choices=Severity, default=Severity.LOW)
    scope = models.JSONField(
        default=dict, blank=True, help_text="part of the fleet: lists of names; empty is all"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    example = models.BooleanField(default=False)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                name="subscription_is_of_one",
                condition=Q(user__isnull=False, team=None) | Q(user=None, team__isnull=False),
            ),
            models.CheckConstraint(
                name="subscription_hour", condition=Q(hour__lt=24, weekday__lt=7)
            ),
        ]

    @property
    def weekday_name(self) -> str:
        return calendar.day_name[self.weekday]


class DigestState(models.TextChoices):
    PENDING = "pending", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    SKIPPED = "skipped", "Not sent: nothing changed"


class DigestQuerySet(models.QuerySet["Digest"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(subscription__in=Subscription.objects.visible_to(user))


class Digest(models.Model):
    """One mail for one subscription and one completed week.

    ``items`` is the frozen list of what it says; rights are checked again at every showing.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="digests")
    period = models.CharField(max_length=8, help_text="ISO week, like 2026-W47")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=DigestState, default=DigestState.PENDING)
    items = models.JSONField(default=dict)
    recipient = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    message_id = models.CharField(max_length=200, unique=True)
    attempts = models.PositiveIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DigestQuerySet.as_manager()

    class Meta:
        ordering = ["-ends_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "period"], name="one_digest_per_week")
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.subject}"
