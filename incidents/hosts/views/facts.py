"""What changed when, and who said so: the history of a host's facts."""

from datetime import datetime

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from incidents.hosts import compaction
from incidents.hosts.history import entries, facts_at, told
from incidents.hosts.models import Host
from incidents.hosts.moments import BadMoment, read_moment
from incidents.hosts.present import sections_of
from incidents.hosts.views.hosts import visible

PAGE = 40


@require_safe
def host_facts(request: HttpRequest, name: str) -> HttpResponse:
    """The changes, newest first, by ``?section=``; ``?at=`` shows the facts as they stood then."""
    host, now = visible(request, name), timezone.now()
    words = request.GET.get("at", "")
    moment, mistake = _asked(words, now)
    section = request.GET.get("section") or None
    page = Paginator(list(entries(host, section)), PAGE).get_page(request.GET.get("page"))
    shown = {
        "host": host,
        "page": page,
        "offered": told(host),
        "section": section,
        "at": moment,
        "at_words": words,
        "at_is_day": not words or _is_day(words),
        "mistake": mistake,
        "stood": _as_of(host, moment) if moment else None,
        "kept": compaction.in_words(),
        "now": now,
    }
    return render(request, "hosts/facts.html", shown, status=400 if mistake else 200)


def _asked(words: str, now: datetime) -> tuple[datetime | None, str]:
    """The moment asked for, or what is wrong with it."""
    if not words:
        return None, ""
    try:
        return read_moment(words, now), ""
    except BadMoment as error:
        return None, str(error)


def _is_day(words: str) -> bool:
    try:
        return parse_date(words) is not None
    except ValueError:
        return False


def _as_of(host: Host, moment: datetime) -> object:
    merged = facts_at(host, moment)
    then = Host(name=host.name, facts=merged.document, observed=merged.observed)
    return sections_of(then, moment)
