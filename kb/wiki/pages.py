"""Rules of pages: creation, an address that old links keep finding, and reading them again."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import QuerySet
from django.utils.text import slugify

from kb.accounts.models import User
from kb.search.indexing import renamed
from kb.wiki import revisions
from kb.wiki.models import OldName, Page
from kb.wiki.revisions import Conflict, Saved

#: Words that stand where a slug stands in the addresses of these rooms.
TAKEN = frozenset({"new", "wanted"})


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
def create_page(
    *, by: User | None, title: str, slug: str = "", about: list[str] | None = None, **fields: Any
) -> Page:
    """A new page; without a ``slug`` one is made from the title.  ``about`` is ``kind:name``s."""
    _check_slug(slug)
    page = Page(title=title, slug=slug or free_slug(Page, title), **fields)
    page.full_clean(exclude=["updated_by"])
    # Whoever takes an address that another page left behind has it now.
    OldName.objects.filter(kind="page", name=page.slug).delete()
    return revisions.create(page, by=by, relations={"about": about or []}).current


def save_page(
    page: Page, *, changes: dict[str, Any], **saving: Any
) -> Saved[Page] | Conflict[Page]:
    """``revisions.save`` for a page: a new address must be free, and the old one leads to it."""
    _check_slug(changes.get("slug", ""))
    try:
        with transaction.atomic():
            outcome = revisions.save(page, changes=changes, **saving)
            if isinstance(outcome, Saved) and {"slug", "title"} & changes.keys():
                renamed(f"page:{page.pk}")
            return outcome
    except IntegrityError:
        raise ValidationError({"slug": "Another page has this address; choose another."}) from None


def _check_slug(slug: str) -> None:
    if slug in TAKEN:
        raise ValidationError({"slug": f"{slug!r} is an address of its own; choose another."})


def review_due(pages: QuerySet[Page], today: date) -> QuerySet[Page]:
    """Those that somebody promised to have read again by now, the longest overdue first."""
    return pages.filter(review_by__lte=today).order_by("review_by", "title")


def to_read_again(user: User, today: date) -> QuerySet[Page]:
    """The same of this person's teams: stale pages come to their owner."""
    return review_due(Page.objects.visible_to(user).filter(owner__in=user.teams.all()), today)
