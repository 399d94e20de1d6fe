"""A lesson's life: proposed, active, dormant, retired; and the words incidents lend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from incidents.patterns.models import Pattern, WeeklyCount
from incidents.patterns.verdict import State
from incidents.records.lessons import teach, watchers
from incidents.records.models import Incident, Lesson, LessonState
from incidents.records.trails import LessonMove, LessonQuote
from kb.accounts.models import User
from kb.wiki import revisions
from kb.wiki.revisions import Conflict, Saved

NEXT: dict[LessonState, tuple[LessonState, ...]] = {
    LessonState.PROPOSED: (LessonState.ACTIVE, LessonState.RETIRED),
    LessonState.ACTIVE: (LessonState.DORMANT, LessonState.RETIRED),
    LessonState.DORMANT: (LessonState.ACTIVE, LessonState.RETIRED),
    LessonState.RETIRED: (LessonState.ACTIVE,),
}
#: What a button says that leads there.
VERBS = {
    LessonState.ACTIVE: "Make it active",
    LessonState.DORMANT: "Let it rest",
    LessonState.RETIRED: "Retire it",
}
#: So many weeks in which no host had anything to do with it, before rest is offered.
QUIET_WEEKS = 8
#: Who said "keep it" is not asked again for so long.
KEPT_FOR = timedelta(days=180)
#: When it is read again, after somebody said that it still holds.
READ_AGAIN = timedelta(days=365)
LONGEST_QUOTE = 1000


@transaction.atomic
def move_lesson(
    lesson: Lesson, state: str, *, by: User, now: datetime, reason: str = ""
) -> Saved[Lesson] | Conflict[Lesson]:
    """Move it on, with who and why on record.  To the state it is in: it was looked at and kept.

    Raises ``ValidationError`` where it may not move so, or where resting and retiring lack a
    reason.
    """
    current = Lesson.objects.select_for_update().get(pk=lesson.pk)
    before = LessonState(current.state)
    if state not in LessonState.values:
        raise ValidationError({"state": f"A lesson is one of {', '.join(LessonState.values)}."})
    after, why = LessonState(state), " ".join(reason.split())[:300]
    if after != before and after not in NEXT[before]:
        said = f"A lesson that is {before.label.lower()} cannot become {after.label.lower()}."
        raise ValidationError({"state": said})
    if after in (LessonState.DORMANT, LessonState.RETIRED) and after != before and not why:
        raise ValidationError({"reason": "Say why; whoever looks for it will ask."})
    if after == before and _just_kept(current, by, now):
        return Saved(current, changed=False)
    comment = why or str(after.label)
    outcome = revisions.save(
        current, expected=current.revision, by=by, changes={"state": after}, comment=comment
    )
    LessonMove.objects.create(
        lesson=current, at=now, before=before, after=after, by=by, by_name=by.username, reason=why
    )
    return outcome


def _just_kept(lesson: Lesson, by: User, now: datetime) -> bool:
    """Whether this person said so a moment ago: a form that is sent twice."""
    last = lesson.moves.first()
    return last is not None and last.by_id == by.pk and now - last.at < timedelta(minutes=2)


@transaction.atomic
def read_again(
    lesson: Lesson, *, by: User, now: datetime, until: date | None = None
) -> Saved[Lesson] | Conflict[Lesson]:
    """Somebody read it and it still holds: the next reading is in a year, or at ``until``."""
    day = until or (now + READ_AGAIN).date()
    if day <= now.date():
        raise ValidationError({"review_by": "Say a day to come."})
    current = Lesson.objects.select_for_update().get(pk=lesson.pk)
    return revisions.save(
        current,
        expected=current.revision,
        by=by,
        changes={"review_by": day},
        comment="Read again: it still holds",
    )


# --- evidence ---------------------------------------------------------------------------------


@transaction.atomic
def quote(
    lesson: Lesson, incident: Incident, words: str, *, by: User, now: datetime
) -> LessonQuote:
    """Words of an incident as evidence for a lesson it thereby taught.  The same twice is once."""
    if not Incident.objects.visible_to(by).filter(pk=incident.pk).exists():
        raise ValidationError({"incident": f"There is no incident {incident.pk}."})
    said = words.replace("\r\n", "\n").strip()
    if not said:
        raise ValidationError({"quote": "Copy a sentence or two from the write-up."})
    if len(said) > LONGEST_QUOTE:
        raise ValidationError({"quote": f"At most {LONGEST_QUOTE} characters: what tells most?"})
    Lesson.objects.select_for_update().get(pk=lesson.pk)
    teach(incident, lesson, by=by)
    there = LessonQuote.objects.filter(
        lesson=lesson, incident=incident, quote=said, taken_back_at=None
    ).first()
    return there or LessonQuote.objects.create(
        lesson=lesson, incident=incident, quote=said, by=by, at=now
    )


def take_back(one: LessonQuote, *, by: User, now: datetime) -> None:
    """No longer evidence; the row stays with who took it back."""
    LessonQuote.objects.visible_to(by).filter(pk=one.pk).update(taken_back_at=now, taken_back_by=by)


# --- what left the fleet ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Resting:
    """A lesson that no host has had anything to do with for so many weeks."""

    lesson: Lesson
    weeks: int


def offered_rest(lessons: Iterable[Lesson], now: datetime) -> list[Resting]:
    """Of these, the active ones whose technology left the fleet: for ``QUIET_WEEKS`` all their
    patterns said "not applicable" of every host, and nobody asked to keep them since.
    """
    active = [one for one in lessons if one.state == LessonState.ACTIVE]
    watched = watchers(one.slug for one in active)
    asked = {p.pk for patterns in watched.values() for p in patterns if p.enabled}
    if not asked:
        return []
    quiet = _quiet_weeks(asked, now)
    kept = set(
        LessonMove.objects.filter(lesson__in=active, at__gte=now - KEPT_FOR).values_list(
            "lesson", flat=True
        )
    )
    found = []
    for lesson in active:
        patterns: list[Pattern] = [one for one in watched[lesson.slug] if one.enabled]
        weeks = min((quiet.get(one.pk, 0) for one in patterns), default=0)
        if weeks >= QUIET_WEEKS and lesson.pk not in kept:
            found.append(Resting(lesson, weeks))
    return found


def _quiet_weeks(patterns: set[int], now: datetime) -> dict[int, int]:
    """By pattern, how many of the last weeks on end nothing but "not applicable" was said."""
    since = now.date() - timedelta(weeks=26)
    rows = WeeklyCount.objects.filter(pattern__in=patterns, week__gte=since).order_by("-week")
    quiet: dict[int, int] = {}
    over: set[int] = set()
    for pattern, verdicts in rows.values_list("pattern", "verdicts"):
        there = {state for state, count in verdicts.items() if count}
        if pattern in over or there != {str(State.NOT_APPLICABLE)}:
            over.add(pattern)
        else:
            quiet[pattern] = quiet.get(pattern, 0) + 1
    return quiet
