"""What changed when, and who said so: the history of a host's facts."""

from datetime import UTC, datetime, time

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.views.decorators.http import require_safe

from incidents.hosts.history import entries, facts_at, told
from incidents.hosts.models import Host
from incidents.hosts.present import sections_of
from incidents.hosts.views.hosts import visible

PAGE = 40


@require_safe
def host_facts(request: HttpRequest, name: str) -> HttpResponse:
    """The changes, newest first, by ``?section=``; ``?at=`` shows the facts as they stood then."""
    host = visible(request, name)
    moment = _moment(request.GET.get("at", ""))
    section = request.GET.get("section") or None
    page = Paginator(list(entries(host, section)), PAGE).get_page(request.GET.get("page"))
    shown = {
        "host": host,
        "page": page,
        "offered": told(host),
        "section": section,
        "at": moment,
        "at_words": request.GET.get("at", ""),
        "stood": _as_of(host, moment) if moment else None,
        "now": timezone.now(),
    }
    return render(request, "hosts/facts.html", shown)


def _as_of(host: Host, moment: datetime) -> object:
    merged = facts_at(host, moment)
    then = Host(name=host.name, facts=merged.document, observed=merged.observed)
    return sections_of(then, moment)


def _moment(text: str) -> datetime | None:
    """A moment, or the end of a day; nothing where the words are neither."""
    try:
        moment = parse_datetime(text)
        day = None if moment else parse_date(text)
    except ValueError:
        return None
    if day is not None:
        moment = datetime.combine(day, time.max, UTC)
    if moment is None:
        return None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
