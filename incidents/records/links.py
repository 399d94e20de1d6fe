"""``#12`` leads to an incident the reader may see; ``[[lesson:slug]]`` to a lesson."""

from django.urls import reverse
from django.utils.http import urlencode

from incidents.records.models import Incident, Lesson
from kb.wiki.links import LinkKind, link_targets


def _new_lesson(key: str) -> str:
    title = key.replace("-", " ").capitalize()
    return f"{reverse('records:lesson-new')}?{urlencode({'title': title})}"


# No address for a missing incident: a restricted one must look like one that is not there.
link_targets.register(
    "incident",
    LinkKind(
        "Incident", Incident, "records:incident", lambda number, title: f"#{number}",
        name="pk", shown=lambda number, title: f"#{number} {title}", sign="#", has_pages=False,
    ),
)  # fmt: skip
link_targets.register(
    "lesson",
    LinkKind(
        "Lesson", Lesson, "records:lesson", lambda slug, title: f"[[lesson:{slug}]]",
        create=_new_lesson,
    ),
)  # fmt: skip
