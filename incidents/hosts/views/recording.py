"""Recording upkeep from any page: the same small form for hosts, services, groups and sites."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents.hosts import afterwards, due, upkeep
from incidents.hosts.kinds import (
    KINDS,
    Kind,
    Subject,
    drill_of,
    kinds_of,
    result_of,
    subject_of,
)
from incidents.hosts.models import Upkeep
from incidents.hosts.places import address_of, record_line
from incidents.hosts.upkeep_form import UpkeepForm
from kb.accounts.models import User
from kb.wiki.editing import person, writer

PAGE = 50
#: Beside kind and result, what a line of curl may say.
MORE = {
    "took": "took_minutes",
    "drill": "planned, partial_fault",
    "which": "detail",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A record as the list shows it; ``of`` is what it is about where that is another thing."""

    record: Upkeep
    of: Subject | None
    how: str
    drill: str
    mine: bool


def buttons(subject: Subject, user: User) -> list[tuple[str, str]]:
    """(words, address) for each kind of upkeep that makes sense here."""
    if not user.may_write:
        return []
    record_at = address_of(subject, "upkeep")
    return [(kind.done, f"{record_at}?kind={kind.kind}") for kind in kinds_of(subject)]


def record_for(request: HttpRequest, subject: Subject) -> HttpResponse:
    """GET lists what was recorded, and with ``?kind=`` shows the form; POST records."""
    user = person(request)
    if request.method == "POST":
        return _record(request, subject, writer(request))
    kind = _kind(request.GET.get("kind", ""), subject)
    form = UpkeepForm(subject=subject, kind=kind) if kind and user.may_write else None
    return render(request, "hosts/upkeep.html", _shown(request, subject, form))


def _kind(word: str, subject: Subject) -> Kind | None:
    kind = KINDS.get(word)
    return kind if kind in kinds_of(subject) else None


def _record(request: HttpRequest, subject: Subject, user: User) -> HttpResponse:
    kind = _kind(request.POST.get("kind", ""), subject)
    if kind is None:
        messages.error(request, "Choose what was done: one of the buttons here.")
        return redirect(address_of(subject, "upkeep"))
    form = UpkeepForm(request.POST, subject=subject, kind=kind)
    if form.is_valid():
        try:
            outcome = afterwards.record(subject, kind.kind.value, by=user, **form.said())
        except ValidationError as error:
            form.blame(error)
        else:
            messages.success(request, outcome.in_words())
            return redirect(f"{address_of(subject)}#upkeep")
    return render(request, "hosts/upkeep.html", _shown(request, subject, form), status=422)


def _shown(request: HttpRequest, subject: Subject, form: UpkeepForm | None) -> dict[str, Any]:
    user = person(request)
    records = upkeep.records_about(subject)
    page = Paginator(records, PAGE).get_page(request.GET.get("page"))
    return {
        "subject": subject,
        "back": address_of(subject),
        "here": address_of(subject, "upkeep"),
        "buttons": buttons(subject, user),
        "form": form,
        "line": record_line(subject, form.about.kind.value) if form else "",
        "more": MORE[form.about.own] if form else "",
        "page": page,
        "records": [_line(one, subject, user) for one in page],
    }


def _line(made: Upkeep, subject: Subject, user: User) -> Line:
    about = subject_of(made)
    mine = made.taken_back_at is None and upkeep.may_take_back(made, user)
    return Line(made, None if about == subject else about, result_of(made), drill_of(made), mine)


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """A record was wrong: take it back, with a trace."""
    user = writer(request)
    made = get_object_or_404(Upkeep.objects.visible_to(user), pk=pk)
    try:
        upkeep.take_back(made, by=user)
    except PermissionDenied as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Taken back: it counts no more. What it concerns is checked.")
    return redirect(address_of(subject_of(made), "upkeep"))


@require_safe
def due_list(request: HttpRequest) -> HttpResponse:
    """What is due, by kind: what was never done, and what was done longest ago."""
    user, now = person(request), timezone.now()
    kind = KINDS.get(request.GET.get("kind", ""))
    shown = {
        "lists": due.due(now, only=kind, most=due.ALL if kind else due.FEW),
        "chosen": kind,
        "unused": [] if kind else due.unused(),
        "may_write": user.may_write,
        "now": now,
    }
    return render(request, "hosts/due.html", shown)
