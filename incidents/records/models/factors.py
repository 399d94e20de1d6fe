"""Kinds of contributing factors."""

from typing import Self

from django.db import models

from kb.accounts.models import User


class FactorQuerySet(models.QuerySet["Factor"]):
    def visible_to(self, user: User) -> Self:
        """The taxonomy is for everybody who is signed in."""
        return self if user.is_active else self.none()


class Factor(models.Model):
    """A kind of contributing factor.  Several may have contributed; none is called the root."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    about = models.TextField(blank=True, help_text="What belongs here, and what does not")
    origin = models.CharField(
        max_length=10, choices=[("library", "Shipped"), ("team", "Ours")], default="team"
    )
    retired = models.BooleanField(
        default=False, help_text="No longer offered; incidents that name it keep it"
    )

    objects = FactorQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
