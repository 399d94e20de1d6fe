"""Metrics of incidents, similar ones while writing, and a word on what had warned."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents.learning import confirming
from incidents.learning.measures import (
    CLASSES,
    DEFINITIONS,
    PRESETS,
    Measures,
    Span,
    as_rows,
    measure,
    period_of,
)
from incidents.learning.models import Confirmation
from incidents.learning.similar import Draft, similar
from incidents.records.models import Factor, Incident, IncidentKind, Lesson
from kb.web.plots import Plot, bars_plot
from kb.web.tables import csv_answer
from kb.wiki.editing import person, writer

KINDS = [*((str(value), str(said)) for value, said in IncidentKind.choices), ("all", "All kinds")]


@require_safe
def metrics(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """``?period=`` or ``?from=&to=``, ``?kind=``, ``?format=csv``."""
    user, today = person(request), timezone.now().date()
    kind = request.GET.get("kind") or "incident"
    mistake = ""
    try:
        period = period_of(request.GET, today)
        if kind not in dict(KINDS):
            kind, mistake = "incident", "There is no such kind; incidents are shown."
    except ValueError as error:
        period, mistake = period_of({}, today), f"{error} A year is shown instead."
    found = measure(user, period, today=today, kind=kind)
    if request.GET.get("format") == "csv" and not mistake:
        return _as_csv(found)
    context: dict[str, Any] = {
        "found": found,
        "spans": [(span, _drawn(span)) for span in found.spans],
        "definitions": DEFINITIONS,
        "presets": [(name, said) for name, (said, _) in PRESETS.items()] + [("all", "all time")],
        "kinds": KINDS,
        "mistake": mistake,
        "wanted": {"from": request.GET.get("from", ""), "to": request.GET.get("to", "")},
    }
    return render(request, "learning/metrics.html", context, status=400 if mistake else 200)


def _drawn(span: Span) -> Plot | None:
    if not span.lengths:
        return None
    return bars_plot(
        [label for label, _, _ in CLASSES],
        span.classes(),
        title=f"{span.label}: {span.n} of {span.of}",
        head=("Took", "Incidents"),
        marked=span.middle_class(),
        short=[short for _, short, _ in CLASSES],
    )


def _as_csv(found: Measures) -> StreamingHttpResponse:
    return csv_answer("incident-metrics.csv", as_rows(found))


@require_POST
def similar_now(request: HttpRequest) -> HttpResponse:
    """Incidents like the one in the form, as it stands; nothing is stored."""
    user, said = person(request), request.POST
    numbers = [int(one) for one in said.getlist("factors") if one.isdecimal()][:100]
    taught = [int(one) for one in said.getlist("lessons") if one.isdecimal()][:100]
    known = request.GET.get("except", "")
    draft = Draft(
        text="\n".join(said.get(name, "") for name in ("title", "summary", "trigger")),
        hosts=frozenset(said.get("hosts_affected", "").replace(",", " ").split()[:100]),
        factors=frozenset(
            Factor.objects.filter(pk__in=numbers).values_list("slug", flat=True) if numbers else ()
        ),
        lessons=frozenset(
            Lesson.objects.filter(pk__in=taught).values_list("slug", flat=True) if taught else ()
        ),
        pk=int(known) if known.isdecimal() and len(known) < 10 else None,
    )
    return render(request, "learning/_similar_now.html", {"found": similar(draft, user)})


@require_POST
def confirmation(request: HttpRequest, pk: int, one: int) -> HttpResponse:
    """A flag that stood open had nothing to do with it, or had after all."""
    user = writer(request)
    incident = get_object_or_404(Incident.objects.visible_to(user), pk=pk)
    found = get_object_or_404(Confirmation, pk=one, incident=incident)
    if request.POST.get("refuse") == "yes":
        confirming.refuse(found, by=user, now=timezone.now())
        messages.success(request, "It counts as a coincidence now.")
    else:
        confirming.stand_by(found)
        messages.success(request, "It confirms the pattern.")
    return redirect(f"{reverse('records:incident', args=[pk])}#warned")
