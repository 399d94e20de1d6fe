"""Names that hosts had before, and the merges that two records of one host went through."""

from typing import Self

from django.db import models

from kb.accounts.models import User


class FormerName(models.Model):
    """A host was called so, by a rename or by a record that was merged into it.

    Addresses, reports, alerts and short links that still use the name lead to the host.  A host
    that bears the name now always goes first.
    """

    name = models.CharField(max_length=253, unique=True)
    host = models.ForeignKey("hosts.Host", on_delete=models.CASCADE, related_name="former_names")
    since = models.DateTimeField()


class MergeQuerySet(models.QuerySet["HostMerge"]):
    def visible_to(self, user: User) -> Self:
        """Merges are for everybody who is signed in, as hosts are."""
        return self if user.is_active else self.none()


class HostMerge(models.Model):
    """Two records became one.

    ``journal`` holds every row that moved, changed, was made or went, so that undoing it puts
    each of them back; ``left`` says what could not be put back, because it had changed since.
    """

    kept = models.ForeignKey("hosts.Host", on_delete=models.CASCADE, related_name="merges")
    kept_name = models.CharField(max_length=253)
    lost_id = models.PositiveBigIntegerField()
    lost_name = models.CharField(max_length=253)
    chosen = models.JSONField(default=dict, help_text="field: kept, lost or both")
    counts = models.JSONField(default=dict, help_text="kind of row: how many came over")
    journal = models.JSONField(default=list)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    left = models.JSONField(default=list)

    objects = MergeQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.lost_name} into {self.kept_name}"
