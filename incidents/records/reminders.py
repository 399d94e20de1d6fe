"""What time alone brings up: overdue actions, lessons to review, this day in other years."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Q

from incidents.records.models import (
    Action,
    ActionQuerySet,
    ActionState,
    IncidentQuerySet,
    Lesson,
    LessonQuerySet,
    LessonState,
)
from kb.wiki import revisions
from kb.wiki.models import Revisioned

T = TypeVar("T", bound=Revisioned)
REVIEW_NOTICE = timedelta(days=14)
LONG_AGO = timedelta(days=300)


def overdue_actions(today: date, incidents: IncidentQuerySet) -> ActionQuerySet:
    """Open actions whose day has passed: of these incidents, and those that hang on none."""
    actions: ActionQuerySet = Action.objects.filter(
        Q(incident=None) | Q(incident__in=incidents.values("pk")),
        state=ActionState.OPEN,
        due__lt=today,
    )
    return actions.select_related("incident", "owner", "team").order_by("due", "pk")


def lessons_due(today: date) -> LessonQuerySet:
    """Active lessons whose review is past or falls within two weeks."""
    lessons: LessonQuerySet = Lesson.objects.filter(
        deleted_at=None, state=LessonState.ACTIVE, review_by__lte=today + REVIEW_NOTICE
    )
    return lessons.order_by("review_by", "slug")


def overdue_then(today: date, moment: datetime, incidents: IncidentQuerySet) -> list[Action]:
    """The actions that were overdue on ``today`` as the register stood at ``moment``.

    What was changed since is read as its last revision before that said.
    """
    hanging = Q(incident=None) | Q(incident__in=incidents.values("pk"))
    actions = Action.objects.filter(hanging, created_at__lt=moment)
    quiet = actions.filter(updated_at__lt=moment).overdue(today)
    since = actions.filter(updated_at__gte=moment).order_by("pk")
    names = ("incident", "owner", "team")
    then = [as_of(action, moment) for action in since.select_related(*names)]
    late = [one for one in then if one.state == ActionState.OPEN and one.due and one.due < today]
    found = [*quiet.select_related(*names), *late]
    return sorted(found, key=lambda one: (one.due or today, one.pk))


def lessons_due_then(today: date, moment: datetime) -> list[Lesson]:
    """The lessons whose review was due on ``today``, as they stood at ``moment``."""
    last = today + REVIEW_NOTICE
    due = [one for one in lessons_then(moment) if one.review_by and one.review_by <= last]
    return sorted(due, key=lambda one: (one.review_by or today, one.slug))


def lessons_then(moment: datetime) -> list[Lesson]:
    """The lessons that were active at ``moment``, by slug."""
    known = Lesson.objects.filter(
        Q(deleted_at=None) | Q(deleted_at__gte=moment), created_at__lt=moment
    )
    quiet = known.filter(updated_at__lt=moment, state=LessonState.ACTIVE)
    then = [as_of(lesson, moment) for lesson in known.filter(updated_at__gte=moment)]
    active = [*quiet, *(one for one in then if one.state == LessonState.ACTIVE)]
    return sorted(active, key=lambda one: one.slug)


def turn_of(lessons: Sequence[Lesson], monday: date) -> Lesson | None:
    """The one of these that is worth reading again in this week; all take their turn."""
    return lessons[(monday.toordinal() // 7) % len(lessons)] if lessons else None


def as_of(obj: T, moment: datetime) -> T:
    """``obj`` with its own columns as they were at ``moment``; nothing is stored."""
    older = (entry.number for entry in revisions.history(obj) if entry.at < moment)
    number = next(older, None)
    then = revisions.state_at(obj, number) if number is not None else None
    fields = {field.name: field.attname for field in obj._meta.concrete_fields}
    for name, value in (then or {}).items():
        if name in fields:
            setattr(obj, fields[name], value)
    return obj


@dataclass(frozen=True, slots=True)
class Anniversary:
    """An incident and the local day it began."""

    number: int
    title: str
    day: date


def on_these_days(
    first: date, days: int, zone: str, incidents: IncidentQuerySet
) -> list[Anniversary]:
    """Incidents of earlier years that began on one of ``days`` days from ``first`` on."""
    wanted = {(day.month, day.day) for day in (first + timedelta(days=n) for n in range(days))}
    found = []
    started = incidents.exclude(started_at=None).only("title", "started_at")
    for incident in started:
        assert incident.started_at is not None
        day = incident.started_at.astimezone(ZoneInfo(zone)).date()
        if (day.month, day.day) in wanted and first - day > LONG_AGO:
            found.append(Anniversary(incident.pk, incident.title, day))
    return sorted(found, key=lambda item: item.day)
