"""The history page of anything with revisions: list, compare any two, restore an older one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString

from kb.accounts.models import User
from kb.wiki import revisions
from kb.wiki.blame import blame, texts_of
from kb.wiki.differences import diff
from kb.wiki.editing import Save, person, writer
from kb.wiki.models import KeptText, Revisioned
from kb.wiki.revisions import Conflict
from kb.wiki.tracking import tracked

T = TypeVar("T", bound=Revisioned)


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs between two revisions, its words marked."""

    label: str
    words: SafeString


def compare(obj: Revisioned, before: int, after: int) -> list[Change]:
    """The fields that differ from revision ``before`` to ``after``; 404 where one is missing."""
    old = revisions.text_at(obj, before) if before else {}
    new = revisions.text_at(obj, after)
    if old is None or new is None:
        raise Http404("That revision is not on record.")
    entry = tracked(type(obj))
    return [
        Change(entry.label(name), diff(old.get(name, ""), words))
        for name, words in new.items()
        if words != old.get(name, "")
    ]


def show_history(
    request: HttpRequest,
    obj: T,
    *,
    address: Callable[[T], str],
    save: Save = revisions.save,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """GET lists the revisions and compares ``?from=`` with ``?to=``; POST restores ``number``.

    ``save`` is ``revisions.save`` or a rule of the room with the same arguments.
    """
    if request.method == "POST":
        return _restore(request, obj, address, save)
    if name := request.GET.get("who"):
        return _show_authors(request, obj, name, address(obj))
    entries = revisions.history(obj)
    newest = entries[0].number if entries else 0
    after = _number(request, "to", newest)
    before = _number(request, "from", max(after - 1, 0))
    shown = {
        "object": obj,
        "address": address(obj),
        "entries": entries,
        "newest": newest,
        "before": before,
        "after": after,
        "changes": compare(obj, before, after) if entries else [],
        "may_restore": person(request).may_write,
        "texts": [(name, tracked(type(obj)).label(name)) for name in texts_of(obj)],
        "kept": _kept(obj, person(request)),
    }
    return render(request, "wiki/history.html", shown | (context or {}))


def _show_authors(request: HttpRequest, obj: T, name: str, address: str) -> HttpResponse:
    """Who wrote what: ``?who=body`` shows each paragraph beside the save that gave it its words."""
    if name not in texts_of(obj):
        raise Http404("There is no such text here.")
    shown = {
        "object": obj,
        "address": address,
        "label": tracked(type(obj)).label(name),
        "passages": blame(obj, name),
    }
    return render(request, "wiki/authors.html", shown)


@dataclass(frozen=True, slots=True)
class Unsaved:
    """Words of the reader that lost to somebody else's, and were never saved since."""

    kept: KeptText
    words: list[tuple[str, str]]


def _kept(obj: Revisioned, user: User) -> list[Unsaved]:
    entry = tracked(type(obj))
    kind = ContentType.objects.get_for_model(type(obj))
    rows = KeptText.objects.filter(content_type=kind, object_id=obj.pk, author=user)
    return [
        Unsaved(
            kept,
            [
                (entry.label(name), entry.shown(name, value))
                for name, value in kept.changes.items()
                if name in entry.fields or name in entry.links
            ],
        )
        for kept in rows.filter(settled_at=None)[:20]
    ]


def _restore(request: HttpRequest, obj: T, address: Callable[[T], str], save: Save) -> HttpResponse:
    user = writer(request)
    number = request.POST.get("number", "")
    expected = request.POST.get("revision", "")
    if not (number.isdecimal() and expected.isdecimal()):
        raise Http404("Say which revision to restore.")
    try:
        outcome = revisions.restore(obj, int(number), expected=int(expected), by=user, save=save)
    except ValidationError as error:
        messages.error(request, f"Nothing was restored. {' '.join(error.messages)}")
        return redirect(request.path)
    if outcome is None:
        raise Http404("That revision is not on record.")
    if isinstance(outcome, Conflict):
        messages.error(
            request,
            "Somebody saved meanwhile, so nothing was restored. Compare again and decide.",
        )
        return redirect(request.path)
    messages.success(request, f"Restored revision {number} as revision {outcome.revision}.")
    return redirect(address(outcome.current))


def _number(request: HttpRequest, name: str, default: int) -> int:
    value = request.GET.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 10 else default
