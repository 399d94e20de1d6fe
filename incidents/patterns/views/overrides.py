"""Overrides of a pattern's thresholds: set one, take one back, see who set what."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from incidents.patterns import overriding
from incidents.patterns.forms_overrides import OverrideForm
from incidents.patterns.models import Pattern, ThresholdOverride
from incidents.patterns.permissions import may_reword
from kb.wiki.editing import person, writer

LOG_SHOWN = 50


def panel(
    request: HttpRequest, pattern: Pattern, form: OverrideForm | None = None
) -> dict[str, Any]:
    """What ``_overrides.html`` shows."""
    own = overriding.thresholds_of(pattern)
    may = may_reword(request.user, pattern)
    return {
        "pattern": pattern,
        "own": own,
        "standing": overriding.standing(pattern),
        "override_form": form or (OverrideForm(own) if may and own else None),
        "may_override": may,
    }


def override_put(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows all of it with the log; POST sets one."""
    pattern = get_object_or_404(Pattern, slug=slug)
    person(request)
    if request.method != "POST":
        return _page(request, pattern)
    if not may_reword(request.user, pattern):
        raise PermissionDenied
    form = OverrideForm(overriding.thresholds_of(pattern), request.POST)
    if form.is_valid():
        try:
            overriding.put(pattern, by=writer(request), now=timezone.now(), **form.said())
        except ValidationError as error:
            form.blame(error)
        else:
            messages.success(request, "Set. The pattern is being asked of the whole fleet.")
            return redirect("patterns:overrides", slug)
    return _page(request, pattern, form, status=422)


@require_POST
def override_end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take one back; pressing twice is once."""
    pattern = get_object_or_404(Pattern, slug=slug)
    if not may_reword(request.user, pattern):
        raise PermissionDenied
    row = get_object_or_404(ThresholdOverride, pattern=pattern, pk=pk)
    overriding.take_back(row, by=writer(request), now=timezone.now())
    messages.success(request, "Taken back. The pattern is being asked of the whole fleet.")
    return redirect("patterns:overrides", slug)


def _page(
    request: HttpRequest, pattern: Pattern, form: OverrideForm | None = None, status: int = 200
) -> HttpResponse:
    log = overriding.log(pattern)[:LOG_SHOWN]
    shown = {"pattern": pattern, "shown": panel(request, pattern, form), "log": log}
    return render(request, "patterns/overrides.html", shown, status=status)
