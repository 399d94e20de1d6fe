"""Every check of a host, now or at a moment that is over."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from incidents.hosts.models import Host
from incidents.patterns.explain import look
from incidents.patterns.moments import BadMoment
from kb.wiki.editing import person


@require_safe
def host_checks(request: HttpRequest, name: str) -> HttpResponse:
    """``?at=`` looks back; a moment that cannot be is a 400 that names the mend."""
    hosts: Any = Host.objects.all()
    host = get_object_or_404(hosts.visible_to(person(request)), name=name)
    try:
        found = look(host, request.GET.get("at", ""), timezone.now())
    except BadMoment as error:
        shown = {"host": host, "mistake": str(error)}
        return render(request, "patterns/checks.html", shown, status=400)
    return render(request, "patterns/checks.html", {"host": host, "found": found})
