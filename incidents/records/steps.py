"""What a write-up goes through: who moved it on, and whether it was read together."""

from typing import Self

from django.db import models
from django.db.models import F

from incidents.records.models import Incident, IncidentStatus
from kb.accounts.models import User


class StatusMove(models.Model):
    """Who moved a write-up on, when and why; an amendment is a move too.  Only ever added to."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="moves")
    at = models.DateTimeField()
    before = models.CharField(max_length=10, choices=IncidentStatus, blank=True)
    after = models.CharField(max_length=10, choices=IncidentStatus)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    revision = models.PositiveIntegerField()

    class Meta:
        ordering = ["at", "pk"]


class ReadingQuerySet(models.QuerySet["Reading"]):
    def visible_to(self, user: User) -> Self:
        """Entries whose write-up the user may see."""
        return self.filter(incident__in=Incident.objects.visible_to(user))


class Reading(models.Model):
    """A write-up on the list of the reading club: to be read together, or read already."""

    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, related_name="reading")
    on = models.DateField(null=True, blank=True, help_text="The day on which it is read")
    note = models.CharField(max_length=300, blank=True, help_text="What to talk about")
    added_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    added_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        ordering = [F("on").asc(nulls_last=True), "added_at", "pk"]
