"""Lines of a timeline: added once however often they are sent, put between, corrected, removed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from incidents.records.models import Incident, TimelineEntry
from incidents.records.status import amend_beside
from kb.accounts.models import User
from kb.wiki import revisions
from kb.wiki.revisions import Conflict, Saved

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line that is to be added.  ``key`` is made where it was written and tells it from others.

    ``after`` is the line it is to stand behind, where both are of the same moment.
    """

    at: datetime
    what: str
    evidence: str = ""
    kind: str = "fact"
    key: UUID | None = None
    after: int | None = None


def add_line(
    incident: Incident,
    *,
    by: User | None,
    at: datetime,
    what: str,
    evidence: str = "",
    kind: str = "fact",
    key: UUID | None = None,
    after: int | None = None,
    reason: str = "",
) -> TimelineEntry:
    """One more line; the same line sent twice stands once."""
    line = NewLine(at, what, evidence, kind, key, after)
    return add_lines(incident, [line], by=by, reason=reason)[0]


@transaction.atomic
def add_lines(
    incident: Incident,
    lines: Iterable[NewLine],
    *,
    by: User | None,
    reason: str = "",
    amends: bool = True,
) -> list[TimelineEntry]:
    """Several lines at once: all of them, or a ``ValidationError`` and none.

    Lines with which a write-up is made amend nothing, nor do those that nobody wrote (``by``).
    """
    Incident.objects.select_for_update().get(pk=incident.pk)
    wanted = list(lines)
    if len(wanted) > MOST_AT_ONCE:
        raise ValidationError(f"At most {MOST_AT_ONCE} lines at once; these are {len(wanted)}.")
    stood = [_standing(incident, line) for line in wanted]
    found = [there or _add(incident, line, by) for there, line in zip(stood, wanted, strict=True)]
    new = sum(there is None for there in stood)
    if new and amends and by is not None:
        said = "A line was added" if new == 1 else f"{new} lines were added"
        amend_beside(incident, by=by, reason=reason or f"{said} to the timeline")
    return found


def _standing(incident: Incident, line: NewLine) -> TimelineEntry | None:
    """The line, where it was sent before."""
    if line.key is not None:
        there = TimelineEntry.objects.filter(key=line.key).first()
        if there is not None and there.incident_id != incident.pk:
            raise ValidationError({"key": "This key belongs to another line. Make a new one."})
        return there
    if line.after is not None:
        return None  # put there on purpose
    words = line.what.replace("\r\n", "\n")
    return incident.timeline.filter(at=line.at, what=words).first()


def _add(incident: Incident, line: NewLine, by: User | None) -> TimelineEntry:
    entry = TimelineEntry(
        incident=incident,
        at=line.at,
        what=line.what.replace("\r\n", "\n"),
        evidence=line.evidence,
        kind=line.kind,
        by=by,
        key=line.key,
        place=_place(incident, line),
    )
    entry.full_clean(exclude=["by", "updated_by", "incident"])
    return revisions.create(entry, by=by).current


def _place(incident: Incident, line: NewLine) -> int:
    """Behind the line it is to follow, else behind all of its moment; those after it move on."""
    same = list(incident.timeline.filter(at=line.at).values_list("pk", "place"))
    if not same:
        return 0
    pks = [pk for pk, _ in same]
    if line.after not in pks:
        return max(place for _, place in same) + 1
    index = pks.index(line.after) + 1
    # Their order is no word of theirs: no revision is made of it.
    for place, pk in enumerate(pks):
        new = place if place < index else place + 1
        TimelineEntry.objects.filter(pk=pk).exclude(place=new).update(place=new)
    return index


@transaction.atomic
def save_line(
    entry: TimelineEntry,
    *,
    expected: int,
    by: User | None,
    changes: dict[str, Any],
    comment: str = "",
    relations: dict[str, Any] | None = None,
) -> Saved[TimelineEntry] | Conflict[TimelineEntry]:
    """Correct a line on top of revision ``expected``; in a published write-up that amends it."""
    Incident.objects.select_for_update().get(pk=entry.incident_id)
    outcome = revisions.save(entry, expected=expected, by=by, changes=changes, comment=comment)
    if isinstance(outcome, Saved) and outcome.changed:
        line = outcome.current
        said = comment or f"The line of {line.at:%Y-%m-%d %H:%M} UTC was corrected"
        amend_beside(line.incident, by=by, reason=said)
    return outcome


@transaction.atomic
def remove_line(entry: TimelineEntry, *, by: User) -> None:
    """Take a line away for good; its words stay in the history of the incident."""
    incident = Incident.objects.select_for_update().get(pk=entry.incident_id)
    said = f"Removed from the timeline: {entry.at:%Y-%m-%d %H:%M} {entry.what}"
    entry.delete()
    revisions.note(incident, by=by, comment=said)
    amend_beside(incident, by=by, reason=said)
