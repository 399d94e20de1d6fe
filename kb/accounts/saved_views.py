"""Saved views: the filters of a page under a name, for oneself or for everybody."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict

from kb.accounts.models import SavedView, User

#: Pages that have them: name → address.
PAGES = {"flags": "/flags/", "hosts": "/hosts/", "pages": "/pages/", "search": "/search/"}
MOST = 100
_NOT_KEPT = ("page", "format", "next", "show")


@dataclass(frozen=True, slots=True)
class Shown:
    """A view as a page lists it; ``here`` says that the page shows just this."""

    view: SavedView
    address: str
    here: bool
    mine: bool


def visible_to(user: User) -> QuerySet[SavedView]:
    """One's own, and those that others share."""
    return SavedView.objects.filter(Q(user=user) | Q(shared=True)).select_related("user")


def tidy(query: str) -> str:
    """The filters of an address in a fixed order, without what is no filter."""
    said = QueryDict(query.removeprefix("?"), mutable=True)
    for name in _NOT_KEPT:
        said.pop(name, None)
    pairs = sorted((name, value) for name, values in said.lists() for value in values if value)
    kept = QueryDict(mutable=True)
    for name, value in pairs:
        kept.appendlist(name, value)
    return kept.urlencode()


def save(user: User, page: str, name: str, query: str = "", *, shared: bool = False) -> SavedView:
    """Keep a view; one's own of the same name is replaced.  ``ValidationError`` by field."""
    name, query = name.strip(), tidy(query)
    if page not in PAGES:
        raise ValidationError({"page": f"Views are kept for: {', '.join(PAGES)}."})
    if not name:
        raise ValidationError({"name": "Give the view a name."})
    if len(name) > 80:
        raise ValidationError({"name": "At most 80 characters."})
    if len(query) > 2000:
        raise ValidationError({"query": "These filters are too long to keep."})
    mine = SavedView.objects.filter(user=user, page=page)
    if not mine.filter(name=name).exists() and mine.count() >= MOST:
        raise ValidationError({"name": f"You keep {MOST} views already; remove one first."})
    try:
        with transaction.atomic():
            view, _ = SavedView.objects.update_or_create(
                user=user, page=page, name=name, defaults={"query": query, "shared": shared}
            )
    except IntegrityError:  # the same form, sent twice at once
        view = SavedView.objects.get(user=user, page=page, name=name)
    return view


def remove(user: User, pk: int) -> bool:
    """Take one's own view away (an admin, anybody's); whether it was there."""
    views = SavedView.objects.filter(pk=pk)
    if not user.is_keeper:
        views = views.filter(user=user)
    return bool(views.delete()[0])


def shown(user: User, page: str, query: str) -> list[Shown]:
    """The views of a page for a reader: one's own first, by name."""
    now = tidy(query)
    views = sorted(
        visible_to(user).filter(page=page),
        key=lambda view: (view.user_id != user.pk, view.name.lower()),
    )
    return [
        Shown(view, f"{PAGES[page]}?{view.query}", view.query == now, view.user_id == user.pk)
        for view in views
    ]
