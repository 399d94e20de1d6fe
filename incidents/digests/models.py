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
    language = models.CharField(
        max_length=12, default="en-gb", help_text="in which days and months are named"
    )
    notices = models.JSONField(
        default=list, blank=True, help_text="what is told at once: critical, waiver, action"
    )
    ended_because = models.CharField(max_length=300, blank=True, editable=False)
    bounces = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="weeks in a row whose mail came back for good"
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

    def __str__(self) -> str:
        return f"{self.whose}, {self.weekday_name} {self.hour:02d}:00"

    @property
    def weekday_name(self) -> str:
        return calendar.day_name[self.weekday]

    @property
    def whose(self) -> str:
        """The team or the person, as people say it."""
        return self.team.name if self.team else self.user.username if self.user else ""


class NoticeKind(models.TextChoices):
    CRITICAL = "critical", "A flag becomes critical"
    WAIVER = "waiver", "A waiver ends"
    ACTION = "action", "An action opens again"


class DigestKind(models.TextChoices):
    WEEKLY = "weekly", "Weekly mail"
    NOTICE = "notice", "Notice"


class DigestState(models.TextChoices):
    """pending → composing → sending → sent, failed or skipped; a passing failure waits again."""

    PENDING = "pending", "Waiting"
    COMPOSING = "composing", "Being written"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    SKIPPED = "skipped", "Not sent"


class Reason(models.TextChoices):
    """Why a mail was not sent, as the subscriber reads it."""

    QUIET = "quiet", "Nothing changed, and you asked for no mail then"
    ENDED = "ended", "The subscription was ended"
    GONE = "gone", "The person is no longer active"
    NEWER = "newer", "It could not be sent for a week; the next mail tells this week too"
    WITHHELD = "withheld", "What it told may no longer be seen"


class DigestQuerySet(models.QuerySet["Digest"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(subscription__in=Subscription.objects.visible_to(user))

    def slim(self) -> Self:
        """Without the long columns, for lists."""
        return self.defer("items", "text", "html", "named")


class Digest(models.Model):
    """One mail for one subscription and one period: a completed week, or a bundle of notices.

    ``items`` is the frozen list of what it says, there since ``composed_at``; rights are checked
    again at every attempt and every showing.  ``text`` and ``html`` are the mail as sent, and
    ``named`` the incidents it named.  ``claim`` is the mark of whoever works on it: only they may
    note what came of it.  ``shape`` is the same for mails that share their work.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="digests")
    kind = models.CharField(max_length=10, choices=DigestKind, default=DigestKind.WEEKLY)
    period = models.CharField(
        max_length=20, help_text="ISO week, like 2026-W47; of a notice its moment"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="when it was meant to go out")
    zone = models.CharField(max_length=64, blank=True, editable=False)
    shape = models.CharField(max_length=16, blank=True, editable=False)
    state = models.CharField(max_length=10, choices=DigestState, default=DigestState.PENDING)
    reason = models.CharField(max_length=10, choices=Reason, blank=True)
    items = models.JSONField(default=dict)
    composed_at = models.DateTimeField(null=True, blank=True)
    recipient = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    named = models.JSONField(default=list)
    message_id = models.CharField(max_length=200, unique=True)
    attempts = models.PositiveIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_at = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DigestQuerySet.as_manager()

    class Meta:
        ordering = ["-ends_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "period"], name="one_digest_per_week")
        ]
        indexes = [
            # Serves the sender: what is unfinished, whose turn is next.
            models.Index(
                fields=["shape", "next_attempt_at", "id"],
                name="digest_unfinished",
                condition=Q(state__in=["pending", "composing", "sending"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.subject}"

    @property
    def why_not(self) -> str:
        """Why nothing was sent, in a sentence; empty where something was or will be."""
        return self.get_reason_display() if self.reason else self.last_error


class Outcome(models.TextChoices):
    UNDER_WAY = "", "Under way, or its process died"
    ACCEPTED = "accepted", "Accepted by the mail server"
    PASSING = "passing", "Not now"
    PERMANENT = "permanent", "Refused for good"
    SKIPPED = "skipped", "Not sent"


class Attempt(models.Model):
    """One try to write and send a mail; one that never ended is that of a process that died."""

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="tries")
    claim = models.UUIDField(unique=True, editable=False)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    recipient = models.CharField(max_length=254, blank=True)
    said = models.TextField(blank=True, help_text="what the mail server answered, or what broke")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.begun_at:%Y-%m-%d %H:%M} {self.get_outcome_display()}"


class Bounce(models.Model):
    """A mail that came back after the server had accepted it.  ``source`` is the SHA-256 of the
    report, so that one that is read twice is noted once."""

    source = models.CharField(max_length=64, unique=True, editable=False)
    digest = models.ForeignKey(
        Digest, null=True, blank=True, on_delete=models.CASCADE, related_name="returned"
    )
    address = models.CharField(max_length=254, blank=True)
    permanent = models.BooleanField(default=True)
    said = models.TextField(blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-seen_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.address} {'for good' if self.permanent else 'for now'}"


class Notice(models.Model):
    """Something that a subscription is told at once; bundled into a mail by ``digest``.

    ``source`` names the event for ever (``transition:7``), so that it is told once however often
    it is handed on.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=NoticeKind)
    item = models.JSONField(default=dict)
    at = models.DateTimeField()
    digest = models.ForeignKey(
        Digest, null=True, blank=True, on_delete=models.CASCADE, related_name="told"
    )

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "source"], name="one_notice_per_event")
        ]
        indexes = [
            # Serves the bundling: whom something waits for.
            models.Index(fields=["subscription"], name="notice_waiting", condition=Q(digest=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"
