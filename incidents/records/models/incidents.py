"""Incidents, and the hosts that had a part in them."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from incidents.hosts.models import Host, Service
from incidents.patterns.models import Pattern, Severity
from incidents.records.models.factors import Factor
from incidents.records.models.lessons import Lesson
from kb.accounts.models import Team, User
from kb.wiki.models import Revisioned


class IncidentKind(models.TextChoices):
    INCIDENT = "incident", "Incident"
    NEAR_MISS = "near-miss", "Near miss"
    DRILL = "drill", "Drill"


class IncidentStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    REVIEW = "review", "In review"
    PUBLISHED = "published", "Published"
    AMENDED = "amended", "Amended"


class Visibility(models.TextChoices):
    EVERYONE = "everyone", "Everyone signed in"
    RESTRICTED = "restricted", "Named people and teams only"


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, user: User) -> Self:
        """What ``readable_by`` says, less what is in the bin."""
        return self.filter(deleted_at=None).readable_by(user)

    def in_bin(self, user: User) -> Self:
        """Thrown away, of what this person could read."""
        return self.exclude(deleted_at=None).readable_by(user)

    def readable_by(self, user: User) -> Self:
        """Everybody's incidents, and the restricted ones that name the user or a team of theirs.

        Whoever has a part in it is named by that.  Admins get no way round a restriction.
        """
        if not user.is_active:
            return self.none()
        named = (
            Q(author=user)
            | Q(lead=user)
            | Q(facilitator=user)
            | Q(reviewer=user)
            | Q(pk__in=Incident.involved.through.objects.filter(user=user).values("incident"))
            | Q(pk__in=Incident.allowed_users.through.objects.filter(user=user).values("incident"))
            | Q(
                pk__in=Incident.allowed_teams.through.objects.filter(team__members=user).values(
                    "incident"
                )
            )
        )
        return self.filter(Q(visibility=Visibility.EVERYONE) | named)

    def newest_first(self) -> Self:
        """By when it began, as far as anybody knows."""
        began = Coalesce("started_at", "detected_at", "created_at")
        return self.annotate(began=began).order_by("-began", "-pk")


class Incident(Revisioned):
    """What happened, told so that it need not happen again."""

    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=IncidentKind, default=IncidentKind.INCIDENT)
    severity = models.CharField(max_length=10, choices=Severity, default=Severity.MEDIUM)
    status = models.CharField(max_length=10, choices=IncidentStatus, default=IncidentStatus.DRAFT)
    visibility = models.CharField(max_length=12, choices=Visibility, default=Visibility.EVERYONE)
    allowed_users = models.ManyToManyField(User, blank=True, related_name="+")
    allowed_teams = models.ManyToManyField(Team, blank=True, related_name="+")
    author = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="incidents_written"
    )
    lead = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="incidents_led"
    )
    facilitator = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reviewer = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="incidents_to_review"
    )
    involved = models.ManyToManyField(User, blank=True, related_name="+")

    started_at = models.DateTimeField(null=True, blank=True)
    detected_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    mitigated_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    time_sources = models.JSONField(
        default=dict, blank=True, help_text="field: where the time comes from"
    )
    time_uncertainty = models.JSONField(
        default=dict, blank=True, help_text="field: minutes it may be off, either way"
    )

    summary = models.TextField(blank=True, help_text="In three sentences")
    impact = models.TextField(blank=True)
    trigger = models.TextField(blank=True)
    detection = models.TextField(blank=True)
    body = models.TextField(blank=True, help_text="Markdown: the story")
    helped = models.TextField(blank=True)
    hindered = models.TextField(blank=True)
    lucky = models.TextField(blank=True)
    surprise = models.TextField(blank=True)
    recovery = models.TextField(blank=True)
    open_questions = models.TextField(blank=True)

    tags = models.JSONField(default=list, blank=True)
    factors = models.ManyToManyField(Factor, blank=True, related_name="incidents")
    hosts = models.ManyToManyField(
        Host, through="IncidentHost", blank=True, related_name="incidents"
    )
    services = models.ManyToManyField(Service, blank=True, related_name="incidents")
    lessons = models.ManyToManyField(Lesson, blank=True, related_name="incidents")
    patterns = models.ManyToManyField(Pattern, blank=True, related_name="incidents")
    deleted_at = models.DateTimeField(null=True, blank=True)
    example = models.BooleanField(default=False)
    # Made by the browser that began the write-up: however often it is sent, it is begun once.
    key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name=f"incident_{later}_not_before_{earlier}",
                condition=Q(**{f"{earlier}_at": None})
                | Q(**{f"{later}_at": None})
                | Q(**{f"{later}_at__gte": F(f"{earlier}_at")}),
            )
            for earlier, later in (
                ("started", "detected"),
                ("started", "mitigated"),
                ("started", "resolved"),
                ("detected", "acknowledged"),
                ("detected", "resolved"),
                ("mitigated", "resolved"),
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.title}"

    @property
    def happened_at(self) -> datetime:
        """When it began, as far as anybody knows."""
        return self.started_at or self.detected_at or self.created_at


class HostRole(models.TextChoices):
    AFFECTED = "affected", "Affected"
    CONTRIBUTED = "contributed", "Contributed"
    HELPED = "helped", "Helped"


class IncidentHost(models.Model):
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="host_links")
    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="incident_links")
    role = models.CharField(max_length=12, choices=HostRole, default=HostRole.AFFECTED)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "host"], name="one_role_per_host")
        ]
