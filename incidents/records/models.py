"""Incidents with their timelines and factors, the lessons they taught, the actions that follow."""

from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from incidents.hosts.models import Host, Service
from incidents.patterns.models import Pattern, Severity
from kb.accounts.models import Team, User
from kb.wiki.models import Revisioned


class FactorQuerySet(models.QuerySet["Factor"]):
    def visible_to(self, user: User) -> Self:
        """The taxonomy is for everybody who is signed in."""
        return self if user.is_active else self.none()


class Factor(models.Model):
    """A kind of contributing factor.  Several may have contributed; none is called the root."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    about = models.TextField(blank=True, help_text="What belongs here, and what does not")
    origin = models.CharField(
        max_length=10, choices=[("library", "Shipped"), ("team", "Ours")], default="team"
    )
    retired = models.BooleanField(
        default=False, help_text="No longer offered; incidents that name it keep it"
    )

    objects = FactorQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class LessonState(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    ACTIVE = "active", "Active"
    DORMANT = "dormant", "Dormant"
    RETIRED = "retired", "Retired"


class Confidence(models.TextChoices):
    LOW = "low", "Low: one story, or a hunch"
    MEDIUM = "medium", "Medium: it held more than once"
    HIGH = "high", "High: nobody here doubts it"


class LessonQuerySet(models.QuerySet["Lesson"]):
    def visible_to(self, user: User) -> Self:
        """Lessons are for everybody who is signed in; which incidents taught them may not be."""
        return self.filter(deleted_at=None) if user.is_active else self.none()

    def in_bin(self, user: User) -> Self:
        return self.exclude(deleted_at=None) if user.is_active else self.none()


class Lesson(Revisioned):
    slug = models.SlugField(max_length=120, unique=True)
    title = models.CharField(max_length=200)
    statement = models.TextField(help_text="The lesson in a sentence or two")
    why = models.TextField(blank=True, help_text="Markdown")
    scope = models.TextField(blank=True, help_text="Where it holds, and where it does not")
    confidence = models.CharField(
        max_length=10, choices=Confidence, default=Confidence.MEDIUM, help_text="How sure we are"
    )
    state = models.CharField(max_length=10, choices=LessonState, default=LessonState.ACTIVE)
    owner = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="lessons"
    )
    review_by = models.DateField(null=True, blank=True)
    tags = models.JSONField(default=list, blank=True)
    origin = models.CharField(
        max_length=10, choices=[("library", "Shipped"), ("team", "Ours")], default="team"
    )
    shipped_digest = models.CharField(max_length=64, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True)
    example = models.BooleanField(default=False)

    objects = LessonQuerySet.as_manager()

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


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


class IncidentLinkKind(models.TextChoices):
    """Read from the first to the second: the later one is a repeat of the earlier."""

    REPEAT = "repeat-of", "Repeat of"
    CONSEQUENCE = "consequence-of", "Consequence of"
    SAME_FACTOR = "same-factor", "Same factor as"


class IncidentLinkQuerySet(models.QuerySet["IncidentLink"]):
    def visible_to(self, user: User) -> Self:
        """Links of which the user may see both ends: one alone would tell of the other."""
        seen = Incident.objects.visible_to(user).values("pk")
        return self.filter(from_incident__in=seen, to_incident__in=seen)

    def of(self, incident: Incident) -> Self:
        """Those that begin or end at one incident."""
        return self.filter(Q(from_incident=incident) | Q(to_incident=incident))


class IncidentLink(models.Model):
    """How one incident bears on another.  Made and taken away by ``records.between``."""

    kind = models.CharField(max_length=16, choices=IncidentLinkKind)
    from_incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="links_from")
    to_incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="links_to")
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    objects = IncidentLinkQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "from_incident", "to_incident"], name="one_link_of_a_kind"
            ),
            models.CheckConstraint(
                condition=~Q(from_incident=F("to_incident")), name="no_link_to_itself"
            ),
        ]


class TimelineQuerySet(models.QuerySet["TimelineEntry"]):
    def visible_to(self, user: User) -> Self:
        """Lines of incidents the user may see."""
        return self.filter(incident__in=Incident.objects.visible_to(user))


class TimelineEntry(Revisioned):
    """What happened at one moment; saved by itself, so that several people can write at once."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="timeline")
    at = models.DateTimeField()
    what = models.TextField()
    evidence = models.TextField(blank=True)
    kind = models.CharField(
        max_length=16,
        choices=[("fact", "Fact"), ("interpretation", "Interpretation")],
        default="fact",
    )
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Among lines of the same moment: where somebody put it.
    place = models.PositiveSmallIntegerField(default=0, editable=False)
    # Made where the line was written: however often it is sent, it stands once.
    key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects = TimelineQuerySet.as_manager()

    class Meta:
        ordering = ["at", "place", "pk"]


class ActionType(models.TextChoices):
    DETECT = "detect", "Detect"
    PREVENT = "prevent", "Prevent"
    MITIGATE = "mitigate", "Mitigate"
    REPAIR = "repair", "Repair"
    INVESTIGATE = "investigate", "Investigate"


class ActionState(models.TextChoices):
    OPEN = "open", "Open"
    DONE = "done", "Done"
    DROPPED = "dropped", "Dropped"


class VerifyScope(models.TextChoices):
    EVERYWHERE = "everywhere", "On every host"
    HOSTS = "hosts", "On the hosts named"


class ActionQuerySet(models.QuerySet["Action"]):
    def visible_to(self, user: User) -> Self:
        """Actions of incidents the user may see, and those that hang on no incident."""
        return (
            self.filter(Q(incident=None) | Q(incident__in=Incident.objects.visible_to(user)))
            if user.is_active
            else self.none()
        )

    def overdue(self, today: date) -> Self:
        return self.filter(state=ActionState.OPEN, due__lt=today)


class Action(Revisioned):
    """Something somebody will do; a pattern going clear can verify it.

    ``verified_at`` is when facts bore it out (they may take that back), ``held_open`` says that a
    person opened it again although they did.  ``owner_name`` outlives the owner's account.
    """

    title = models.CharField(max_length=200)
    notes = models.TextField(blank=True, help_text="Markdown")
    kind = models.CharField(max_length=12, choices=ActionType, default=ActionType.PREVENT)
    state = models.CharField(max_length=10, choices=ActionState, default=ActionState.OPEN)
    incident = models.ForeignKey(
        Incident, null=True, blank=True, on_delete=models.CASCADE, related_name="actions"
    )
    lesson = models.ForeignKey(
        Lesson, null=True, blank=True, on_delete=models.SET_NULL, related_name="actions"
    )
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="actions"
    )
    owner_name = models.CharField(max_length=150, blank=True, editable=False)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="actions"
    )
    due = models.DateField(null=True, blank=True)
    tracker_url = models.URLField(blank=True)
    verified_by = models.ForeignKey(
        Pattern, null=True, blank=True, on_delete=models.SET_NULL, related_name="actions"
    )
    verify_scope = models.CharField(
        max_length=10, choices=VerifyScope, default=VerifyScope.EVERYWHERE
    )
    verify_hosts = models.ManyToManyField(Host, blank=True, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    held_open = models.BooleanField(default=False, editable=False)
    done_at = models.DateTimeField(null=True, blank=True)
    example = models.BooleanField(default=False)

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = [F("due").asc(nulls_last=True), "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def whose(self) -> str:
        """Who owns it, also after their account is gone."""
        return self.owner.username if self.owner else self.owner_name


import incidents.records.steps  # noqa: E402 (Django looks for models here)
import incidents.records.trails  # noqa: E402, F401 (Django looks for models here)
