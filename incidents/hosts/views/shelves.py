"""Pages of what is kept ready at a site or for a service, and of the team's advisories: one set of
pages for all of these lists.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from incidents.hosts import providing
from incidents.hosts.models import Service, Site
from incidents.hosts.places import address_of
from incidents.hosts.provisions import Advisory, Kit, Runbook, SiteAccess, Spare
from incidents.hosts.shelf_forms import (
    AdvisoryForm,
    KitForm,
    RunbookForm,
    ShelfForm,
    SiteAccessForm,
    SpareForm,
)
from kb.accounts.models import User
from kb.wiki import editing
from kb.wiki.editing import person, writer
from kb.wiki.forms import RevisedForm
from kb.wiki.looking_back import show_history
from kb.wiki.revisions import Conflict

PAGE = 100


@dataclass(frozen=True, slots=True)
class Shelf:
    """One list.  ``of`` is the field that leads to the thing it belongs to, empty for advisories;
    ``line`` gives the words beside an entry's name."""

    word: str
    plural: str
    title: str
    model: type[Any]
    form: type[ShelfForm]
    of: str
    line: Callable[[Any], str]
    empty: str

    @property
    def related(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.model._meta.fields if field.name in _LINKS)

    def rows(self, thing: Any) -> Any:
        """Every entry, those that were taken away too."""
        rows = self.model.objects.select_related(*self.related)
        return rows.filter(**{self.of: thing}) if self.of else rows

    def address(self, page: str, thing: Any, entry: Any = None) -> str:
        names = [thing.slug] if thing is not None else []
        return reverse(f"hosts:{self.word}-{page}", args=names + ([entry.pk] if entry else []))


_LINKS = ("person", "stored_on")


def _runbook(book: Runbook) -> str:
    lies = "on no host of ours" if book.elsewhere else ""
    lies = f"on {book.stored_on.name}" if book.stored_on else lies
    return ", ".join(word for word in (book.get_kind_display().lower(), book.where, lies) if word)


def _advisory(one: Advisory) -> str:
    hours = f", fails at {one.deadline_hours:,} hours" if one.deadline_hours else ""
    return f"{one.get_what_display().lower()}, mended in {one.fixed_in}{hours}"


RUNBOOKS = Shelf(
    "runbook", "runbooks", "Runbooks", Runbook, RunbookForm, "service", _runbook,
    "Write down what brings it back, and where that is written: not only on the host it repairs.",
)  # fmt: skip
KITS = Shelf(
    "kit", "kits", "Kits", Kit, KitForm, "site", lambda kit: ", ".join(kit.items.split("\n")),
    "What would you carry there at night? Put it in a box, and write the box down.",
)  # fmt: skip
SPARES = Shelf(
    "spare", "spares", "Spares", Spare, SpareForm, "site", lambda spare: f"{spare.count} there",
    "Drives, controllers, batteries: what lies there to be swapped in.",
)  # fmt: skip
ACCESS = Shelf(
    "access", "access", "Who may enter", SiteAccess, SiteAccessForm, "site",
    lambda access: access.hours,
    "Name at least two: one of them will be on holiday.",
)  # fmt: skip
ADVISORIES = Shelf(
    "advisory", "advisories", "Advisories", Advisory, AdvisoryForm, "", _advisory,
    "When a maker says that some firmware fails, write it down here: every host that has it is "
    "flagged.",
)  # fmt: skip
SHELVES = (RUNBOOKS, KITS, SPARES, ACCESS)
THINGS: dict[str, type[Any]] = {"service": Service, "site": Site}


@dataclass(frozen=True, slots=True)
class Shown:
    """A list as it stands on the page of its thing."""

    shelf: Shelf
    entries: list[tuple[Any, str, str]]
    gone: list[tuple[Any, str]]
    new: str


def shelves_of(thing: Any, user: User) -> list[Shown]:
    """The lists of a site or service; none of a group."""
    return [shown(shelf, thing, user) for shelf in SHELVES if isinstance(thing, THINGS[shelf.of])]


def shown(shelf: Shelf, thing: Any, user: User) -> Shown:
    """One list; who may not write gets no addresses."""
    write = user.may_write
    rows = list(shelf.rows(thing))
    return Shown(
        shelf,
        [
            (one, shelf.line(one), shelf.address("edit", thing, one) if write else "")
            for one in rows
            if one.gone_at is None
        ],
        [(one, shelf.address("back", thing, one)) for one in rows if one.gone_at] if write else [],
        shelf.address("new", thing) if write else "",
    )


def _thing(request: HttpRequest, shelf: Shelf, slug: str) -> Any:
    if not shelf.of:
        return None
    return get_object_or_404(THINGS[shelf.of].objects.visible_to(person(request)), slug=slug)


def _entry(request: HttpRequest, shelf: Shelf, slug: str, pk: int) -> tuple[Any, Any]:
    thing = _thing(request, shelf, slug)
    entry = shelf.rows(thing).filter(pk=pk).first()
    if entry is None:
        raise Http404
    return thing, entry


def _home(shelf: Shelf, thing: Any) -> str:
    return (
        f"{address_of(thing)}#{shelf.plural}" if thing is not None else reverse("hosts:advisories")
    )


def entry_new(request: HttpRequest, shelf: Shelf, slug: str = "") -> HttpResponse:
    thing = _thing(request, shelf, slug)
    entry = shelf.model(**({shelf.of: thing} if shelf.of else {}))

    def create(obj: Any, form: RevisedForm, user: User) -> Any:
        for name, value in form.changes().items():
            setattr(obj, name, value)
        return providing.create(obj, by=user).current

    return editing.make(
        request,
        entry,
        shelf.form,
        template="hosts/entry.html",
        address=lambda made: _home(shelf, thing),
        create=create,
        context=_context(shelf, thing) | {"new": True},
        initial={"what": request.GET.get("what", "drive"), "model": request.GET.get("model", "")},
    )


def entry_edit(request: HttpRequest, shelf: Shelf, pk: int, slug: str = "") -> HttpResponse:
    thing, entry = _entry(request, shelf, slug, pk)
    return editing.edit(
        request,
        entry,
        shelf.form,
        template="hosts/entry.html",
        address=lambda saved: _home(shelf, thing),
        save=providing.save,
        context=_context(shelf, thing)
        | {
            "away": shelf.address("away", thing, entry),
            "history": shelf.address("history", thing, entry),
        },
    )


def _context(shelf: Shelf, thing: Any) -> dict[str, Any]:
    return {"shelf": shelf, "thing": thing, "cancel": _home(shelf, thing)}


def entry_history(request: HttpRequest, shelf: Shelf, pk: int, slug: str = "") -> HttpResponse:
    thing, entry = _entry(request, shelf, slug, pk)
    edit = shelf.address("edit", thing, entry)
    return show_history(request, entry, address=lambda _: edit, save=providing.save)


@require_POST
def entry_away(request: HttpRequest, shelf: Shelf, pk: int, slug: str = "") -> HttpResponse:
    """Take an entry off the list; it can be brought back from the page of its thing."""
    user = writer(request)
    thing, entry = _entry(request, shelf, slug, pk)
    expected = request.POST.get("revision", "")
    revision = int(expected) if expected.isdecimal() else entry.revision
    outcome = providing.take_away(entry, expected=revision, by=user)
    if isinstance(outcome, Conflict):
        messages.error(request, f"Somebody changed {entry} meanwhile. Read it again, then decide.")
        return redirect(shelf.address("edit", thing, entry))
    messages.success(request, f"{entry} is off the list; you can bring it back below it.")
    return redirect(_home(shelf, thing))


@require_POST
def entry_back(request: HttpRequest, shelf: Shelf, pk: int, slug: str = "") -> HttpResponse:
    user = writer(request)
    thing, entry = _entry(request, shelf, slug, pk)
    try:
        providing.bring_back(entry, expected=entry.revision, by=user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{entry} is on the list again.")
    return redirect(_home(shelf, thing))


@require_safe
def advisories(request: HttpRequest) -> HttpResponse:
    """The team's list of bad firmware."""
    user = person(request)
    found = shown(ADVISORIES, None, user)
    page = Paginator(found.entries, PAGE).get_page(request.GET.get("page"))
    return render(request, "hosts/advisories.html", {"list": found, "page": page})
