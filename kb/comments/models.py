"""What people say about a thing: flat, in Markdown, and resolvable."""

from typing import Self

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models

from kb.accounts.models import User
from kb.wiki.models import Revisioned
from kb.wiki.things import hanging_on_seen, kind_of


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, user: User) -> Self:
        """Whoever may see the thing may read what is said about it."""
        return self.filter(deleted_at=None).filter(hanging_on_seen(user))

    def in_bin(self, user: User) -> Self:
        return self.exclude(deleted_at=None).filter(hanging_on_seen(user))

    def about(self, thing: models.Model) -> Self:
        """What is said about one thing, in the order it was said."""
        kind = ContentType.objects.get_for_model(type(thing))
        return self.filter(content_type=kind, object_id=thing.pk, deleted_at=None)


class Comment(Revisioned):
    """A remark of one person on a thing; an edit of it is a revision like any other."""

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    body = models.TextField(help_text="Markdown")
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        # Serves the card beneath a thing, and what search knows of it.
        indexes = [models.Index(fields=["content_type", "object_id"], name="comment_thing")]

    def __str__(self) -> str:
        words = " ".join(self.body.split())
        return f"{words[:79]}…" if len(words) > 80 else words

    @property
    def thing_key(self) -> str:
        """``page:12``: what it is about."""
        return f"{kind_of(self.content_type_id)}:{self.object_id}"
