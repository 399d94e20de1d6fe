"""What alerting tools told, so that a repeat is recognised and a write-up can be begun from it."""

from django.db import models

from incidents.hosts.models import Host
from incidents.records.models import Incident


class AlertGroup(models.Model):
    """What a tool groups together; its newest incident, if it opened one."""

    key = models.CharField(max_length=600, unique=True, help_text="tool:its own name for the group")
    incident = models.ForeignKey(
        Incident, null=True, blank=True, on_delete=models.SET_NULL, related_name="alert_groups"
    )
    heard_at = models.DateTimeField(help_text="when it was last heard of")


class Alert(models.Model):
    """One alert from when it fired to when it was over; the same again is the same row."""

    group = models.ForeignKey(AlertGroup, on_delete=models.CASCADE, related_name="alerts")
    fingerprint = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    title = models.CharField(max_length=300)
    labels = models.JSONField(default=dict)
    host = models.ForeignKey(
        Host, null=True, blank=True, on_delete=models.SET_NULL, related_name="alerts"
    )
    incident = models.ForeignKey(
        Incident, null=True, blank=True, on_delete=models.SET_NULL, related_name="alerts"
    )
    heard_at = models.DateTimeField()

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "fingerprint", "started_at"], name="one_alert_per_start"
            )
        ]
        indexes = [models.Index(fields=["host", "-started_at"], name="alert_host_started")]
