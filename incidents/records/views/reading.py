"""The reading club: what is read next, what was read, and the agenda."""

from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST, require_safe

from incidents.records import reading
from incidents.records.steps import Reading
from incidents.records.views.incidents import visible
from kb.wiki.editing import person, writer


@require_safe
def reading_list(request: HttpRequest) -> HttpResponse:
    """What is read next; ``?format=md`` is the agenda."""
    user = person(request)
    entries = reading.to_read(user)
    if request.GET.get("format") == "md":
        answer = HttpResponse(
            reading.agenda(entries, settings.SITE_URL), content_type="text/markdown; charset=utf-8"
        )
        answer["Content-Disposition"] = 'attachment; filename="agenda.md"'
        return answer
    shown = {
        "entries": entries,
        "read": reading.read_already(user),
        "suggestions": reading.suggestions(user),
    }
    return render(request, "records/reading_list.html", shown)


@require_POST
def reading_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a write-up on the list, take it off, or say that it was read; twice is once."""
    user = writer(request)
    incident = visible(request, pk)
    act = request.POST.get("act", "add")
    entry = Reading.objects.filter(incident=incident).first()
    if act == "add":
        day = request.POST.get("on", "")
        note = request.POST.get("note", "").strip()[:300]
        reading.put_on_list(incident, by=user, on=_day(day), note=note)
        messages.success(request, f"#{incident.pk} is on the reading list.")
    elif entry is not None and act == "read":
        reading.mark_read(entry, now=timezone.now())
        messages.success(request, f"#{incident.pk} was read.")
    elif entry is not None and act == "remove":
        reading.take_off(entry)
        messages.success(request, f"#{incident.pk} is off the list.")
    return redirect("records:reading-list")


def _day(text: str) -> date | None:
    try:
        return parse_date(text) if text else None
    except ValueError:
        return None
