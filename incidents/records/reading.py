"""The reading club: write-ups to read together, what to read next, and the agenda of a day."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, Count, IntegerField, Q, Value, When

from incidents.records.models import Incident, IncidentLinkKind, IncidentQuerySet
from incidents.records.status import OUT
from incidents.records.steps import Reading
from kb.accounts.models import User
from kb.wiki.markdown import plain

SUGGESTED = 5
_WEIGHT = {"critical": 0, "high": 1, "medium": 2, "low": 3}


@transaction.atomic
def put_on_list(incident: Incident, *, by: User, on: date | None = None, note: str = "") -> Reading:
    """Put a write-up on the list; one that is on it stays where it is, with the new day and note.

    One that was read before is read again.
    """
    if not Incident.objects.visible_to(by).filter(pk=incident.pk).exists():
        raise ValidationError({"incident": f"There is no incident {incident.pk}."})
    fields: dict[str, Any] = {"on": on, "note": note, "read_at": None}
    entry, _ = Reading.objects.update_or_create(
        incident=incident, defaults=fields, create_defaults=fields | {"added_by": by}
    )
    return entry


def take_off(entry: Reading) -> None:
    """Off the list; one that is gone already is gone."""
    Reading.objects.filter(pk=entry.pk).delete()


def mark_read(entry: Reading, *, now: datetime) -> None:
    """It was read together; twice is once."""
    Reading.objects.filter(pk=entry.pk, read_at=None).update(read_at=now.replace(microsecond=0))


def to_read(user: User) -> list[Reading]:
    """What is on the list, the next first, as far as this reader may see it."""
    return list(_entries(user).filter(read_at=None))


def read_already(user: User, most: int = 20) -> list[Reading]:
    return list(_entries(user).exclude(read_at=None).order_by("-read_at")[:most])


def _entries(user: User) -> Any:
    return (
        Reading.objects.visible_to(user)
        .select_related("incident", "added_by")
        .prefetch_related("incident__hosts", "incident__lessons")
    )


def suggestions(user: User) -> list[Incident]:
    """Published write-ups that were never read together: what repeats itself, then what hurt most,
    then the newest.
    """
    repeats = Count("links_from", filter=Q(links_from__kind=IncidentLinkKind.REPEAT))
    hurt = Case(
        *(When(severity=name, then=Value(weight)) for name, weight in _WEIGHT.items()),
        default=Value(9),
        output_field=IntegerField(),
    )
    found: IncidentQuerySet = Incident.objects.visible_to(user).filter(status__in=OUT, reading=None)
    ranked = found.annotate(repeats=repeats, hurt=hurt).order_by("-repeats", "hurt", "-pk")
    return list(ranked[:SUGGESTED])


def agenda(entries: list[Reading], base: str) -> str:
    """The agenda as Markdown, to be mailed or printed: what to read, and what to talk about."""
    parts = ["# Reading club\n"]
    for entry in entries:
        incident = entry.incident
        day = f" ({entry.on:%Y-%m-%d})" if entry.on else ""
        parts.append(f"## #{incident.pk} {_one_line(incident.title)}{day}\n")
        parts.append(f"<{base}/incidents/{incident.pk}/>\n")
        if incident.summary:
            parts.append(_one_line(plain(incident.summary)) + "\n")
        parts.append("\n".join(f"- {point}" for point in _points(entry)) + "\n")
    if not entries:
        parts.append("Nothing is on the list.\n")
    return "\n".join(parts)


def _points(entry: Reading) -> list[str]:
    incident = entry.incident
    points = [_one_line(entry.note)] if entry.note else []
    questions = [_one_line(line).lstrip("-*# ") for line in incident.open_questions.split("\n")]
    points += [f"Open: {question}" for question in questions if question]
    points += [f"It taught: {lesson.title}" for lesson in incident.lessons.all()]
    return points or ["What would have made the difference?"]


def _one_line(text: str) -> str:
    return " ".join(text.split())
