"""Incidents: list, read, write, publish, look back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents.hosts.models import Host
from incidents.records import listing, times, writing
from incidents.records.beside import incident_cards
from incidents.records.forms import IncidentForm, NewIncidentForm, TimelineForm
from incidents.records.missing import Missing, missing
from incidents.records.models import Incident, IncidentStatus, TimelineEntry, Visibility
from incidents.records.parts import parts_of
from incidents.records.status import NEXT
from incidents.records.writing import create_incident, save_incident, save_words
from kb.accounts.models import User
from kb.wiki import editing
from kb.wiki.editing import person, writer
from kb.wiki.forms import RevisedForm
from kb.wiki.looking_back import show_history
from kb.wiki.revisions import Conflict

#: A form that arrives again within this time, word for word, is the same form.
SENT_TWICE = timedelta(minutes=2)


def address(incident: Incident) -> str:
    return reverse("records:incident", args=[incident.pk])


def visible(request: HttpRequest, pk: int) -> Incident:
    """The incident, or 404 for whoever may not see it."""
    return get_object_or_404(Incident.objects.visible_to(person(request)), pk=pk)


@require_safe
def incident_list(request: HttpRequest) -> HttpResponse:
    wanted = request.GET
    rows = (
        listing.incidents_for(person(request), wanted)
        .only("title", "kind", "severity", "status", "visibility", "summary", "example",
              "started_at", "detected_at", "created_at")
        .prefetch_related("hosts")
    )  # fmt: skip
    return render(
        request,
        "records/incident_list.html",
        {
            "page": Paginator(rows, 50).get_page(wanted.get("page")),
            "choices": listing.incident_choices(wanted),
            "in_force": listing.in_force(request.GET),
        },
    )


@require_safe
def incident_detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    rows = (
        Incident.objects.visible_to(user)
        .select_related("author", "lead", "updated_by")
        .prefetch_related(
            "timeline__by", "factors", "services", "lessons", "patterns", "actions__owner",
            "host_links__host", "allowed_users", "allowed_teams",
        )
    )  # fmt: skip
    incident = get_object_or_404(rows, pk=pk)
    return render(request, "records/incident.html", _shown(incident, user))


def _shown(incident: Incident, user: User) -> dict[str, Any]:
    texts = parts_of(incident, user)
    cards = [card for make in incident_cards if (card := make(incident, user))]
    return {
        "incident": incident,
        "parts": texts,
        "plot": times.scale(incident),
        "spans": times.spans(incident),
        "milestones": [
            (times.word(name), getattr(incident, name), incident.time_sources.get(times.word(name)))
            for name in times.TIMES
        ],
        "timeline": list(incident.timeline.all()),
        "line_form": TimelineForm(
            instance=TimelineEntry(incident=incident),
            user=user,
            initial={"at": _last_moment(incident)},
        ),
        "next": [IncidentStatus(status) for status in NEXT[IncidentStatus(incident.status)]]
        if user.may_write
        else [],
        "missing": [_to_write(incident, one) for one in missing(incident)],
        "restricted": incident.visibility == Visibility.RESTRICTED,
        "today": timezone.now().date(),
        "cards": cards,
    }


@dataclass(frozen=True, slots=True)
class _ToWrite:
    """Something that is missing, and where it is written."""

    missing: Missing
    address: str


def _to_write(incident: Incident, one: Missing) -> _ToWrite:
    """Its field of the form; the timeline is written on the page, and an action has its own."""
    if one.field == "timeline":
        return _ToWrite(one, "#timeline")
    if one.code == "no-action":
        return _ToWrite(one, f"{reverse('records:action-new')}?incident={incident.pk}")
    if one.field == "actions":
        return _ToWrite(one, "#actions")
    edit = reverse("records:incident-edit", args=[incident.pk])
    return _ToWrite(one, f"{edit}#id_{one.field}")


def _last_moment(incident: Incident) -> Any:
    """Where the next line most likely belongs: after the last one."""
    entries = list(incident.timeline.all())
    return entries[-1].at if entries else incident.started_at or incident.detected_at


def incident_new(request: HttpRequest) -> HttpResponse:
    now = timezone.now().replace(second=0, microsecond=0)
    host = request.GET.get("host", "")
    return editing.make(
        request,
        Incident(),
        NewIncidentForm,
        template="records/incident_new.html",
        address=address,
        create=_create,
        context={"host_names": host_names()},
        initial={
            "title": request.GET.get("title", "")[:200],
            "hosts_affected": [host] if host else [],
            "started_at": now,
            "detected_at": now,
        },
    )


def _create(_: Incident, form: RevisedForm, user: User) -> Incident:
    fields = form.changes()
    recent = Incident.objects.filter(
        author=user, created_at__gte=timezone.now() - SENT_TWICE, **fields
    ).first()
    return recent or create_incident(by=user, relations=form.relations(), **fields)


def incident_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return editing.edit(
        request,
        visible(request, pk),
        IncidentForm,
        template="records/incident_edit.html",
        address=address,
        save=save_incident,
        context={"host_names": host_names()},
    )


def incident_history(request: HttpRequest, pk: int) -> HttpResponse:
    return show_history(request, visible(request, pk), address=address, save=save_words)


@require_POST
def incident_status(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish, send to review or take back; pressing twice is once."""
    user = writer(request)
    incident = visible(request, pk)
    status = request.POST.get("status", "")
    if status == incident.status:
        return redirect(address(incident))
    try:
        outcome = writing.move(incident, IncidentStatus(status), by=user)
    except ValueError:
        messages.error(request, "There is no such status.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        if isinstance(outcome, Conflict):
            messages.error(request, "Somebody saved meanwhile. Read it again, then decide.")
        else:
            said = IncidentStatus(status).label.lower()
            messages.success(request, f"This write-up is now: {said}.")
    return redirect(address(incident))


def host_names() -> list[str]:
    """Names to complete from; with very many hosts the field takes any name all the same."""
    return list(Host.objects.order_by("name").values_list("name", flat=True)[:500])
