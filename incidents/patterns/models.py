"""Patterns with their versions, what they found, and the append-only log of every flag."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from incidents.hosts.models import Host, OpenQuerySet
from kb.accounts.models import User


class Severity(models.TextChoices):
    CRITICAL = "critical", "Critical"
    HIGH = "high", "High"
    MEDIUM = "medium", "Medium"
    LOW = "low", "Low"


class Pattern(models.Model):
    """A failure pattern; what it says is in its current version."""

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    severity = models.CharField(max_length=10, choices=Severity)
    likelihood = models.CharField(max_length=10, choices=Severity, default=Severity.MEDIUM)
    lessons = models.JSONField(
        default=list, blank=True, help_text="slugs of the lessons it watches for"
    )
    origin = models.CharField(max_length=10, choices=[("library", "Shipped"), ("team", "Ours")])
    enabled = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    shipped_digest = models.CharField(max_length=64, blank=True)
    example = models.BooleanField(default=False)
    owner = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="who hears of it when it breaks; shipped ones have none",
    )
    dormant_since = models.DateTimeField(
        null=True, blank=True, help_text="asleep: still asked, raises no flags"
    )
    dormant_because = models.CharField(max_length=300, blank=True)
    dormant_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = OpenQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.title


class PatternVersion(models.Model):
    """One wording of a pattern, for ever; flags say which one opened them."""

    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    spec = models.JSONField(help_text="the YAML form as data")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    comment = models.CharField(max_length=300, blank=True)
    base = models.JSONField(
        null=True,
        blank=True,
        help_text="the shipped wording it was merged with; empty where it is one, or none was",
    )

    class Meta:
        ordering = ["pattern_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["pattern", "number"], name="one_version_per_number")
        ]


class HostVerdicts(models.Model):
    """The latest verdict of every pattern on one host.

    ``verdicts`` is ``{slug: {"state": str, "missing": [path], "since": ISO time}}``; one that is
    unknown because facts are too old also tells ``"stale": {section: ISO time}``.  ``stamp``
    (nanoseconds of the clock) moves with every evaluation, so that of two at once the second
    notices the first; ``told`` only when an answer or the host's ``place`` is another.  ``peer``
    (with its ``peer_environment``), ``os_good_until`` and ``restore_tested`` are what others need
    to know of this host, as last judged: so judging one host need not read the facts of the whole
    fleet.  When ``peer`` moves, the host's peers are asked.
    """

    host = models.OneToOneField(
        Host, primary_key=True, on_delete=models.CASCADE, related_name="verdicts"
    )
    verdicts = models.JSONField(default=dict)
    evaluated_at = models.DateTimeField()
    stamp = models.PositiveBigIntegerField(default=0)
    told = models.PositiveBigIntegerField(default=0, help_text="stamp of the last other answer")
    place = models.TextField(blank=True, help_text="environment, site and team, as counted")
    peer = models.TextField(blank=True)
    peer_environment = models.CharField(max_length=120, blank=True)
    os_good_until = models.DateTimeField(
        null=True, blank=True, help_text="empty: never grows stale"
    )
    restore_tested = models.BooleanField(default=False, help_text="a backup tool told of a restore")

    class Meta:
        # Serves coverage: whether any answer is another since it was last counted.
        indexes = [
            models.Index(fields=["told"], name="verdicts_told"),
            # In which thousand of hosts that is so, without reading verdicts.
            models.Index(fields=["host", "told"], name="verdicts_host_told"),
            # Serves the shares of an environment: counted out of the index alone, in its order.
            models.Index(
                fields=["peer_environment", "peer", "os_good_until", "host"],
                name="verdicts_peers",
            ),
            # Serves "does any backup tool tell of restores?", also where none does.
            models.Index(
                fields=["host"], name="verdicts_restore", condition=Q(restore_tested=True)
            ),
        ]


class VerdictCount(models.Model):
    """The verdicts of a thousand hosts, counted: coverage adds these up.

    ``counts`` is ``{"hosts": n, "patterns": {slug: {state: n}}, "gaps": {thing: [verdicts, hosts,
    stale verdicts, [names]]}}``, ``places`` the same by place.  It holds for as long as ``stamp``
    (the newest ``told`` among those hosts), ``hosts`` and ``asked`` (the enabled patterns) are what
    they were: it is no other than counting anew, only quicker.
    """

    block = models.PositiveBigIntegerField(primary_key=True, help_text="primary key of host / 1000")
    stamp = models.PositiveBigIntegerField()
    hosts = models.PositiveIntegerField()
    asked = models.CharField(max_length=16, default="")
    counts = models.JSONField(default=dict)
    places = models.JSONField(default=dict)


class Scope(models.TextChoices):
    EVERYWHERE = "everywhere", "Everywhere"
    ENVIRONMENT = "environment", "Environment"
    TAG = "tag", "Tag"


class ThresholdOverride(models.Model):
    """A threshold of a pattern that is another number somewhere, its expression left alone.

    A tag beats an environment, an environment beats everywhere; of two tags on one host the higher
    ``priority`` counts, and no two tags of one threshold may have the same.  Rows are never changed
    or deleted: a new value ends the old row, so the rows are the setting, its log, and what was in
    force at any moment.
    """

    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, related_name="overrides")
    threshold = models.CharField(max_length=60)
    scope = models.CharField(max_length=12, choices=Scope)
    scope_value = models.CharField(max_length=60, blank=True)
    value = models.JSONField()
    priority = models.PositiveSmallIntegerField(default=0)
    because = models.CharField(max_length=300)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["pattern_id", "threshold", "scope", "scope_value", "-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["pattern", "threshold", "scope", "scope_value"],
                condition=Q(ended_at=None),
                name="one_override_in_force",
            ),
            models.UniqueConstraint(
                fields=["pattern", "threshold", "priority"],
                condition=Q(ended_at=None, scope="tag"),
                name="one_override_per_priority",
            ),
            models.CheckConstraint(
                name="override_everywhere_is_unnamed",
                condition=Q(scope="everywhere", scope_value="")
                | (~Q(scope="everywhere") & ~Q(scope_value="")),
            ),
        ]


class InUse(models.Model):
    """What people somewhere began to write down, as far as the last judging knew.

    ``what`` is "section:thing", such as ``upkeep:restore_test``.  Once a thing is in use its
    absence means something (never restored), for every host at once: so when the set moves, the
    patterns that read the section are asked everywhere.
    """

    what = models.CharField(max_length=80, primary_key=True)


class WeeklyCount(models.Model):
    """How the verdicts and open flags of a pattern stood at the end of a week: for plots."""

    week = models.DateField(help_text="the Monday it begins")
    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, related_name="weekly")
    verdicts = models.JSONField(default=dict)
    open_flags = models.JSONField(default=dict, help_text="severity: count")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["week", "pattern"], name="one_count_per_week")
        ]


class FlagState(models.TextChoices):
    PENDING = "pending", "Within its grace"
    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Someone is on it"
    ACCEPTED = "accepted", "Accepted for now"
    RESOLVED = "resolved", "Resolved by facts"
    CLOSED = "closed", "Closed: host retired or pattern disabled"


ACTIVE_STATES = (FlagState.OPEN, FlagState.ACKNOWLEDGED, FlagState.ACCEPTED)
NEEDS_EYES = (FlagState.OPEN, FlagState.ACKNOWLEDGED)


class FlagQuerySet(models.QuerySet["Flag"]):
    def visible_to(self, user: User) -> Self:
        """Flags are for everybody who is signed in; their citations are filtered when read."""
        return self if user.is_active else self.none()

    def needing_eyes(self) -> Self:
        """Open or acknowledged: what counts as risk now."""
        return self.filter(state__in=NEEDS_EYES)


class Flag(models.Model):
    """One pattern on one host, one row for ever."""

    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, related_name="flags")
    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="flags")
    state = models.CharField(max_length=14, choices=FlagState)
    severity = models.CharField(max_length=10, choices=Severity)
    pattern_version = models.PositiveIntegerField()
    sentence = models.TextField(blank=True)
    evidence = models.JSONField(default=list)
    matched_since = models.DateTimeField(help_text="start of the present run of matches")
    opened_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    last_verdict = models.CharField(max_length=16, default="match")
    last_verdict_at = models.DateTimeField()
    assigned_to = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    accepted_until = models.DateTimeField(null=True, blank=True)
    accepted_because = models.TextField(blank=True)
    accepted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    flapping = models.BooleanField(default=False)
    turns = models.JSONField(
        default=list,
        blank=True,
        help_text='[ISO time, "match" or "clear"]: when the facts changed sides',
    )

    objects = FlagQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["pattern", "host"], name="one_flag_per_pattern_and_host"
            ),
            models.CheckConstraint(
                name="flag_accepted_with_reason",
                condition=~Q(state="accepted")
                | (Q(accepted_until__isnull=False) & ~Q(accepted_because="")),
            ),
        ]
        indexes = [
            # Serves triage and the front page: by state, newest change first.
            models.Index(fields=["state", "-changed_at"], name="flag_state_changed"),
        ]


class FlagTransition(models.Model):
    """What happened to a flag, appended and never changed; mail, feeds and webhooks read it."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="transitions")
    at = models.DateTimeField()
    before = models.CharField(max_length=14, blank=True)
    after = models.CharField(max_length=14, choices=FlagState)
    cause = models.CharField(
        max_length=20, help_text="facts, sweep, person, expiry, retired, disabled, pattern"
    )
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    because = models.TextField(blank=True)
    severity = models.CharField(max_length=10, choices=Severity)
    sentence = models.TextField(blank=True)
    evidence = models.JSONField(default=list)
    pattern_version = models.PositiveIntegerField()
    until = models.DateTimeField(
        null=True, blank=True, help_text="until when it was accepted, of a flag that was"
    )

    class Meta:
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["at"], name="transition_at"),
            # Serves "how did it stand then?": the last line of a flag before a moment.
            models.Index(fields=["flag", "at"], name="transition_flag_at"),
        ]


class SweepState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class Sweep(models.Model):
    """One asking of every pattern of every host, as of ``moment``."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=SweepState, default=SweepState.WAITING)
    why = models.CharField(max_length=20, default="asked", help_text="asked, nightly, pattern")
    moment = models.DateTimeField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    hosts_total = models.PositiveIntegerField(default=0)
    patterns_total = models.PositiveIntegerField(default=0)
    verdicts = models.JSONField(default=dict)
    opened = models.PositiveIntegerField(default=0)
    resolved = models.PositiveIntegerField(default=0)
    broken = models.JSONField(default=dict, help_text="pattern slug: error and an example host")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(state__in=["waiting", "running"]),
                name="one_sweep_at_a_time",
            )
        ]


class SweepChunk(models.Model):
    """A share of a sweep: hosts with ``first <= pk <= last``.  Done is done, for ever."""

    sweep = models.ForeignKey(Sweep, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    first = models.PositiveBigIntegerField()
    last = models.PositiveBigIntegerField()
    hosts = models.PositiveIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.JSONField(default=dict)

    class Meta:
        ordering = ["sweep_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["sweep", "number"], name="one_chunk_per_number")
        ]


class PreviewRun(models.Model):
    """One asking of a wording that is not saved, of the whole fleet, for its author.

    ``counts``: state → hosts so far; ``hosts``: state → the first hosts with it, as shown.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    spec = models.JSONField()
    digest = models.CharField(max_length=64, help_text="of the wording")
    state = models.CharField(max_length=10, choices=SweepState, default=SweepState.WAITING)
    moment = models.DateTimeField()
    heard_at = models.DateTimeField()
    asked = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    partial = models.BooleanField(default=False, help_text="time ran out before the last host")
    counts = models.JSONField(default=dict)
    hosts = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-moment"]
        indexes = [models.Index(fields=["by", "digest", "-moment"], name="preview_by_digest")]
