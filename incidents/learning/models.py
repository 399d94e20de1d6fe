"""What is kept ready for learning: what hosts have in common, and which patterns had warned."""

from typing import Self

from django.db import models

from incidents.hosts.models import Host
from incidents.patterns.models import Flag, Pattern
from incidents.records.models import Incident
from kb.accounts.models import User


class HostTraits(models.Model):
    """Up to where a host's traits were read: of which report and which revision of its record."""

    host = models.OneToOneField(
        Host, primary_key=True, on_delete=models.CASCADE, related_name="traits_read"
    )
    reported_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="of the traits: they are rarely others")


class HostTrait(models.Model):
    """One thing an active host has, findable from the thing: ``key`` is that of kind and value."""

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="traits")
    key = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=200)

    class Meta:
        constraints = [
            # Serves counting a trait and naming its hosts, out of the index alone.
            models.UniqueConstraint(fields=["key", "host"], name="one_trait_of_a_kind"),
        ]


class ConfirmationQuerySet(models.QuerySet["Confirmation"]):
    def visible_to(self, user: User) -> Self:
        """Those of incidents the user may see: a restricted one confirms nothing to others."""
        return self.filter(incident__in=Incident.objects.visible_to(user))

    def standing(self) -> Self:
        """Those that nobody has called a coincidence."""
        return self.filter(refused_at=None)


class Confirmation(models.Model):
    """When an incident began, this flag stood open on a host that it hurt: its pattern had warned.

    A person may say that the one had nothing to do with the other; then it counts no more.
    """

    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, related_name="confirmations")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="confirmations")
    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="confirmations")
    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="+")
    opened_at = models.DateTimeField(help_text="since when the flag had warned")
    at = models.DateTimeField()
    refused_at = models.DateTimeField(null=True, blank=True)
    refused_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ConfirmationQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "flag"], name="one_confirmation_per_incident_and_flag"
            )
        ]


class ReadUpTo(models.Model):
    """How far a reader of an append-only log has come."""

    log = models.CharField(max_length=40, primary_key=True)
    position = models.PositiveBigIntegerField(default=0)
