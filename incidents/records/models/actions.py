"""Actions: what somebody will do about it."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q

from incidents.hosts.models import Host
from incidents.patterns.models import Pattern
from incidents.records.models.incidents import Incident
from incidents.records.models.lessons import Lesson
from kb.accounts.models import Team, User
from kb.wiki.models import Revisioned


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
