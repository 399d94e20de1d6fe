"""Lessons: writing them, and what is known about each (taught, watched for, broken today)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Max, Q
from django.db.models.functions import Coalesce

from incidents.patterns.dependants import remember_section
from incidents.patterns.models import Flag, Pattern
from incidents.records.models import Incident, Lesson, LessonQuerySet, Visibility
from kb.accounts.models import User
from kb.wiki import revisions
from kb.wiki.pages import TAKEN, free_slug
from kb.wiki.revisions import Saved


@transaction.atomic
def create_lesson(
    *,
    by: User | None,
    title: str,
    statement: str,
    slug: str = "",
    incidents: Iterable[Incident] = (),
    **fields: Any,
) -> Lesson:
    """A new lesson; without a ``slug`` one is made from the title and then stays for ever.

    ``incidents`` taught it: each gets a revision that says so.
    """
    if slug in TAKEN:
        raise ValidationError({"slug": f"{slug!r} is an address of its own; choose another."})
    lesson = Lesson(
        title=title, statement=statement, slug=slug or free_slug(Lesson, title), **fields
    )
    lesson.full_clean(exclude=["updated_by"])
    made = revisions.create(lesson, by=by).current
    for incident in incidents:
        teach(incident, made, by=by)
    return made


def teach(incident: Incident, lesson: Lesson, *, by: User | None) -> None:
    """The incident taught the lesson; saying so twice is once."""
    _relink(incident, lesson, by, add=True)


def untaught(incident: Incident, lesson: Lesson, *, by: User | None) -> None:
    """The incident did not teach it after all."""
    _relink(incident, lesson, by, add=False)


@transaction.atomic
def set_taught(lesson: Lesson, incidents: Iterable[Incident], *, by: User) -> None:
    """Of the incidents ``by`` may see, exactly these taught the lesson; others stay as they are."""
    wanted = {incident.pk: incident for incident in incidents}
    before = {incident.pk: incident for incident in taught_by(lesson, by)}
    for pk in wanted.keys() - before.keys():
        teach(wanted[pk], lesson, by=by)
    for pk in before.keys() - wanted.keys():
        untaught(before[pk], lesson, by=by)


def _relink(incident: Incident, lesson: Lesson, by: User | None, *, add: bool) -> None:
    locked = Incident.objects.select_for_update().get(pk=incident.pk)
    slugs = set(locked.lessons.values_list("slug", flat=True))
    wanted = slugs | {lesson.slug} if add else slugs - {lesson.slug}
    outcome = revisions.save(
        locked,
        expected=locked.revision,
        by=by,
        changes={},
        relations={"lessons": sorted(wanted)},
        comment=f"{'Taught' if add else 'Did not teach'}: {lesson.title}",
    )
    if isinstance(outcome, Saved) and outcome.changed:
        remember_section("taught")


def with_teaching(lessons: LessonQuerySet, user: User) -> LessonQuerySet:
    """Each with ``taught`` and ``last_taught``, of the incidents this reader may see; the most
    taught first.  To anybody else a restricted one is never counted.
    """
    seen = Q(incidents__in=Incident.objects.visible_to(user))
    when = Coalesce("incidents__started_at", "incidents__detected_at", "incidents__created_at")
    counted: LessonQuerySet = lessons.annotate(
        taught=Count("incidents", filter=seen, distinct=True), last_taught=Max(when, filter=seen)
    )
    return counted.order_by(F("taught").desc(), "title")


def taught_by(lesson: Lesson, user: User) -> list[Incident]:
    """The incidents behind a lesson that this reader may see, newest first."""
    seen = Incident.objects.visible_to(user).filter(lessons=lesson).newest_first()
    return list(
        seen.only(
            "title", "severity", "kind", "started_at", "detected_at", "created_at", "visibility"
        )
    )


def watchers(slugs: Iterable[str]) -> dict[str, list[Pattern]]:
    """By lesson, the patterns that watch for it."""
    wanted = set(slugs)
    found: dict[str, list[Pattern]] = {slug: [] for slug in wanted}
    # A pattern names its lessons in a JSON list, and the two databases search those differently.
    for pattern in Pattern.objects.only("slug", "title", "severity", "enabled", "lessons"):
        for slug in wanted.intersection(pattern.lessons):
            found[slug].append(pattern)
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known about one lesson today, as one reader may know it."""

    incidents: list[Incident]
    patterns: list[Pattern]
    flags: list[Flag] = field(default_factory=list)

    @property
    def shared(self) -> list[Incident]:
        """Those that everybody may see: only they lend their words to a check."""
        return [one for one in self.incidents if one.visibility == Visibility.EVERYONE]

    @property
    def taught(self) -> int:
        return len(self.incidents)

    @property
    def last(self) -> datetime | None:
        return max((incident.happened_at for incident in self.incidents), default=None)


def standing(lesson: Lesson, user: User) -> Standing:
    patterns = watchers([lesson.slug])[lesson.slug]
    flags = (
        Flag.objects.visible_to(user)
        .needing_eyes()
        .filter(pattern__in=patterns)
        .select_related("host", "pattern")
        .only("severity", "state", "sentence", "opened_at", "host__name", "pattern__slug",
              "pattern__title")
        .order_by("host__name", "pattern__slug")
    )  # fmt: skip
    return Standing(taught_by(lesson, user), patterns, list(flags) if patterns else [])
