"""Who wants to hear of what."""

from typing import Self

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone

from kb.accounts.models import User
from kb.wiki.things import get, kind_of


class WatchQuerySet(models.QuerySet["Watch"]):
    def visible_to(self, user: User) -> Self:
        """What one watches is one's own affair."""
        return self.filter(user=user) if user.is_active else self.none()


class Watch(models.Model):
    """A person watches a thing or a tag.

    Changes after ``since`` are told by one mail (``told_at``); then nothing more is sent until the
    person has looked, which sets both anew.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watches"
    )
    content_type = models.ForeignKey(
        ContentType, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    object_id = models.PositiveBigIntegerField(null=True, blank=True)
    tag = models.CharField(max_length=60, blank=True)
    since = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, blank=True)

    objects = WatchQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "content_type", "object_id"],
                condition=models.Q(tag=""),
                name="thing_watched_once",
            ),
            models.UniqueConstraint(
                fields=["user", "tag"], condition=~models.Q(tag=""), name="tag_watched_once"
            ),
        ]

    def __str__(self) -> str:
        return f"tag {self.tag}" if self.tag else str(self.thing or "something that is gone")

    @property
    def key(self) -> str:
        """``page:12`` or ``tag:raid``."""
        if self.content_type_id is None:
            return f"tag:{self.tag}"
        return f"{kind_of(self.content_type_id)}:{self.object_id}"

    @property
    def thing(self) -> models.Model | None:
        return get(self.key)
