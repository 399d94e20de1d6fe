"""Actions: what somebody will do, until it is done or dropped."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from incidents.patterns.dependants import remember_section
from incidents.records.models import Action, ActionState, Incident
from kb.accounts.models import User
from kb.wiki import revisions
from kb.wiki.revisions import Conflict, Saved


@transaction.atomic
def create_action(*, by: User | None, now: datetime, **fields: Any) -> Action:
    """A new action; ``done_at`` is set where it was done already."""
    fields = _dated({}, fields, now)
    action = Action(**fields)
    action.full_clean(exclude=["updated_by"])
    _check_incident(action.incident, by)
    remember_section("taught")
    return revisions.create(action, by=by).current


@transaction.atomic
def save_action(
    action: Action,
    *,
    expected: int,
    by: User | None,
    changes: dict[str, Any],
    now: datetime,
    comment: str = "",
    relations: dict[str, Any] | None = None,
) -> Saved[Action] | Conflict[Action]:
    """Change an action on top of revision ``expected``; done and undone set ``done_at``."""
    current = Action.objects.select_for_update().get(pk=action.pk)
    if "incident" in changes:
        _check_incident(changes["incident"], by)
    dated = _dated({"state": current.state, "done_at": current.done_at}, changes, now)
    outcome = revisions.save(action, expected=expected, by=by, changes=dated, comment=comment)
    if isinstance(outcome, Saved) and outcome.changed:
        remember_section("taught")
    return outcome


def move(
    action: Action, state: str, *, by: User, now: datetime
) -> Saved[Action] | Conflict[Action]:
    """Done, dropped, or open again; pressing twice is once."""
    return save_action(
        action,
        expected=action.revision,
        by=by,
        changes={"state": state},
        now=now,
        comment=ActionState(state).label,
    )


def _dated(before: dict[str, Any], changes: dict[str, Any], now: datetime) -> dict[str, Any]:
    state = changes.get("state", before.get("state", ActionState.OPEN))
    if state != ActionState.DONE:
        return changes | {"done_at": None}
    done = changes.get("done_at") or before.get("done_at") or now.replace(microsecond=0)
    return changes | {"done_at": done}


def _check_incident(incident: Incident | None, by: User | None) -> None:
    """An action may hang only on an incident that its writer sees."""
    if incident is None or by is None:
        return
    if not Incident.objects.visible_to(by).filter(pk=incident.pk).exists():
        raise ValidationError({"incident": "There is no such incident."})
