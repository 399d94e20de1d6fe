"""Lines of a timeline: added, corrected and taken away where they stand."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from incidents.records.forms import TimelineForm
from incidents.records.models import Incident, TimelineEntry
from incidents.records.timeline import add_line, remove_line, save_line
from incidents.records.views.incidents import visible
from kb.wiki import editing
from kb.wiki.editing import writer


def _address(incident: Incident) -> str:
    return f"{reverse('records:incident', args=[incident.pk])}#timeline"


@require_POST
def line_new(request: HttpRequest, pk: int) -> HttpResponse:
    user = writer(request)
    incident = visible(request, pk)
    form = TimelineForm(request.POST, instance=TimelineEntry(incident=incident), user=user)
    if not form.is_valid():
        context = {"form": form, "incident": incident, "cancel": _address(incident)}
        return render(request, "records/line_edit.html", context, status=422)
    add_line(incident, by=user, **form.changes())
    messages.success(request, "Added to the timeline.")
    return redirect(_address(incident))


def line_edit(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    incident = visible(request, pk)
    return editing.edit(
        request,
        get_object_or_404(incident.timeline.select_related("incident"), pk=line),
        TimelineForm,
        template="records/line_edit.html",
        address=lambda entry: _address(incident),
        save=save_line,
        context={"incident": incident},
    )


def line_remove(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """GET asks, POST removes; what was removed stays in the incident's history."""
    user = writer(request)
    incident = visible(request, pk)
    entry = incident.timeline.filter(pk=line).first()
    if request.method == "POST":
        if entry is not None:
            remove_line(entry, by=user)
        messages.success(request, "Taken off the timeline.")
        return redirect(_address(incident))
    entry = get_object_or_404(incident.timeline, pk=line)
    context = {"entry": entry, "incident": incident, "cancel": _address(incident)}
    return render(request, "records/line_remove.html", context)
