"""Patterns as things that people comment on and watch."""

from django.urls import reverse

from incidents.patterns.models import Pattern
from kb.wiki.things import Thing, things

things.register(
    "pattern",
    Thing(
        "pattern",
        "Pattern",
        Pattern,
        lambda pattern: reverse("patterns:detail", args=[pattern.slug]),
        "slug",
    ),
    rank=35,
)
