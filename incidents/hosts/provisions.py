"""What is kept ready for a bad day: runbooks, kits, spare parts, people with a way in, advisories.

They are parts of the register like hosts and sites.  Whoever takes one away leaves a trace: the
row stays with the day it was taken away, and can be brought back.
"""

from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from kb.accounts.models import User
from kb.wiki.models import Revisioned


class ProvisionQuerySet(models.QuerySet):
    """Rows for everybody who is signed in."""

    def visible_to(self, user: User) -> Self:
        return self.kept() if user.is_active else self.none()

    def kept(self) -> Self:
        """Those that nobody has taken away."""
        return self.filter(gone_at=None)


class Provision(Revisioned):
    """What all of them have: they can be taken away, and brought back."""

    gone_at = models.DateTimeField(null=True, blank=True, verbose_name="taken away")
    example = models.BooleanField(default=False)

    objects = ProvisionQuerySet.as_manager()

    class Meta:
        abstract = True


class RunbookKind(models.TextChoices):
    RESTORE = "restore", "Restore"
    FAILOVER = "failover", "Failover"
    RESTART = "restart", "Restart"
    OTHER = "other", "Other"


class Runbook(Provision):
    """What to do when a service fails, and where that is written.

    ``stored_on`` is the host it lies on, ``elsewhere`` says that it lies on none of ours (paper, a
    page of another company); neither is said while nobody knows.
    """

    service = models.ForeignKey("hosts.Service", on_delete=models.CASCADE, related_name="runbooks")
    kind = models.CharField(max_length=10, choices=RunbookKind, default=RunbookKind.RESTORE)
    title = models.CharField(max_length=160)
    where = models.CharField(max_length=300, blank=True)
    stored_on = models.ForeignKey(
        "hosts.Host", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    elsewhere = models.BooleanField(default=False)

    class Meta:
        ordering = ["kind", "title", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "title"],
                condition=Q(gone_at=None),
                name="one_runbook_of_a_title",
                violation_error_message="This service has a runbook of that title. Edit that one.",
            ),
            models.CheckConstraint(
                condition=Q(elsewhere=False) | Q(stored_on=None),
                name="runbook_lies_in_one_place",
                violation_error_message="Say either the host it lies on, or that it lies on none.",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Kit(Provision):
    """A box of tools at a site; ``kit_check`` in the upkeep says when somebody looked into it."""

    site = models.ForeignKey("hosts.Site", on_delete=models.CASCADE, related_name="kits")
    name = models.CharField(max_length=120)
    items = models.TextField(blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "name"],
                condition=Q(gone_at=None),
                name="one_kit_of_a_name",
                violation_error_message="This site has a kit of that name. Edit that one.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Spare(Provision):
    """A part that lies at a site; a count of 0 says that there should be some and is none."""

    site = models.ForeignKey("hosts.Site", on_delete=models.CASCADE, related_name="spares")
    part = models.CharField(max_length=60)
    model = models.CharField(max_length=120, blank=True)
    count = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["part", "model", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "part", "model"],
                condition=Q(gone_at=None),
                name="one_count_of_a_spare",
                violation_error_message="That spare is on the list already. Change its count.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.model}".strip()


class SiteAccess(Provision):
    """Somebody who may enter a site: a user of Twiceshy, or anybody by name."""

    site = models.ForeignKey("hosts.Site", on_delete=models.CASCADE, related_name="access")
    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    name = models.CharField(max_length=120, blank=True)
    hours = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "site access"
        constraints = [
            models.UniqueConstraint(
                fields=["site", "person"],
                condition=Q(gone_at=None, person__isnull=False),
                name="one_access_of_a_user",
                violation_error_message="That person is on the list already. Edit that entry.",
            ),
            models.UniqueConstraint(
                fields=["site", "name"],
                condition=Q(gone_at=None, person=None),
                name="one_access_of_a_name",
                violation_error_message="That person is on the list already. Edit that entry.",
            ),
        ]

    def __str__(self) -> str:
        return self.person.username if self.person else self.name


class AdvisedPart(models.TextChoices):
    DRIVE = "drive", "Drive"
    CONTROLLER = "controller", "Controller"


class Advisory(Provision):
    """Firmware of a drive or controller of which its maker says that it fails.

    ``model`` may hold ``*`` for any letters.  ``deadline_hours``: so many powered hours and the
    drive fails, where the advisory names any.
    """

    what = models.CharField(max_length=12, choices=AdvisedPart, default=AdvisedPart.DRIVE)
    model = models.CharField(max_length=120)
    fixed_in = models.CharField(max_length=60)
    deadline_hours = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    url = models.URLField(max_length=500, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["model", "pk"]
        verbose_name_plural = "advisories"
        constraints = [
            models.UniqueConstraint(
                fields=["what", "model", "fixed_in"],
                condition=Q(gone_at=None),
                name="one_advisory_of_a_model",
                violation_error_message="That advisory is on the list already. Edit that one.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.model} before {self.fixed_in}"
