"""A preview as it grows: a fragment that asks again until it is done, and its stop button."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents.patterns import previews
from incidents.patterns.models import PreviewRun
from incidents.patterns.verdict import State
from kb.wiki.editing import writer

TELLING = (State.MATCH, State.BROKEN, State.UNKNOWN, State.CLEAR, State.NOT_APPLICABLE)


@require_safe
def preview_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """Counts and hosts so far; ``?verdict=`` says whose hosts."""
    run = get_object_or_404(PreviewRun, pk=pk, by=writer(request))
    context = preview_shown(run, request.GET.get("verdict", ""))
    name = "_preview.html" if request.headers.get("HX-Request") else "preview.html"
    return render(request, f"patterns/{name}", {"preview": context})


@require_POST
def preview_cancel(request: HttpRequest, pk: str) -> HttpResponse:
    """Stop it."""
    run = get_object_or_404(PreviewRun, pk=pk, by=writer(request))
    previews.cancel(run)
    run.refresh_from_db()
    return render(request, "patterns/preview.html", {"preview": preview_shown(run)})


def preview_shown(run: PreviewRun, verdict: str = "") -> dict[str, Any]:
    """What the fragment shows: the hosts of ``verdict``, or of the most telling there are."""
    counts = [(str(state), run.counts.get(str(state), 0)) for state in TELLING]
    present = [state for state, count in counts if count]
    chosen = verdict if verdict in dict(counts) else (present or [str(State.MATCH)])[0]
    return {
        "run": run,
        "counts": counts,
        "verdict": chosen,
        "wanted": verdict if verdict == chosen else "",
        "hosts": run.hosts.get(chosen, []),
        "under_way": run.state in previews.UNDER_WAY,
        "quiet": previews.is_quiet(run, timezone.now()),
    }
