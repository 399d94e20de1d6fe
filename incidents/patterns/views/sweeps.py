"""``/sweeps/``: start one, watch it, stop it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from incidents.patterns import sweeps
from incidents.patterns.models import Sweep, SweepState
from kb.wiki.editing import person, writer


@require_POST
def sweep_start(request: HttpRequest) -> HttpResponse:
    user = writer(request)
    try:
        sweep = sweeps.start(now=timezone.now(), by=user)
    except sweeps.SweepUnderWay as busy:
        sweep = busy.sweep
        messages.info(request, "A sweep is under way already; this is it.")
    return redirect("patterns:sweep", sweep.pk)


def sweep_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    person(request)
    return render(request, "patterns/sweep.html", _context(pk))


def sweep_progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The bar alone, asked for again every two seconds."""
    person(request)
    return render(request, "patterns/_sweep_progress.html", _context(pk))


def _context(pk: UUID) -> dict[str, Any]:
    sweep = get_object_or_404(Sweep.objects.select_related("by"), pk=pk)
    return {
        "sweep": sweep,
        "done": sweeps.hosts_done(sweep),
        "under_way": sweep.state in sweeps.UNDER_WAY,
        "is_waiting": sweep.state == SweepState.WAITING,
    }


@require_POST
def sweep_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    writer(request)
    sweeps.cancel(get_object_or_404(Sweep, pk=pk), timezone.now())
    messages.success(request, "Stopped. What it had found so far stays.")
    return redirect("patterns:sweep", pk)
