"""What stands in a person's feeds: the newest hundred of what that person may see."""

from datetime import datetime

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from incidents.exports.atom import Entry, Feed
from incidents.exports.events import absolute, event_of, first_openings
from incidents.exports.models import Event
from incidents.patterns.models import Flag, FlagState, FlagTransition
from incidents.records.models import Incident, IncidentStatus, Lesson, LessonState
from kb.accounts.models import SavedView, User
from kb.search.find import Result, find
from kb.search.registry import searchables
from kb.watching.happening import described, seen_states

MOST = 100
LOOKED_THROUGH = 400  # lines of the log, of which some are no event
FOUND = 500  # results of a search, of which the newest stand in its feed
OUT = (IncidentStatus.PUBLISHED, IncidentStatus.AMENDED)
HAPPENED = {
    Event.FLAG_OPENED: "opened",
    Event.FLAG_REOPENED: "opened again",
    Event.FLAG_RESOLVED: "resolved",
    Event.FLAG_CLOSED: "closed",
}


def flags(user: User, empty: datetime) -> Feed:
    """Every opening and every end of a flag is an entry of its own; ``empty`` is the feed's time
    where there is none."""
    seen = Flag.objects.all().visible_to(user)
    rows = list(
        FlagTransition.objects.filter(
            flag__in=seen, after__in=(FlagState.OPEN, FlagState.RESOLVED, FlagState.CLOSED)
        )
        .select_related("flag__pattern", "flag__host")
        .defer("evidence", "flag__evidence", "flag__host__facts", "flag__host__observed")
        .order_by("-at", "-pk")[:LOOKED_THROUGH]
    )
    firsts = first_openings(row.flag_id for row in rows)
    named = ((row, event_of(row, firsts)) for row in rows)
    entries = [_flag(row, event) for row, event in named if event][:MOST]
    return Feed("flags", "Flags", absolute("patterns:flag-list"), empty, entries)


def incidents(user: User, empty: datetime) -> Feed:
    """Published incidents; an amended one stands there anew."""
    rows = Incident.objects.all().visible_to(user).filter(status__in=OUT).select_related("author")
    entries = [_incident(row) for row in rows.order_by("-updated_at", "-pk")[:MOST]]
    return Feed("incidents", "Incidents", absolute("records:incident-list"), empty, entries)


def lessons(user: User, empty: datetime) -> Feed:
    """Lessons that hold."""
    rows = Lesson.objects.all().visible_to(user).filter(state=LessonState.ACTIVE)
    entries = [_lesson(row) for row in rows.order_by("-updated_at", "-pk")[:MOST]]
    return Feed("lessons", "Lessons", absolute("records:lesson-list"), empty, entries)


def search(user: User, view: SavedView, empty: datetime) -> Feed:
    """What a saved search finds by now of what the reader may see, the newest first."""
    asked = QueryDict(view.query)
    kinds = [kind for kind in asked.getlist("kind") if kind in searchables]
    text = asked.get("q", "")
    found = find(text, user, kinds=kinds, limit=FOUND, now=timezone.localtime(), count=False)
    dated = [result for result in found.results if result.date is not None]
    dated.sort(key=lambda result: (result.date or empty, result.name), reverse=True)
    page = f"{absolute('search:search')}?{view.query}"
    entries = [_found(result, empty) for result in dated[:MOST]]
    return Feed(f"search-{view.pk}", f"Search: {view.name}", page, empty, entries)


def _found(result: Result, empty: datetime) -> Entry:
    return Entry(
        name=result.name.replace(":", "/"),
        title=result.title,
        url=f"{settings.SITE_URL.rstrip('/')}{result.url}",
        updated=result.date or empty,
        text=strip_tags(result.snippet),
        categories=tuple(filter(None, (result.label, result.severity))),
    )


def changes(user: User, empty: datetime) -> Feed:
    """Every save of what this person may see."""
    states = seen_states(user).select_related("revision__user").order_by("-pk")[:MOST]
    entries = [
        Entry(
            name=f"change/{one.pk}",
            title=one.title,
            url=f"{settings.SITE_URL}{one.address}",
            updated=one.at,
            text=one.words,
            author=one.by.username if one.by else "",
            categories=(one.kind,),
        )
        for one in described(states)
    ]
    return Feed("changes", "Recent changes", absolute("watching:changes"), empty, entries)


def _flag(row: FlagTransition, event: str) -> Entry:
    flag = row.flag
    happened = HAPPENED[Event(event)]
    return Entry(
        name=f"flag-transition/{row.pk}",
        title=f"{flag.host.name}: {flag.pattern.title} ({happened})",
        url=absolute("patterns:flag", flag.pk),
        updated=row.at,
        text=" ".join(part for part in (row.sentence, row.because) if part),
        categories=(row.severity, happened),
    )


def _incident(incident: Incident) -> Entry:
    return Entry(
        name=f"incident/{incident.pk}",
        title=f"#{incident.pk} {incident.title}",
        url=absolute("records:incident", incident.pk),
        updated=incident.updated_at,
        text=incident.summary,
        author=incident.author.username if incident.author else "",
        categories=(incident.severity, incident.kind),
    )


def _lesson(lesson: Lesson) -> Entry:
    return Entry(
        name=f"lesson/{lesson.pk}",
        title=lesson.title,
        url=absolute("records:lesson", lesson.slug),
        updated=lesson.updated_at,
        text=lesson.statement,
        categories=tuple(str(tag) for tag in lesson.tags),
    )


def settings_address() -> str:
    """Where people manage their feeds."""
    return f"{reverse('accounts:settings')}#feeds"
