"""Users with a role, teams, and the hashed tokens of tooling."""

from typing import Self

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower


class Role(models.TextChoices):
    VIEWER = "viewer", "Viewer: reads"
    RESPONDER = "responder", "Responder: reads and writes"
    ADMIN = "admin", "Admin: also looks after people, patterns and settings"


class User(AbstractUser):
    """Somebody who signs in.  ``role`` says what they may do, teams say where they belong."""

    role = models.CharField(max_length=16, choices=Role, default=Role.VIEWER)
    time_zone = models.CharField(max_length=64, default="UTC")

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_ci"),
        ]

    @property
    def may_write(self) -> bool:
        """Whether this person may record hosts, incidents, lessons and act on flags."""
        return self.is_active and self.role in (Role.RESPONDER, Role.ADMIN)

    @property
    def is_keeper(self) -> bool:
        """Whether this person looks after people, patterns and settings."""
        return self.is_active and self.role == Role.ADMIN


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, user: User) -> Self:
        """Teams are known to everybody who is signed in."""
        return self if user.is_active else self.none()


class Team(models.Model):
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120, unique=True)
    email = models.EmailField(blank=True)
    members = models.ManyToManyField(User, blank=True, related_name="teams")
    example = models.BooleanField(default=False)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ApiToken(models.Model):
    """A key for tooling.  Only its SHA-256 is kept; ``prefix`` tells tokens apart in lists."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=120, default="command line")
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class IdempotentAnswer(models.Model):
    """What a POST under an Idempotency-Key was answered, for a day."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64, help_text="of the address and the body")
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_key"),
        ]


class SavedView(models.Model):
    """The filters of a page under a name; ``query`` is what stands behind the ``?``."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=2000, blank=True)
    shared = models.BooleanField(default=False)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "page", "name"], name="one_view_per_name"),
        ]
        indexes = [models.Index(fields=["page", "shared"], name="view_page_shared")]

    def __str__(self) -> str:
        return self.name
