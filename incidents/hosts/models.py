"""Sites, hosts, services, redundancy groups, and every fact ever reported about a host."""

from typing import Self

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from kb.accounts.models import Team, User
from kb.web.quickjson import QuickJSONField
from kb.wiki.models import Revisioned

host_name = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z",
    "Use letters, digits, dots, dashes and underscores, and begin with a letter or a digit.",
)

#: Words that stand where a name stands in the addresses of this room.
TAKEN = frozenset({"new", "bulk"})


class OpenQuerySet(models.QuerySet):
    """Rows that everybody who is signed in may see."""

    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()


class Criticality(models.TextChoices):
    LOW = "low", "Low"
    NORMAL = "normal", "Normal"
    HIGH = "high", "High"
    CRITICAL = "critical", "Critical"


class Site(Revisioned):
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=160)
    address = models.TextField(blank=True)
    notes = models.TextField(blank=True, help_text="Markdown: access, contacts, what to pack")
    example = models.BooleanField(default=False)

    objects = OpenQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class HostKind(models.TextChoices):
    PHYSICAL = "physical", "Physical"
    VIRTUAL = "virtual", "Virtual machine"
    CONTAINER = "container", "Container"
    CHROOT = "chroot", "Chroot or jail"
    UNKNOWN = "unknown", "Not known yet"


class HostStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    RETIRED = "retired", "Retired"


class Host(Revisioned):
    """A machine or a nested environment.

    What people say of it are columns; what tools report is ``facts`` (the current document, all
    sections, see docs/facts.md) and ``observed`` (``{section: {"sources": {source: ISO time},
    "paths": {path: source}}}``, ``paths`` only where a section has several sources).
    """

    name = models.CharField(max_length=253, unique=True, validators=[host_name])
    kind = models.CharField(max_length=12, choices=HostKind, default=HostKind.UNKNOWN)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="guests"
    )
    environment = models.CharField(max_length=60, blank=True)
    role = models.CharField(max_length=60, blank=True)
    criticality = models.CharField(max_length=10, choices=Criticality, blank=True)
    important = models.BooleanField(null=True, blank=True)
    stateful = models.BooleanField(null=True, blank=True)
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.SET_NULL, related_name="hosts"
    )
    rack = models.CharField(max_length=60, blank=True)
    owner = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="hosts"
    )
    tags = models.JSONField(default=list, blank=True)
    status = models.CharField(max_length=10, choices=HostStatus, default=HostStatus.ACTIVE)
    notes = models.TextField(blank=True, help_text="Markdown")
    fqdn = models.CharField(max_length=253, blank=True)
    serial = models.CharField(max_length=120, blank=True)
    machine_id = models.CharField(max_length=64, blank=True)
    facts = QuickJSONField(default=dict, blank=True)
    observed = QuickJSONField(default=dict, blank=True)
    last_report_at = models.DateTimeField(null=True, blank=True)
    clock_ahead_seconds = models.FloatField(
        null=True, blank=True, help_text="how far ahead of ours its newest report was"
    )
    upgrade_planned_on = models.DateField(null=True, blank=True)
    maintenance_until = models.DateTimeField(
        null=True, blank=True, verbose_name="in maintenance until"
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    example = models.BooleanField(default=False)

    objects = OpenQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(parent=models.F("pk")), name="host_not_its_own_parent"
            ),
        ]
        indexes = [
            # Serve the search for a host by what identifies it.
            models.Index(fields=["serial"], name="host_serial", condition=~Q(serial="")),
            models.Index(fields=["fqdn"], name="host_fqdn", condition=~Q(fqdn="")),
            # Serves the fleet's peers: same environment and role.
            models.Index(fields=["environment", "role"], name="host_peers"),
            # Serves "has any host an owner?", also where none has.
            models.Index(
                fields=["status"], name="host_owned", condition=models.Q(owner__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Service(Revisioned):
    """What people use, and the hosts that carry it."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=160)
    criticality = models.CharField(max_length=10, choices=Criticality, blank=True)
    owner = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="services"
    )
    hosts = models.ManyToManyField(Host, blank=True, related_name="services")
    needs_hosts = models.PositiveIntegerField(null=True, blank=True)
    load_balanced = models.BooleanField(null=True, blank=True)
    fine_alone = models.BooleanField(
        default=False, help_text="Running on one host is a choice, not an oversight"
    )
    runbook = models.CharField(max_length=300, blank=True)
    rto_minutes = models.PositiveIntegerField(
        null=True, blank=True, verbose_name="back within (minutes)"
    )
    notes = models.TextField(blank=True, help_text="Markdown")
    example = models.BooleanField(default=False)

    objects = OpenQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class GroupKind(models.TextChoices):
    ACTIVE_ACTIVE = "active-active", "All members work"
    ACTIVE_PASSIVE = "active-passive", "One works, others stand by"
    CLUSTER = "cluster", "Cluster with a manager"
    UNKNOWN = "unknown", "Not known"


class RedundancyGroup(Revisioned):
    """Hosts that are meant to stand in for each other."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=16, choices=GroupKind, default=GroupKind.UNKNOWN)
    members = models.ManyToManyField(Host, blank=True, related_name="redundancy_groups")
    min_members = models.PositiveIntegerField(null=True, blank=True)
    notes = models.TextField(blank=True, help_text="Markdown")
    example = models.BooleanField(default=False)

    objects = OpenQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UpkeepKind(models.TextChoices):
    RESTORE_TEST = "restore_test", "Restore test"
    FAILOVER_DRILL = "failover_drill", "Failover drill"
    MAINTENANCE_WINDOW = "maintenance_window", "Maintenance window"
    UPGRADE = "upgrade", "Upgrade"
    KIT_CHECK = "kit_check", "Site kit check"
    CONSOLE_TEST = "console_test", "Console test"
    RUNBOOK_REVIEW = "runbook_review", "Runbook review"


RESULTS = [("ok", "Worked"), ("failed", "Failed"), ("partial", "Partly")]


class UpkeepQuerySet(OpenQuerySet):
    def standing(self) -> Self:
        """Those that nobody has taken back."""
        return self.filter(taken_back_at=None)


class Upkeep(models.Model):
    """What no tool reports: somebody tested a restore, used a window, drilled a failover.

    ``detail`` says which backup job, runbook or kit it was about.  Of a failover, ``planned`` is
    false for a real one, and ``partial_fault`` true where it was no clean stop.  ``key`` is that
    of the form it came from: one form makes one record.  A record that was wrong is taken back,
    never deleted, and counts no more.
    """

    kind = models.CharField(max_length=20, choices=UpkeepKind)
    happened_at = models.DateTimeField(default=timezone.now)
    result = models.CharField(
        max_length=10,
        choices=RESULTS,
        default="ok",
    )
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    host = models.ForeignKey(
        Host, null=True, blank=True, on_delete=models.CASCADE, related_name="upkeep"
    )
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.CASCADE, related_name="upkeep"
    )
    group = models.ForeignKey(
        RedundancyGroup, null=True, blank=True, on_delete=models.CASCADE, related_name="upkeep"
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.CASCADE, related_name="upkeep"
    )
    note = models.TextField(blank=True)
    evidence_url = models.URLField(blank=True)
    took_minutes = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0)])
    detail = models.CharField(max_length=200, blank=True)
    planned = models.BooleanField(null=True, blank=True)
    partial_fault = models.BooleanField(null=True, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    key = models.CharField(max_length=64, blank=True, editable=False)
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    example = models.BooleanField(default=False)

    objects = UpkeepQuerySet.as_manager()

    class Meta:
        ordering = ["-happened_at"]
        constraints = [
            models.CheckConstraint(
                name="upkeep_has_one_subject",
                condition=(
                    Q(host__isnull=False, service=None, group=None, site=None)
                    | Q(host=None, service__isnull=False, group=None, site=None)
                    | Q(host=None, service=None, group__isnull=False, site=None)
                    | Q(host=None, service=None, group=None, site__isnull=False)
                ),
            ),
            models.UniqueConstraint(
                fields=["key"], condition=~Q(key=""), name="one_record_of_a_form"
            ),
        ]
        indexes = [models.Index(fields=["kind", "-happened_at"], name="upkeep_kind_when")]


class FactHistory(models.Model):
    """One value of one section from one source, and how long it held.

    The row with ``until`` empty is what that source says now; only there ``value`` follows the
    fields that change with every report, which are left out of ``digest``.
    """

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="history")
    section = models.CharField(max_length=40)
    source = models.CharField(max_length=60)
    value = QuickJSONField()
    digest = models.CharField(max_length=64)
    since = models.DateTimeField()
    last_seen = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["host_id", "section", "source", "since"]
        constraints = [
            models.UniqueConstraint(
                fields=["host", "section", "source"],
                condition=Q(until=None),
                name="one_present_per_source",
            ),
            models.UniqueConstraint(
                fields=["host", "section", "source", "since"],
                name="one_value_per_source_and_moment",
            ),
        ]
        indexes = [
            # Serves looking back: who stood in a group, a service or a nest at a moment.
            models.Index(
                fields=["since"], name="history_of_register", condition=Q(section="inventory")
            ),
        ]


class FactSample(models.Model):
    """One value a day of the fields that change with every report, for trends."""

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="samples")
    section = models.CharField(max_length=40)
    source = models.CharField(max_length=60)
    day = models.DateField()
    value = QuickJSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["host", "section", "source", "day"], name="one_sample_per_day"
            )
        ]


class LastReport(models.Model):
    """The last report of a source about a host, as it is known when it comes again.

    ``said``: its time, by what it finds its host, its notes, and the digest of each section.
    """

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="last_reports")
    source = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    said = QuickJSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "source"], name="one_last_report_per_source")
        ]
        indexes = [models.Index(fields=["fingerprint"], name="last_report_fingerprint")]


class ShelfLife(models.Model):
    """For how long what a section or a source says is good, as somebody set it.

    Rows are never changed or deleted: a new setting ends the old one, so the same rows are the
    setting, its history, and what was in force at any moment.  ``section`` and ``source`` both
    empty set the life of everything else (else ``SHELF_LIFE_DAYS`` of the environment).
    """

    section = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=60, blank=True)
    days = models.FloatField()
    because = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["section", "source", "-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["section", "source"],
                condition=Q(ended_at=None),
                name="one_shelf_life_in_force",
            ),
            models.CheckConstraint(condition=Q(days__gt=0), name="shelf_life_above_nothing"),
        ]


import incidents.hosts.merges  # noqa: E402 (Django looks for models here)
import incidents.hosts.provisions  # noqa: E402, F401
