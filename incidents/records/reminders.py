"""What time alone brings up: overdue actions, lessons to review, this day in other years."""

from dataclasses import dataclass
from datetime import date, timedelta
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


def lesson_to_reread(monday: date) -> Lesson | None:
    """One active lesson a week; all take their turn."""
    lessons = Lesson.objects.filter(deleted_at=None, state=LessonState.ACTIVE).order_by("slug")
    count = lessons.count()
    return lessons[(monday.toordinal() // 7) % count] if count else None


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
