"""Rules of pages: an address that stays, and creation."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import slugify

from kb.accounts.models import User
from kb.wiki import revisions
from kb.wiki.models import Page

#: Words that stand where a slug stands in the addresses of these rooms.
TAKEN = frozenset({"new"})


def free_slug(model: type[models.Model], title: str, *, most: int = 120) -> str:
    """A slug from a title that no row has yet: ``title``, ``title-2``, ``title-3`` …"""
    stem = slugify(title)[: most - 6].strip("-") or "untitled"
    rows = model._default_manager.filter(slug__startswith=stem)
    there = set(rows.values_list("slug", flat=True)) | TAKEN
    slug, number = stem, 2
    while slug in there:
        slug, number = f"{stem}-{number}", number + 1
    return slug


@transaction.atomic
def create_page(*, by: User | None, title: str, slug: str = "", **fields: Any) -> Page:
    """A new page; without a ``slug`` one is made from the title and then stays for ever."""
    if slug in TAKEN:
        raise ValidationError({"slug": f"{slug!r} is an address of its own; choose another."})
    page = Page(title=title, slug=slug or free_slug(Page, title), **fields)
    page.full_clean(exclude=["updated_by"])
    return revisions.create(page, by=by).current
