"""Visit sheets for a host, a redundancy group or a site: a page, paper, one file to take along."""

from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from incidents.hosts.models import Host, HostStatus
from incidents.hosts.places import address_of
from incidents.hosts.views.hosts import visible
from incidents.hosts.views.rooms import Room
from incidents.hosts.visit import Sheet, sheet_of
from kb.wiki.editing import person

STYLES = ("css/tokens.css", "css/visit.css")


@require_safe
def host_visit(request: HttpRequest, name: str) -> HttpResponse:
    """``?as=file`` answers the sheet as one file that needs nothing else."""
    host = visible(request, name)
    only = Host.objects.visible_to(person(request)).filter(pk=host.pk)
    return _answer(request, sheet_of(host.name, only, person(request), timezone.now()), host)


@require_safe
def thing_visit(request: HttpRequest, room: Room, slug: str) -> HttpResponse:
    """Every host of a group or site that is in use."""
    user = person(request)
    thing = get_object_or_404(room.rows(user), slug=slug)
    hosts = room.hosts_of(thing).visible_to(user).filter(status=HostStatus.ACTIVE)  # type: ignore[attr-defined]
    return _answer(request, sheet_of(thing.name, hosts, user, timezone.now()), thing)


def _answer(request: HttpRequest, sheet: Sheet, thing: object) -> HttpResponse:
    shown = {"sheet": sheet, "thing": thing, "back": address_of(thing), "now": sheet.made_at}  # type: ignore[arg-type]
    if request.GET.get("as") != "file":
        return render(request, "hosts/visit.html", shown)
    answer = render(request, "hosts/visit_file.html", shown | {"styles": _styles(), "file": True})
    name = "".join(c if c.isalnum() or c in ".-_" else "-" for c in sheet.title)
    answer["Content-Disposition"] = f'attachment; filename="visit-{name}.html"'
    return answer


@cache
def _styles() -> SafeString:
    """The style sheets as text, for a file that is opened where there is no network."""
    found = [finders.find(name) for name in STYLES]
    texts = [Path(str(path)).read_text(encoding="utf-8") for path in found]
    return SafeString("\n".join(texts))  # our own files
