"""Incidents: list, read, write, publish, look back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents.hosts.models import Host
from incidents.records import listing, times, writing
from incidents.records.beside import incident_cards
from incidents.records.between import bearings
from incidents.records.forms_incidents import (
    IncidentForm,
    LightIncidentForm,
    NewIncidentForm,
    TimelineForm,
)
from incidents.records.missing import Missing, missing
from incidents.records.models import (
    Incident,
    IncidentLinkKind,
    IncidentStatus,
    TimelineEntry,
    Visibility,
)
from incidents.records.parts import lines_of, parts_of
from incidents.records.starters import STARTERS, starter
from incidents.records.status import NEXT
from incidents.records.writing import create_incident, save_incident, save_words
from kb.accounts.models import User
from kb.web.moments import zone_of
from kb.wiki import editing
from kb.wiki.editing import person, writer
from kb.wiki.forms import RevisedForm
from kb.wiki.looking_back import show_history
from kb.wiki.revisions import Conflict
from kb.wiki.thrown import there

LINES = 200  # of a timeline on one page
JUST_BEGUN = timedelta(hours=2)
#: A form that arrives again within this time, word for word, is the same form.
SENT_TWICE = timedelta(minutes=2)


def address(incident: Incident) -> str:
    return reverse("records:incident", args=[incident.pk])


def visible(request: HttpRequest, pk: int) -> Incident:
    """The incident, or 404 for whoever may not see it."""
    return there(request, Incident.objects.visible_to(person(request)), pk=pk)


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
        .select_related("author", "lead", "facilitator", "reviewer", "updated_by", "reading")
        .prefetch_related(
            "factors", "services", "lessons", "patterns", "actions__owner", "actions__team",
            "host_links__host", "involved", "allowed_users", "allowed_teams", "moves__by",
        )
    )  # fmt: skip
    incident = get_object_or_404(rows, pk=pk)
    page = Paginator(incident.timeline.select_related("by"), LINES).get_page(
        request.GET.get("lines")
    )
    return render(request, "records/incident.html", _shown(incident, user, page))


def _shown(incident: Incident, user: User, page: Page[TimelineEntry]) -> dict[str, Any]:
    texts = parts_of(incident, user)
    cards = [card for make in incident_cards if (card := make(incident, user))]
    lacking = missing(incident) if user.may_write else []
    return {
        "incident": incident,
        "parts": texts,
        "plot": times.scale(incident, zone_of(user.time_zone)),
        "spans": times.spans(incident),
        "milestones": times.milestones(incident),
        "timeline": lines_of(list(page), user),
        "line_page": page,
        "line_form": _line_form(incident, user, page),
        "next": [status for status in NEXT[IncidentStatus(incident.status)]
                 if status != IncidentStatus.AMENDED] if user.may_write else [],
        "missing": [_to_write(incident, one) for one in lacking],
        "moves": list(incident.moves.all()),
        "bearings": bearings(incident, user),
        "link_kinds": IncidentLinkKind.choices,
        "on_reading_list": hasattr(incident, "reading") and incident.reading.read_at is None,
        "restricted": incident.visibility == Visibility.RESTRICTED,
        "today": timezone.now().date(),
        "cards": cards,
    }  # fmt: skip


def _line_form(incident: Incident, user: User, page: Page[TimelineEntry]) -> TimelineForm:
    """An empty form at the foot of the timeline; on its last page it begins after the last line."""
    last = page[-1].at if page and not page.has_next() else last_moment(incident)
    entry = TimelineEntry(incident=incident)
    return TimelineForm(instance=entry, user=user, initial={"at": last, "key": uuid4()})


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


def last_moment(incident: Incident) -> datetime | None:
    """Where the next line most likely belongs: after the last one."""
    last = incident.timeline.order_by("-at").values_list("at", flat=True).first()
    return last or incident.started_at or incident.detected_at


def incident_new(request: HttpRequest) -> HttpResponse:
    now = timezone.now().replace(second=0, microsecond=0)
    host = request.GET.get("host", "")
    chosen = starter(request.GET.get("template", ""))
    return editing.make(
        request,
        Incident(),
        NewIncidentForm,
        template="records/incident_new.html",
        address=address,
        create=_create,
        context={
            "host_names": host_names(),
            "others": _begun_lately(person(request), now),
            "starters": STARTERS,
            "chosen": chosen,
        },
        initial={
            "title": request.GET.get("title", "")[:200],
            "hosts_affected": [host] if host else [],
            "started_at": now,
            "detected_at": now,
            "key": uuid4(),
        }
        | (chosen.initial() if chosen else {}),
    )


def _begun_lately(user: User, now: datetime) -> list[Incident]:
    """What somebody may be writing down already."""
    since = now - JUST_BEGUN
    found = Incident.objects.visible_to(user).filter(created_at__gte=since, example=False)
    return list(found.select_related("author").only("title", "created_at", "author")[:5])


def _create(_: Incident, form: RevisedForm, user: User) -> Incident:
    fields, key = form.changes(), form.cleaned_data["key"]
    recent = None
    if key is None:  # an older page, or somebody's own form
        since = timezone.now() - SENT_TWICE
        recent = Incident.objects.filter(author=user, created_at__gte=since, **fields).first()
    return recent or create_incident(by=user, relations=form.relations(), key=key, **fields)


def incident_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole write-up, or with ``?form=light`` what five minutes allow."""
    light = request.GET.get("form") == "light"
    return editing.edit(
        request,
        visible(request, pk),
        LightIncidentForm if light else IncidentForm,
        template="records/incident_edit.html",
        address=address,
        save=save_incident,
        context={"host_names": host_names(), "light": light},
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
