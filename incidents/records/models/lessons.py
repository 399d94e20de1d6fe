"""Lessons: what the next person should know."""

from typing import Self

from django.db import models

from kb.accounts.models import Team, User
from kb.wiki.models import Revisioned


class LessonState(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    ACTIVE = "active", "Active"
    DORMANT = "dormant", "Dormant"
    RETIRED = "retired", "Retired"


class Confidence(models.TextChoices):
    LOW = "low", "Low: one story, or a hunch"
    MEDIUM = "medium", "Medium: it held more than once"
    HIGH = "high", "High: nobody here doubts it"


class LessonQuerySet(models.QuerySet["Lesson"]):
    def visible_to(self, user: User) -> Self:
        """Lessons are for everybody who is signed in; which incidents taught them may not be."""
        return self.filter(deleted_at=None) if user.is_active else self.none()

    def in_bin(self, user: User) -> Self:
        return self.exclude(deleted_at=None) if user.is_active else self.none()


class Lesson(Revisioned):
    slug = models.SlugField(max_length=120, unique=True)
    title = models.CharField(max_length=200)
    statement = models.TextField(help_text="The lesson in a sentence or two")
    why = models.TextField(blank=True, help_text="Markdown")
    scope = models.TextField(blank=True, help_text="Where it holds, and where it does not")
    confidence = models.CharField(
        max_length=10, choices=Confidence, default=Confidence.MEDIUM, help_text="How sure we are"
    )
    state = models.CharField(max_length=10, choices=LessonState, default=LessonState.ACTIVE)
    owner = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="lessons"
    )
    review_by = models.DateField(null=True, blank=True)
    tags = models.JSONField(default=list, blank=True)
    origin = models.CharField(
        max_length=10, choices=[("library", "Shipped"), ("team", "Ours")], default="team"
    )
    shipped_digest = models.CharField(max_length=64, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True)
    example = models.BooleanField(default=False)

    objects = LessonQuerySet.as_manager()

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title
