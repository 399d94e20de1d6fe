"""Lines of a timeline: added, put between, corrected and taken away where they stand."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from incidents.records.forms_incidents import TimelineForm
from incidents.records.markdown import timeline_text
from incidents.records.markdown_incident import told_lines
from incidents.records.models import Incident, TimelineEntry
from incidents.records.timeline import add_line, remove_line, save_line
from incidents.records.views.incidents import last_moment, visible
from kb.web.tables import csv_answer
from kb.wiki import editing
from kb.wiki.editing import writer

View = Callable[..., HttpResponse]


def address(incident: Incident) -> str:
    return f"{reverse('records:incident', args=[incident.pk])}#timeline"


def in_place(view: View) -> View:
    """A form that stands in the timeline: where it is refused, its whole page takes over."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if request.headers.get("HX-Request") and response.status_code in (409, 410, 422):
            response["HX-Retarget"] = response["HX-Reselect"] = "#main"
            response["HX-Reswap"] = "outerHTML"
        return response

    return answer


def _template(request: HttpRequest) -> str:
    fragment = request.method == "GET" and request.headers.get("HX-Request")
    return "records/_line_form.html" if fragment else "records/line_edit.html"


@in_place
def line_new(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the form, behind the line of ``?after=``; POST adds."""
    user = writer(request)
    incident = visible(request, pk)
    shown: dict[str, Any] = {"incident": incident, "cancel": address(incident)}
    if request.method != "POST":
        before = _after(request.GET.get("after", ""), incident)
        at = before.at if before else last_moment(incident)
        form = TimelineForm(
            instance=TimelineEntry(incident=incident),
            user=user,
            initial={"at": at, "after": before.pk if before else None},
        )
        return render(request, _template(request), shown | {"form": form})
    form = TimelineForm(request.POST, instance=TimelineEntry(incident=incident), user=user)
    if form.is_valid():
        try:
            add_line(incident, by=user, **_said(form))
        except ValidationError as error:
            form.add_error(None, error.messages[0])
        else:
            messages.success(request, "Added to the timeline.")
            return redirect(_back(request, incident))
    return render(request, "records/line_edit.html", shown | {"form": form}, status=422)


def _said(form: TimelineForm) -> dict[str, Any]:
    fields = form.changes()
    fields["at"] = fields["at"] or timezone.now().replace(microsecond=0)
    return fields | {"key": form.cleaned_data["key"], "after": form.cleaned_data["after"]}


def _back(request: HttpRequest, incident: Incident) -> str:
    if request.POST.get("then") == "log":
        return reverse("records:incident-log", args=[incident.pk])
    return address(incident)


def _after(number: str, incident: Incident) -> TimelineEntry | None:
    known = int(number) if number.isdecimal() and len(number) < 12 else 0
    return incident.timeline.filter(pk=known).first()


@in_place
def line_edit(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    incident = visible(request, pk)
    entry = incident.timeline.select_related("incident").filter(pk=line).first()
    if entry is None:
        return _taken_off(request, incident)
    return editing.edit(
        request,
        entry,
        TimelineForm,
        template=_template(request),
        address=lambda entry: address(incident),
        save=save_line,
        context={"incident": incident},
    )


def _taken_off(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Somebody took the line off while it was being corrected: its words may stand anew."""
    if request.method != "POST":
        raise Http404("There is no such line.")
    user = writer(request)
    form = TimelineForm(request.POST, instance=TimelineEntry(incident=incident), user=user)
    form.full_clean()
    said = "Somebody took this line off the timeline meanwhile. Save it as a new one, or leave it."
    form.add_error(None, said)
    shown = {
        "incident": incident,
        "cancel": address(incident),
        "form": form,
        "action": reverse("records:line-new", args=[incident.pk]),
    }
    return render(request, "records/line_edit.html", shown, status=410)


def line_remove(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """GET asks, POST removes; what was removed stays in the incident's history."""
    user = writer(request)
    incident = visible(request, pk)
    entry = incident.timeline.filter(pk=line).first()
    if request.method == "POST":
        if entry is not None:
            remove_line(entry, by=user)
        messages.success(request, "Taken off the timeline.")
        return redirect(address(incident))
    entry = get_object_or_404(incident.timeline, pk=line)
    context = {"entry": entry, "incident": incident, "cancel": address(incident)}
    return render(request, "records/line_remove.html", context)


@require_safe
def log(request: HttpRequest, pk: int) -> HttpResponse:
    """Writing along while it happens: one field, one button, and the last few lines."""
    writer(request)
    incident = visible(request, pk)
    newest = incident.timeline.select_related("by").order_by("-at", "-place", "-pk")[:20]
    context = {"incident": incident, "lines": list(newest), "count": incident.timeline.count()}
    return render(request, "records/log.html", context)


# --- out --------------------------------------------------------------------------------------


@require_safe
def timeline_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The lines in the order in which they are shown."""
    return csv_answer(f"incident-{pk}-timeline.csv", _table(visible(request, pk)))


def _table(incident: Incident) -> Iterator[list[str]]:
    yield ["at", "what", "evidence", "kind", "by"]
    for line in incident.timeline.select_related("by"):
        by = line.by.username if line.by else ""
        yield [_utc(line.at), line.what, line.evidence, line.kind, by]


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@require_safe
def timeline_markdown(request: HttpRequest, pk: int) -> HttpResponse:
    lines = told_lines(visible(request, pk))
    return HttpResponse(timeline_text(lines), content_type="text/markdown; charset=utf-8")
