"""What still has to happen because of a change, written in the change's own transaction."""

from django.db import models


class OutboxRow(models.Model):
    """One afterthought: ``topic`` names who drains it, ``key`` what it is about."""

    topic = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    payload = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    not_before = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        # Serves the drain: the oldest rows of one topic.
        indexes = [models.Index(fields=["topic", "id"], name="outbox_topic_id")]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"
