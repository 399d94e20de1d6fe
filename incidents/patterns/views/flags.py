"""``/flags/``: triage, and a flag's own page with its history."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from incidents.patterns import acts, sweeps
from incidents.patterns.citations import cite
from incidents.patterns.filters import FlagFilter
from incidents.patterns.forms import AcceptForm, AssignForm, TriageForm
from incidents.patterns.models import NEEDS_EYES, Flag
from incidents.patterns.triage import by_risk
from kb.wiki.editing import person, writer

PAGE = 50


def flag_list(request: HttpRequest) -> HttpResponse:
    """What stands open, the greatest risk first; the filters are in the address."""
    user = person(request)
    flags = Flag.objects.visible_to(user).select_related("pattern", "host", "assigned_to")
    chosen = FlagFilter(request.GET, queryset=flags.defer("host__facts", "host__observed"))
    found: QuerySet[Flag] = chosen.qs
    if not request.GET.get("state"):
        found = found.filter(state__in=NEEDS_EYES)
    page = Paginator(by_risk(found), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "form": TriageForm(request.GET),
        "mistakes": [str(error) for errors in chosen.errors.values() for error in errors],
        "filtered": any(request.GET.get(name) for name in chosen.filters),
        "sweep": sweeps.under_way(),
    }
    return render(request, "patterns/flags.html", context)


@require_POST
def acknowledge_many(request: HttpRequest) -> HttpResponse:
    """Acknowledge the ticked ones."""
    ids = [int(one) for one in request.POST.getlist("flag") if one.isdecimal()][: PAGE * 2]
    count = acts.acknowledge_many(ids, by=writer(request), now=timezone.now())
    said = f"{count} acknowledged." if count else "Nothing was ticked that is still open."
    messages.success(request, said) if count else messages.info(request, said)
    return _back(request, reverse("patterns:flag-list"))


def flag_detail(
    request: HttpRequest, pk: int, form: AcceptForm | None = None, status: int = 200
) -> HttpResponse:
    user = person(request)
    flag = _flag(request, pk)
    context: dict[str, Any] = {
        "flag": flag,
        "spec": flag.pattern.versions.get(number=flag.pattern.version).spec,
        "log": flag.transitions.select_related("by").order_by("-at", "-pk"),
        "citations": cite([flag.pattern.slug], user)[flag.pattern.slug],
        "accept": form or AcceptForm(),
        "assign": AssignForm(initial={"to": flag.assigned_to_id}),
    }
    return render(request, "patterns/flag.html", context, status=status)


def _flag(request: HttpRequest, pk: int) -> Flag:
    flags = Flag.objects.visible_to(person(request))
    return get_object_or_404(
        flags.select_related("pattern", "host", "assigned_to", "accepted_by"), pk=pk
    )


@require_POST
def flag_accept(request: HttpRequest, pk: int) -> HttpResponse:
    user, flag, form = writer(request), _flag(request, pk), AcceptForm(request.POST)
    if form.is_valid():
        try:
            acts.accept(flag, by=user, now=timezone.now(), **form.cleaned_data)
        except acts.ActRefused as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, "Accepted. It comes back by itself.")
            return redirect("patterns:flag", pk)
    return flag_detail(request, pk, form, status=400)


@require_POST
def flag_acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, acts.acknowledge, "Acknowledged: it is in hand.")


@require_POST
def flag_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, acts.reopen, "Open again.")


@require_POST
def flag_assign(request: HttpRequest, pk: int) -> HttpResponse:
    form = AssignForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose somebody from the list.")
        return redirect("patterns:flag", pk)
    return _act(request, pk, acts.assign, "Noted who takes care of it.", to=form.cleaned_data["to"])


def _act(
    request: HttpRequest, pk: int, act: Callable[..., Flag], said: str, **what: Any
) -> HttpResponse:
    user, flag = writer(request), _flag(request, pk)
    try:
        act(flag, by=user, now=timezone.now(), **what)
    except acts.ActRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return _back(request, reverse("patterns:flag", args=[pk]))


def _back(request: HttpRequest, default: str) -> HttpResponse:
    """To the page the button stood on, if it is one of ours."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return HttpResponseRedirect(wanted if ours else default)
