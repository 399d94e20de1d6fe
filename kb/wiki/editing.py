"""The one flow by which a page edits a text: show, save on its revision, settle a conflict."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString

from kb.accounts.models import User
from kb.wiki import presence, revisions
from kb.wiki.differences import diff
from kb.wiki.forms import RevisedForm
from kb.wiki.models import KeptText, Revisioned
from kb.wiki.revisions import Conflict, Saved
from kb.wiki.thrown import unless_thrown
from kb.wiki.tracking import tracked

T = TypeVar("T", bound=Revisioned)
Save = Callable[..., Saved[Any] | Conflict[Any]]


def person(request: HttpRequest) -> User:
    """Who is signed in."""
    assert isinstance(request.user, User)  # LoginRequiredMiddleware lets nobody else in
    return request.user


def writer(request: HttpRequest) -> User:
    """Who is signed in, if they may write; else a 403."""
    user = person(request)
    if not user.may_write:
        raise PermissionDenied
    return user


def edit(
    request: HttpRequest,
    obj: T,
    form_class: type[RevisedForm],
    *,
    template: str,
    address: Callable[[T], str],
    save: Save = revisions.save,
    context: dict[str, Any] | None = None,
    initial: dict[str, Any] | None = None,
) -> HttpResponse:
    """Answer a GET with the form, a POST with the saved page, its mistakes or the conflict.

    ``template`` gets ``form``, ``object`` and ``context``; ``address`` names the page to return
    to; ``save`` is ``revisions.save`` or a rule of the room with the same arguments.
    """
    user = writer(request)
    shown = {"object": obj, "cancel": address(obj)} | (context or {})
    shown |= _company(obj, user)
    if request.method != "POST":
        form = form_class(instance=obj, user=user, initial=initial)
        return render(request, template, shown | {"form": form})
    form = form_class(request.POST, instance=obj, user=user)
    outcome = _saved(form, obj, user, save) if form.is_valid() else None
    if outcome is None:
        return render(request, template, shown | {"form": form}, status=422)
    if isinstance(outcome, Conflict):
        return _ask(request, outcome, form_class, user, shown)
    _settle(form, user, outcome.current)
    presence.gone(obj, user)
    messages.success(request, _say(outcome))
    return redirect(address(outcome.current))


def _company(obj: Revisioned, user: User) -> dict[str, Any]:
    """Who else is writing on it, and how the page goes on asking."""
    others = presence.here(obj, user, timezone.now())
    return {"others": others, "presence": presence.key_of(obj)}


def make(
    request: HttpRequest,
    obj: T,
    form_class: type[RevisedForm],
    *,
    template: str,
    address: Callable[[T], str],
    create: Callable[[T, RevisedForm, User], T],
    context: dict[str, Any] | None = None,
    initial: dict[str, Any] | None = None,
) -> HttpResponse:
    """The same for a new thing; ``create(obj, form, user)`` is the rule that stores it."""
    user = writer(request)
    shown = context or {}
    if request.method != "POST":
        form = form_class(instance=obj, user=user, initial=initial)
        return render(request, template, shown | {"form": form})
    form = form_class(request.POST, instance=obj, user=user)
    if form.is_valid():
        try:
            made = create(obj, form, user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Saved.")
            return redirect(address(made))
    return render(request, template, shown | {"form": form}, status=422)


def _saved(form: RevisedForm, obj: T, user: User, save: Save) -> Saved[T] | Conflict[T] | None:
    """The outcome of saving; None when it was refused (the form then says why)."""
    expected = form.cleaned_data.get("revision")
    if expected is None:
        form.add_error(None, "This form does not say what it started from: open it again.")
        return None
    saving = partial(
        save,
        obj,
        expected=expected,
        by=user,
        changes=form.changes(),
        relations=form.relations(),
        comment=form.cleaned_data.get("comment", ""),
    )
    try:
        outcome: Saved[T] | Conflict[T] = unless_thrown(obj, saving)
        return outcome
    except ValidationError as error:
        _blame(form, error)
        return None


def _blame(form: RevisedForm, error: ValidationError) -> None:
    """Put a rule's errors at their fields; what has no field here stands at the top."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, problems in error.error_dict.items():
        form.add_error(name if name in form.fields else None, problems)


def _say(outcome: Saved[Any]) -> str:
    if not outcome.changed:
        return "Nothing had changed, so nothing was saved."
    if not outcome.merged:
        return "Saved."
    first, last = outcome.merged[0], outcome.merged[-1]
    those = f"revision {first}" if first == last else f"revisions {first} to {last}"
    return (
        f"Saved, and merged with {those}, which others saved while you were writing. "
        "You wrote in other places, so all of it stands; read it once."
    )


def _settle(form: RevisedForm, user: User, current: Revisioned) -> None:
    pk = form.cleaned_data.get("kept")
    kept = KeptText.objects.filter(pk=pk, author=user, object_id=current.pk).first() if pk else None
    if kept:
        revisions.settle(kept)


# --- a conflict -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clash:
    """One field that both or only the writer changed, side by side."""

    name: str
    label: str
    theirs: SafeString
    mine: str
    base: str
    fields: list[Any]


def _ask(
    request: HttpRequest,
    conflict: Conflict[T],
    form_class: type[RevisedForm],
    user: User,
    shown: dict[str, Any],
) -> HttpResponse:
    """Both texts side by side, and a form on top of the newest revision."""
    form = form_class(instance=conflict.current, user=user)
    form.take(_merged(conflict))
    form.initial["revision"] = conflict.current.revision
    form.initial["kept"] = conflict.kept.pk
    clashes = _clashes(conflict, form)
    asked = {bound.name for clash in clashes for bound in clash.fields}
    rest = [bound for bound in form if bound.name not in asked]
    context = {"conflict": conflict, "clashes": clashes, "rest": rest, "form": form}
    return render(request, "wiki/conflict.html", shown | context, status=409)


def _merged(conflict: Conflict[T]) -> dict[str, Any]:
    """What the form starts from: the writer's words where they wrote, theirs elsewhere."""
    base = conflict.base
    if base is None:
        return conflict.theirs | conflict.mine
    touched = {n: v for n, v in conflict.mine.items() if v != base.get(n)}
    return conflict.theirs | touched


def _clashes(conflict: Conflict[T], form: RevisedForm) -> list[Clash]:
    """The fields where the writer's words and the stored ones differ and the writer wrote."""
    entry = tracked(type(conflict.current))
    base = conflict.base
    found = []
    for name, mine in conflict.mine.items():
        if mine == conflict.theirs[name] or (base is not None and mine == base.get(name)):
            continue
        before = entry.shown(name, base[name]) if base is not None else ""
        theirs = entry.shown(name, conflict.theirs[name])
        fields = form.stands_for(name)
        found.append(
            Clash(
                name=name,
                label=str(fields[0].label) if len(fields) == 1 else entry.label(name),
                theirs=diff(before, theirs) if base is not None else diff(theirs, theirs),
                mine=entry.shown(name, mine),
                base=before,
                fields=fields,
            )
        )
    return found
