"""Timelines, line by line."""

from typing import Self

from django.db import models

from incidents.records.models.incidents import Incident
from kb.accounts.models import User
from kb.wiki.models import Revisioned


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
