"""What the doors keep: words of inventories, pulls from NetBox, uploads that wait for a yes."""

import uuid

from django.db import models
from django.utils import timezone

from incidents.hosts.models import Host
from kb.accounts.models import User


class InventoryWords(models.Model):
    """What one inventory last said of a host's register, so that a person's word is not undone."""

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="inventory_words")
    source = models.CharField(max_length=64)
    said = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "source"], name="one_word_per_inventory")
        ]


class Pull(models.Model):
    """One walk through NetBox.  ``step`` and ``offset`` say where it goes on after a break."""

    started_at = models.DateTimeField(default=timezone.now)
    alive_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    step = models.PositiveSmallIntegerField(default=0)
    offset = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]


class PulledObject(models.Model):
    """What became of one object of NetBox when it was last pulled.

    ``key`` is its kind and number there, which outlast a new name.
    """

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=253, blank=True)
    host = models.ForeignKey(
        Host, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    ok = models.BooleanField(default=True)
    result = models.TextField(blank=True)
    pull = models.ForeignKey(Pull, null=True, on_delete=models.SET_NULL, related_name="pulled")
    seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["ok", "name"]


class Upload(models.Model):
    """Reports that somebody uploaded and has not said yes to; only the sender sees them.

    ``items`` holds what was read (never the files: they may hold secrets), ``table`` a CSV list
    with the meaning of its columns, ``outcome`` what became of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    items = models.JSONField(default=list)
    table = models.JSONField(default=dict, blank=True)
    outcome = models.JSONField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
