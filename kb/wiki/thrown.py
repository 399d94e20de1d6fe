"""Writing onto what lies in the bin: the writer is told, keeps every word, and may bring it back.

Reading it stays a 404.  A view looks its thing up with ``there``; where somebody threw it away
meanwhile, ``AnswerThrown`` shows what was sent with a button that sends it once more, and that
brings the thing back first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from kb.accounts.models import User
from kb.web.problems import Problem
from kb.wiki.models import Revisioned
from kb.wiki.things import find, key_of, named, thing_of, things
from kb.wiki.tracking import Tracked, tracked

#: The field of a form that says: bring it back, then take what I wrote.
AGAIN = "bring_back"
#: What forms send besides words.
_MACHINERY = frozenset({
    "csrfmiddlewaretoken", "revision", "kept", "key", "object", "next", "then", "after", "number",
    "form", AGAIN,
})  # fmt: skip

T = TypeVar("T", bound=Model)


class ThrownAway(Exception):
    """Somebody threw ``obj`` into the bin; the person who is writing on it could see it before."""

    def __init__(self, obj: Any) -> None:
        super().__init__(f"{obj} is in the bin")
        self.obj = obj


def there(request: HttpRequest, rows: QuerySet[T], **called: Any) -> T:
    """The one of ``rows`` that is so ``called``, or a 404; for a form, see the module."""
    if (found := rows.filter(**called).first()) is not None:
        return found
    if not _writes(request) or (thrown := _thrown(rows.model, request.user, called)) is None:
        raise Http404("There is nothing at this address.")
    _bring_back(request, thrown)
    return rows.get(pk=thrown.pk)


def find_there(request: HttpRequest, key: str) -> Any | None:
    """The same for what ``kind:pk`` or ``kind:name`` names; None where that is nothing."""
    user = request.user
    assert isinstance(user, User)
    if (found := find(key, user)) is not None:
        return found
    thing = things.get(key.partition(":")[0])
    rows = thing.in_bin(user) if thing and thing.has_bin and _writes(request) else None
    if thing is None or rows is None or (thrown := named(thing, key, rows)) is None:
        return None
    _bring_back(request, thrown)
    return find(key, user)


def _writes(request: HttpRequest) -> bool:
    return request.method == "POST" and isinstance(request.user, User) and request.user.may_write


def _thrown(model: type[Model], user: Any, called: dict[str, Any]) -> Any | None:
    """What lies in the bin under that name, if this person could see it before."""
    rows: Any = model._default_manager.all()
    return rows.in_bin(user).filter(**called).select_related("updated_by").first()


def _bring_back(request: HttpRequest, thrown: Any) -> None:
    """Out of the bin if the form says so, else the form is answered with what it said."""
    user = request.user
    assert isinstance(user, User)
    if AGAIN not in request.POST or not thing_of(thrown).may_throw(thrown, user):
        raise ThrownAway(thrown)
    mark(thrown, None, by=user)


@transaction.atomic
def mark(obj: Any, moment: datetime | None, *, by: User) -> None:
    """Into the bin at ``moment``, or with None out of it; doing so twice is once."""
    thing = thing_of(obj)
    current: Any = thing.model._default_manager.select_for_update().get(pk=obj.pk)
    if (current.deleted_at is None) == (moment is None):
        return
    thing.save(
        current,
        expected=current.revision,
        by=by,
        changes={"deleted_at": moment},
        comment="Into the bin" if moment else "Out of the bin",
    )


@transaction.atomic
def unless_thrown(obj: Revisioned, save: Callable[[], Any]) -> Any:
    """What ``save`` answers, while nobody throws ``obj`` away in between."""
    current = type(obj)._default_manager.select_for_update().get(pk=obj.pk)
    if getattr(current, "deleted_at", None) is not None:
        raise ThrownAway(current)
    return save()


# --- the answer to a form ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """One field of what was sent, as its writer reads it."""

    label: str
    text: str


class AnswerThrown:
    """A form that was sent onto what lies in the bin is answered 410 with all that it said."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, ThrownAway):
            return None
        obj = error.obj
        context = {
            "object": obj,
            "label": thing_of(obj).label.lower(),
            "by": obj.updated_by,
            "may_bring_back": thing_of(obj).may_throw(obj, request.user),  # type: ignore[arg-type]
            "words": list(_words(obj, request)),
            "sent": [
                (name, value)
                for name, values in request.POST.lists()
                if name not in ("csrfmiddlewaretoken", AGAIN)
                for value in values
            ],
        }
        response = render(request, "wiki/thrown_away.html", context, status=410)
        if request.headers.get("HX-Request"):
            response["HX-Retarget"] = response["HX-Reselect"] = "#main"
            response["HX-Reswap"] = "outerHTML"
        return response


def _words(obj: Any, request: HttpRequest) -> Any:
    """What the form says that does not stand there already."""
    entry = tracked(type(obj))
    for name, values in request.POST.lists():
        text = "\n".join(values).replace("\r\n", "\n").strip()
        if text and name not in _MACHINERY and text != _stands(entry, obj, name):
            yield Words(_label(entry, name), text)


def _stands(entry: Tracked, obj: Any, name: str) -> str:
    return str(getattr(obj, entry.attname(name)) or "") if name in entry.fields else ""


def _label(entry: Tracked, name: str) -> str:
    return entry.label(name) if name in entry.fields else name.replace("_", " ").capitalize()


# --- the same for tooling ---------------------------------------------------------------------


class TellsOfTheBin:
    """A resource of the API that answers a write onto what lies in the bin with 410."""

    def get_object(self: Any) -> Any:
        try:
            return super().get_object()  # type: ignore[misc]
        except Http404:
            name = self.kwargs[self.lookup_url_kwarg or self.lookup_field]
            _tell(self.request, self.queryset.model, {self.lookup_field: name})
            raise


def the(model: type[T], request: Any, **called: Any) -> T:
    """The one in the address that holds what is asked for or written: 404, or 410 as above."""
    rows: Any = model._default_manager.all()
    found: T | None = rows.visible_to(request.user).filter(**called).first()
    if found is None:
        _tell(request, model, called)
        raise Http404
    return found


def _tell(request: Any, model: type[Model], called: dict[str, Any]) -> None:
    """Raise a 410 where this write is meant for what lies in the bin."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if (thrown := _thrown(model, request.user, called)) is None:
        return
    key, by = key_of(thrown), thrown.updated_by
    raise Problem(
        410,
        f"This was thrown into the bin{f' by {by.username}' if by else ''}, so nothing was saved. "
        f'POST {{"object": "{key}"}} to /api/v1/bin/back/ brings it back; then send this again.',
        extra={
            "object": key,
            "deleted_at": thrown.deleted_at,
            "deleted_by": by.username if by else None,
        },
    )
