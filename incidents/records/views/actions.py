"""Actions: what is open, overdue and whose; written, done and dropped."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from incidents.patterns.models import Pattern
from incidents.records import actions as rules
from incidents.records import actions_bulk as bulk
from incidents.records import listing
from incidents.records.forms import ActionForm, ActionsForm
from incidents.records.models import (
    Action,
    ActionQuerySet,
    ActionState,
    ActionType,
    Incident,
)
from incidents.records.verification import standings
from incidents.records.views.incidents import host_names
from kb.accounts.models import User
from kb.web.tables import csv_answer
from kb.wiki import editing
from kb.wiki.editing import person, writer
from kb.wiki.forms import RevisedForm
from kb.wiki.looking_back import show_history
from kb.wiki.revisions import Conflict

SENT_TWICE = timedelta(minutes=2)
EVENTS = 200


def address(action: Action) -> str:
    return reverse("records:action", args=[action.pk])


def _where_it_belongs(action: Action) -> str:
    """One that was just written is shown beside the others of its incident."""
    if action.incident_id:
        return f"{reverse('records:incident', args=[action.incident_id])}#actions"
    return address(action)


def visible(request: HttpRequest, pk: int) -> Action:
    return get_object_or_404(Action.objects.visible_to(person(request)), pk=pk)


@require_safe
def action_list(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Open ones unless the address says otherwise; ``?group=owner``, ``?format=csv``."""
    today = timezone.now().date()
    rows = listing.actions_for(person(request), request.GET, today)
    if request.GET.get("format") == "csv":
        return _as_csv(rows)
    return render(
        request,
        "records/action_list.html",
        {
            "page": Paginator(rows, 50).get_page(request.GET.get("page")),
            "today": today,
            "views": listing.ACTION_VIEWS,
            "view": request.GET.get("state") or "open",
            "owner": request.GET.get("owner", ""),
            "team": request.GET.get("team", ""),
            "wanted": request.GET,
            "kinds": ActionType.choices,
            "grouped": request.GET.get("group") == "owner",
            "act": ActionsForm(),
        },
    )


def _as_csv(actions: ActionQuerySet) -> StreamingHttpResponse:
    return csv_answer("actions.csv", listing.table_of_actions(actions, settings.SITE_URL))


@require_POST
def actions_act(request: HttpRequest) -> HttpResponse:
    """Do one thing to the ticked ones, and say what became of them."""
    user, form = writer(request), ActionsForm(request.POST)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("records:action-list")
    numbers = [one for one in request.POST.getlist("action") if one.isdecimal() and len(one) < 10]
    actions = list(Action.objects.visible_to(user).filter(pk__in=numbers[: bulk.MOST]))
    if not form.is_valid():
        messages.error(request, " ".join(str(e) for es in form.errors.values() for e in es))
    elif not actions:
        messages.info(request, "Nothing was ticked, so nothing was done.")
    else:
        act = form.cleaned_data["act"]
        results = bulk.act_on(actions, act, by=user, now=timezone.now(), **form.what())
        told = bulk.sums(results)
        said = f"{told[bulk.DONE]} changed, {told[bulk.NOTHING]} were so already."
        messages.success(request, said)
        for one in results:
            if one.did == bulk.REFUSED:
                messages.error(request, f"“{one.action.title}”: {one.why}")
    return redirect(back)


def action_new(request: HttpRequest) -> HttpResponse:
    """``?incident=12`` and ``?pattern=slug`` fill in what it follows from."""
    return editing.make(
        request,
        Action(),
        ActionForm,
        template="records/action_new.html",
        address=_where_it_belongs,
        context={"host_names": host_names()},
        create=_create,
        initial=_initial(request),
    )


def _initial(request: HttpRequest) -> dict[str, Any]:
    number, user = request.GET.get("incident", ""), person(request)
    known = int(number) if number.isdecimal() and len(number) < 10 else 0
    return {
        "title": request.GET.get("title", "")[:200],
        "incident": Incident.objects.visible_to(user).filter(pk=known).first(),
        "verified_by": Pattern.objects.filter(slug=request.GET.get("pattern", "")).first(),
        "owner": user,
    }


def _create(_: Action, form: RevisedForm, user: User) -> Action:
    now, fields = timezone.now(), form.changes()
    same = Action.objects.filter(updated_by=user, created_at__gte=now - SENT_TWICE, **fields)
    return same.first() or rules.create_action(by=user, now=now, **fields, **form.relations())


@require_safe
def action_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What it is, whether facts bear it out, and everything it went through."""
    user = person(request)
    rows = Action.objects.visible_to(user).select_related(
        "incident", "lesson", "owner", "team", "verified_by", "updated_by"
    )
    action = get_object_or_404(rows.prefetch_related("verify_hosts"), pk=pk)
    now = timezone.now()
    context = {
        "action": action,
        "events": action.events.select_related("flag").order_by("-at", "-pk")[:EVENTS],
        "standing": standings([action], now)[action.pk] if action.verified_by else None,
        "today": now.date(),
    }
    return render(request, "records/action.html", context)


def action_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return editing.edit(
        request,
        visible(request, pk),
        ActionForm,
        template="records/action_edit.html",
        address=address,
        context={"host_names": host_names()},
        save=partial(rules.save_action, now=timezone.now()),
    )


def action_history(request: HttpRequest, pk: int) -> HttpResponse:
    save = partial(rules.save_action, now=timezone.now())
    return show_history(request, visible(request, pk), address=address, save=save)


@require_POST
def action_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Done, dropped, or open again."""
    user = writer(request)
    action = visible(request, pk)
    state = request.POST.get("state", "")
    if state not in ActionState.values:
        messages.error(request, "There is no such state of an action.")
    elif isinstance(rules.move(action, state, by=user, now=timezone.now()), Conflict):
        messages.error(request, "Somebody saved meanwhile. Look again, then decide.")
    else:
        messages.success(request, f"“{action.title}” is now {ActionState(state).label.lower()}.")
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if safe else _where_it_belongs(action))
