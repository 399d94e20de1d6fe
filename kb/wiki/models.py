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

    def in_bin(self, user: User) -> Self:
        """Thrown away; whoever is signed in could read them."""
        return self.exclude(deleted_at=None) if user.is_active else self.none()


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


class Link(models.Model):
    """A short link in a saved text: where it stands, how it is written, and what it means, by id.

    ``home`` is the thing that readers visit (the incident of a line of its timeline).  Without a
    ``target_id`` nothing of that name was there when the text was saved.  A page may also be
    *about* a thing without naming it in its text: then ``stated`` is true and ``key`` empty.
    """

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    home_kind = models.CharField(max_length=20)
    home_id = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200, blank=True, help_text="the key, as names are compared")
    target_id = models.PositiveBigIntegerField(null=True, blank=True)
    stated = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "kind", "key", "target_id", "stated"],
                name="one_link_per_meaning",
            )
        ]
        indexes = [
            # what a page of its home shows; "mentioned in"; wanted pages
            models.Index(fields=["home_kind", "home_id"], name="link_home"),
            models.Index(fields=["kind", "target_id"], name="link_target"),
            models.Index(
                fields=["kind", "name"], condition=models.Q(target_id=None), name="link_wanted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.home_kind}:{self.home_id} → {self.kind}:{self.key}"


class OldName(models.Model):
    """A name that something bore once.  Its address and the links to it still lead there."""

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    target_id = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="one_bearer_per_old_name")
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


class Presence(models.Model):
    """Somebody has a thing open to write on it.  The row lives as long as they go on saying so."""

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "user"], name="one_presence_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.since}"
