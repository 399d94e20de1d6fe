"""How one incident bears on another."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from incidents.records.models.incidents import Incident
from kb.accounts.models import User


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
