"""``/flags/``: triage, and a flag's own page with its history."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from incidents.patterns import acts, sweeps, triage
from incidents.patterns.bulk import MOST, act_on, sums
from incidents.patterns.citations import cite
from incidents.patterns.filters import FlagFilter
from incidents.patterns.forms import AcceptForm, AssignForm, BulkForm, TriageForm
from incidents.patterns.models import NEEDS_EYES, Flag
from kb.web.tables import csv_answer
from kb.wiki.editing import person, writer

PAGE = 50
REFUSED = "flags_refused"  # what was typed and ticked when a bulk act could not be done


def flag_list(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """What stands open, the greatest risk first; the filters are in the address."""
    found, chosen = _chosen(request, request.GET)
    if request.GET.get("format") == "csv":
        return _as_csv(found)
    context: dict[str, Any] = {
        "form": TriageForm(request.GET),
        "mistakes": [str(error) for errors in chosen.errors.values() for error in errors],
        "filtered": any(request.GET.get(name) for name in chosen.filters if name != "sort"),
        "sweep": sweeps.under_way(),
        "facets": triage.facets(found),
        "today": timezone.now(),
    }
    by = request.GET.get("group", "")
    if by in triage.GROUPS:
        rows = Paginator(triage.grouped(found, by), PAGE).get_page(request.GET.get("page"))
        return render(request, "patterns/flags_grouped.html", {**context, "page": rows, "by": by})
    context["page"] = Paginator(found, PAGE).get_page(request.GET.get("page"))
    said = request.session.pop(REFUSED, None)
    context["act"] = BulkForm(said["words"]) if said else BulkForm()
    context["ticked"] = set(said["flags"]) if said else set()
    return render(request, "patterns/flags.html", context)


def _chosen(request: HttpRequest, said: QueryDict) -> tuple[QuerySet[Flag], FlagFilter]:
    """The flags that the filters leave, in their order; without a state, what needs eyes."""
    flags = Flag.objects.visible_to(person(request))
    flags = flags.select_related("pattern", "host", "assigned_to")
    chosen = FlagFilter(
        said, queryset=flags.defer("host__facts", "host__observed"), request=request
    )
    found: QuerySet[Flag] = chosen.qs
    if not said.get("state"):
        found = found.filter(state__in=NEEDS_EYES)
    return (found if said.get("sort") else triage.by_risk(found)), chosen


def _as_csv(flags: QuerySet[Flag]) -> StreamingHttpResponse:
    return csv_answer("flags.csv", triage.table(flags, settings.SITE_URL))


@require_POST
def flags_act(request: HttpRequest) -> HttpResponse:
    """Do one thing to the ticked ones, or to all that the filters leave; a result per flag."""
    user, form = writer(request), BulkForm(request.POST)
    back = _address_back(request, reverse("patterns:flag-list"))
    if not form.is_valid():
        return _refused(request, back, [str(e) for errors in form.errors.values() for e in errors])
    flags, left_out = _meant(request)
    if not flags:
        messages.info(request, "Nothing was ticked, so nothing was done.")
        return HttpResponseRedirect(back)
    act = form.cleaned_data["act"]
    try:
        results = act_on(flags, act, by=user, now=timezone.now(), **form.what())
    except acts.ActRefused as refused:
        return _refused(request, back, [str(refused)])
    context = {"results": results, "sums": sums(results), "act": act, "back": back,
               "left_out": left_out, "most": MOST}  # fmt: skip
    return render(request, "patterns/flags_done.html", context)


def _refused(request: HttpRequest, back: str, why: list[str]) -> HttpResponse:
    """Back to the list with what is wrong, the words and the ticks."""
    for said in why:
        messages.error(request, said)
    names = ("act", "until", "because", "to")
    request.session[REFUSED] = {
        "words": {name: request.POST.get(name, "") for name in names},
        "flags": [int(one) for one in request.POST.getlist("flag")[:PAGE] if one.isdecimal()],
    }
    return HttpResponseRedirect(back)


def _meant(request: HttpRequest) -> tuple[list[Flag], int]:
    """The flags a bulk act is about, ``MOST`` at most, and how many were left out for that."""
    if request.POST.get("all"):
        found, _ = _chosen(request, QueryDict(request.POST.get("query", "")))
    else:
        ids = [int(one) for one in request.POST.getlist("flag") if one.isdecimal()]
        seen = Flag.objects.visible_to(person(request)).filter(pk__in=ids[:5000])
        found = triage.by_risk(seen.select_related("pattern", "host"))
    flags = list(found[:MOST])
    return flags, max(0, found.count() - MOST) if len(flags) == MOST else 0


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
    return HttpResponseRedirect(_address_back(request, default))


def _address_back(request: HttpRequest, default: str) -> str:
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if ours else default
