"""The stories that records tell behind a pattern: its lessons, and what taught them."""

from collections import defaultdict
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from incidents.patterns.citations import Citation, citations
from incidents.patterns.models import Pattern
from incidents.records.models import Incident, Lesson
from kb.accounts.models import User

Told = dict[str, list[Citation]]


def stories(slugs: list[str], user: User) -> Told:
    """By pattern: its lessons, then the incidents this reader may see that taught one of them or
    name the pattern itself, newest first.
    """
    patterns = Pattern.objects.filter(slug__in=slugs).only("slug", "lessons")
    lessons_of = {pattern.slug: pattern.lessons for pattern in patterns}
    wanted = {lesson for lessons in lessons_of.values() for lesson in lessons}
    lessons = {
        lesson.slug: Citation("lesson", lesson.title, reverse("records:lesson", args=[lesson.slug]))
        for lesson in Lesson.objects.visible_to(user).filter(slug__in=wanted).only("slug", "title")
    }
    incidents = _incidents(slugs, sorted(wanted), user)
    told: Told = {}
    for slug in slugs:
        mine = lessons_of.get(slug, [])
        numbers = {n for n, (ps, ls, _) in incidents.items() if slug in ps or ls & set(mine)}
        told[slug] = [lessons[lesson] for lesson in mine if lesson in lessons]
        told[slug] += [incidents[number][2] for number in incidents if number in numbers]
    return told


def _incidents(
    slugs: list[str], lessons: list[str], user: User
) -> dict[int, tuple[set[str], set[str], Citation]]:
    """Number → (patterns it names, lessons it taught, how to cite it), newest first."""
    by_pattern = _links(
        Incident.patterns.through.objects.filter(pattern__slug__in=slugs), "pattern"
    )
    by_lesson = _links(Incident.lessons.through.objects.filter(lesson__slug__in=lessons), "lesson")
    rows = (
        Incident.objects.visible_to(user)
        .filter(pk__in=by_pattern.keys() | by_lesson.keys())
        .newest_first()
    )
    return {
        pk: (
            by_pattern.get(pk, set()),
            by_lesson.get(pk, set()),
            Citation("incident", f"#{pk} {title}", reverse("records:incident", args=[pk])),
        )
        for pk, title in rows.values_list("pk", "title")
    }


def _links(rows: QuerySet[Any], name: str) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for incident, slug in rows.values_list("incident", f"{name}__slug"):
        found[incident].add(slug)
    return found


citations.register("records", stories)
