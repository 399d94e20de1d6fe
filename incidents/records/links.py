"""``#12`` leads to an incident the reader may see; ``[[lesson:slug]]`` to a lesson."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.http import urlencode

from incidents.records.models import Incident, Lesson
from kb.accounts.models import User
from kb.wiki.links import LinkKind, Target, link_targets


def _incidents(keys: Iterable[str], user: User) -> dict[str, Target]:
    numbers = {int(key): key for key in keys if key.isdecimal() and len(key) < 10}
    found = Incident.objects.visible_to(user).filter(pk__in=numbers).values_list("pk", "title")
    return {
        numbers[pk]: Target(reverse("records:incident", args=[pk]), f"#{pk} {title}")
        for pk, title in found
    }


def _lessons(keys: Iterable[str], user: User) -> dict[str, Target]:
    found = Lesson.objects.visible_to(user).filter(slug__in=keys).values_list("slug", "title")
    return {slug: Target(reverse("records:lesson", args=[slug]), title) for slug, title in found}


def _new_lesson(key: str) -> str:
    title = key.replace("-", " ").capitalize()
    return f"{reverse('records:lesson-new')}?{urlencode({'title': title})}"


# No address for a missing incident: a restricted one must look like one that is not there.
link_targets.register("incident", LinkKind(_incidents))
link_targets.register("lesson", LinkKind(_lessons, _new_lesson))
