"""Pages, and what every text that people write has: a revision number and kept conflicts."""

from typing import Self

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from kb.accounts.models import Team, User


class Revisioned(models.Model):
    """Something people write together.  ``revision`` counts its saves, from 1.

    Save only through ``kb.wiki.revisions.save``, which compares the revision the writer started
    from, stores the new one with its author and reason, and never overwrites a stranger's words.
    """

    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        abstract = True


class SavedState(models.Model):
    """What a revision of django-reversion is to us: a numbered state of one thing, with its links.

    The columns are in reversion's own version row; ``links`` holds what is not a column, as names.
    """

    revision = models.OneToOneField(
        "reversion.Revision", on_delete=models.CASCADE, related_name="state"
    )
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    number = models.PositiveIntegerField()
    links = models.JSONField(default=dict)

    class Meta:
        ordering = ["-number"]
        constraints = [
            # Of two who save the same next revision, one fails, whatever else goes wrong.
            models.UniqueConstraint(
                fields=["content_type", "object_id", "number"], name="one_state_per_revision"
            )
        ]

    def __str__(self) -> str:
        return f"revision {self.number}"


class KeptText(models.Model):
    """What somebody typed and could not save because another saved first.  Never thrown away."""

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="kept_texts"
    )
    based_on = models.PositiveIntegerField()
    changes = models.JSONField(encoder=DjangoJSONEncoder)
    kept_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-kept_at"]
        indexes = [models.Index(fields=["content_type", "object_id"], name="kept_text_object")]

    def __str__(self) -> str:
        return f"kept from revision {self.based_on}"


class PageQuerySet(models.QuerySet["Page"]):
    def visible_to(self, user: User) -> Self:
        """Pages are for everybody who is signed in."""
        return self.filter(deleted_at=None) if user.is_active else self.none()


class Page(Revisioned):
    """A runbook or anything else worth writing down."""

    slug = models.SlugField(max_length=120, unique=True)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True, help_text="Markdown")
    tags = models.JSONField(default=list, blank=True)
    is_runbook = models.BooleanField(default=False)
    owner = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="pages"
    )
    review_by = models.DateField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    example = models.BooleanField(default=False)

    objects = PageQuerySet.as_manager()

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title
