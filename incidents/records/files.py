"""Incidents and lessons go out as files of ``incidents/`` and ``lessons/``."""

from collections.abc import Iterable
from typing import Any

from incidents.records import markdown_action
from incidents.records.lessons import create_lesson
from incidents.records.markdown import write
from incidents.records.markdown_incident import told
from incidents.records.models import Action, Incident, Lesson
from kb.accounts.models import User
from kb.transfer import written
from kb.transfer.outgoing import Outgoing, outgoing
from kb.transfer.written import Written

LESSONS = Written("lesson", Lesson, "why", create_lesson)


def _incidents(reader: User | None) -> Iterable[Incident]:
    rows = Incident.objects.filter(deleted_at=None)
    rows = rows if reader is None else Incident.objects.visible_to(reader)
    return rows.order_by("pk").iterator(chunk_size=200)


def _lessons(reader: User | None) -> Iterable[Lesson]:
    rows = Lesson.objects.filter(deleted_at=None)
    rows = rows if reader is None else Lesson.objects.visible_to(reader)
    return rows.select_related("owner").order_by("slug").iterator(chunk_size=200)


def incident_file(incident: Incident, reader: User | None, rest: dict[str, Any]) -> str:
    """The file of a write-up, with what its own file once said besides."""
    made = told(incident, reader)
    made.head |= {name: value for name, value in rest.items() if name not in made.head}
    return write(made)


def lesson_file(lesson: Lesson, reader: User | None, rest: dict[str, Any]) -> str:
    """The file of a lesson, with who moved it on, when and why."""
    moves = [
        {"at": move.at, "before": move.before, "after": move.after, "by": move.by_name,
         "reason": move.reason}
        for move in lesson.moves.order_by("at", "pk")
    ]  # fmt: skip
    told = {name: value for name, value in rest.items() if name != "moves"}
    return written.write(LESSONS, lesson, ({"moves": moves} if moves else {}) | told)


def _loose(reader: User | None) -> Iterable[Action]:
    """Actions of no incident; those of one go out with it."""
    rows = Action.objects.all() if reader is None else Action.objects.visible_to(reader)
    found = markdown_action.of(rows.filter(incident=None))
    return found.order_by("pk").iterator(chunk_size=200)


outgoing.register(
    "incidents",
    Outgoing("incidents", _incidents, lambda incident: str(incident.pk), incident_file),
    rank=20,
)
outgoing.register(
    "actions",
    Outgoing("actions", _loose, lambda action: str(action.pk), markdown_action.action_file),
    rank=40,
)
outgoing.register(
    "lessons", Outgoing("lessons", _lessons, lambda lesson: lesson.slug, lesson_file), rank=30
)
