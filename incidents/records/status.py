"""Draft, review, published, amended: where a write-up may go, and who moved it when and why."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from incidents.records.models import Incident, IncidentStatus
from incidents.records.steps import StatusMove
from incidents.records.times import TIMES
from incidents.records.tracked import TEXTS
from kb.accounts.models import User
from kb.wiki import revisions

#: From each status, where it may go next by hand.
NEXT = {
    IncidentStatus.DRAFT: (IncidentStatus.REVIEW, IncidentStatus.PUBLISHED),
    IncidentStatus.REVIEW: (IncidentStatus.PUBLISHED, IncidentStatus.DRAFT),
    IncidentStatus.PUBLISHED: (IncidentStatus.AMENDED,),
    IncidentStatus.AMENDED: (),
}
#: Others have read it.
OUT = (IncidentStatus.PUBLISHED, IncidentStatus.AMENDED)
#: A change to one of these amends what has been published, and needs a reason.
TOLD = frozenset({"title", "kind", "severity", *TIMES, "time_sources", "time_uncertainty", *TEXTS})
_LONGEST = 300


def check_status(current: str, changes: dict[str, Any]) -> None:
    """A ``ValidationError`` where a write-up may not go from ``current`` to what is asked."""
    wanted = changes.get("status", current)
    if wanted == current or wanted in NEXT[IncidentStatus(current)]:
        return
    ways = " or ".join(NEXT[IncidentStatus(current)]) or "nothing else"
    raise ValidationError({"status": f"From {current} it can go to {ways}."})


def amends(current: Incident, changes: dict[str, Any]) -> bool:
    """Whether ``changes`` correct what others have read already."""
    if current.status not in OUT:
        return False
    return any(getattr(current, n) != v for n, v in changes.items() if n in TOLD)


def check_reason(current: Incident, changes: dict[str, Any], comment: str) -> None:
    """What has been read is corrected with a reason: a ``ValidationError`` where there is none."""
    moved = changes.get("status", current.status)
    by_hand = moved == IncidentStatus.AMENDED and moved != current.status
    if not comment.strip() and (by_hand or amends(current, changes)):
        raise ValidationError(
            {"comment": "This has been published: say in a few words what you correct, and why."}
        )


def note_move(
    incident: Incident,
    before: str,
    *,
    by: User | None,
    reason: str = "",
    at: datetime | None = None,
) -> StatusMove:
    """Put on record that a write-up came from ``before`` to where it stands."""
    return StatusMove.objects.create(
        incident=incident,
        at=at or timezone.now(),
        before=before,
        after=incident.status,
        by=by,
        reason=reason.strip()[:_LONGEST],
        revision=incident.revision,
    )


def amend_beside(incident: Incident, *, by: User | None, reason: str) -> None:
    """Something that belongs to a write-up was changed beside its own texts (its timeline).

    What has been published is amended by that; a draft just goes on.  Inside the transaction of
    the change itself.
    """
    current = Incident.objects.select_for_update().get(pk=incident.pk)
    if current.status not in OUT:
        return
    before = current.status
    if before == IncidentStatus.AMENDED:
        revisions.note(current, by=by, comment=reason[:_LONGEST])
    else:
        revisions.save(
            current,
            expected=current.revision,
            by=by,
            changes={"status": IncidentStatus.AMENDED},
            comment=reason[:_LONGEST],
        )
    current.refresh_from_db(fields=["status", "revision"])
    note_move(current, before, by=by, reason=reason)
