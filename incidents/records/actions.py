"""Actions: what somebody will do, until it is done or dropped; every turn of it is logged."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from incidents.hosts.models import Host
from incidents.patterns.dependants import remember_section
from incidents.records import news
from incidents.records.models import Action, ActionState, Incident, VerifyScope
from incidents.records.trails import ActionEvent, ActionEventKind
from kb.accounts.models import User
from kb.wiki import revisions
from kb.wiki.revisions import Conflict, Saved

#: What only the rules decide; a form or an older revision that says it is not listened to.
DECIDED = frozenset({"done_at", "owner_name", "verified_at", "held_open"})
ASKS = ("verified_by", "verify_scope")
_TURNED = {
    ActionState.DONE: ActionEventKind.DONE,
    ActionState.DROPPED: ActionEventKind.DROPPED,
    ActionState.OPEN: ActionEventKind.OPENED,
}


@transaction.atomic
def create_action(
    *, by: User | None, now: datetime, verify_hosts: Iterable[str] = (), **fields: Any
) -> Action:
    """A new action; ``done_at`` is set where it was done already.  Hosts are given by name."""
    names = sorted(set(verify_hosts))
    fields = _dated({}, fields, now)
    owner = fields.get("owner")
    fields["owner_name"] = owner.username if owner else fields.get("owner_name", "")
    action = Action(**fields)
    action.full_clean(exclude=["updated_by"])
    _check_incident(action.incident, by)
    _check_verified(action.verified_by_id, action.verify_scope, names)
    remember_section("taught")
    made = revisions.create(action, by=by, relations={"verify_hosts": names}).current
    log(made, ActionEventKind.CREATED, before="", by=by, now=now)
    return made


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
    said = {name: value for name, value in changes.items() if name not in DECIDED}
    if "done_at" in changes and said.get("state") == ActionState.DONE != current.state:
        said["done_at"] = changes["done_at"]
    links = {name: sorted(set(names)) for name, names in (relations or {}).items()}
    asked = _asks_otherwise(current, said, links)
    if asked:
        _check_verified(*_asked(current, said, links))
    state = {"state": current.state, "done_at": current.done_at}
    decided = _dated(state, said, now) | _owner(said) | _trust(current, said, asked=asked)
    outcome = revisions.save(
        action, expected=expected, by=by, changes=decided, comment=comment, relations=links
    )
    if isinstance(outcome, Saved) and outcome.changed:
        remember_section("taught")
        _log_changes(current, outcome.current, by=by, because=comment, now=now)
    return outcome


def move(
    action: Action, state: str, *, by: User, now: datetime, because: str = ""
) -> Saved[Action] | Conflict[Action]:
    """Done, dropped, or open again; pressing twice is once."""
    return save_action(
        action,
        expected=action.revision,
        by=by,
        changes={"state": state},
        now=now,
        comment=because or str(ActionState(state).label),
    )


def log(
    action: Action,
    kind: ActionEventKind,
    *,
    before: str,
    by: User | None,
    now: datetime,
    **said: Any,
) -> ActionEvent:
    """Add a line to what the action went through."""
    event = ActionEvent.objects.create(
        action=action,
        at=now,
        kind=kind,
        before=before,
        after=action.state,
        by=by,
        by_name=by.username if by else "",
        **said,
    )
    news.tell(event)
    return event


def _log_changes(
    before: Action, after: Action, *, by: User | None, because: str, now: datetime
) -> None:
    said: dict[str, Any] = {"before": before.state, "by": by, "now": now}
    if before.state != after.state:
        state = ActionState(after.state)
        reason = "" if because == state.label else because
        log(after, _TURNED[state], because=reason, **said)
    if before.owner_id != after.owner_id or before.team_id != after.team_id:
        log(after, ActionEventKind.GIVEN, because=f"Now {_holder(after)}", **said)
    if before.due != after.due:
        until = f"{after.due:%Y-%m-%d}" if after.due else "without a day"
        log(after, ActionEventKind.MOVED, because=f"Now {until}", **said)


def _holder(action: Action) -> str:
    names = [action.whose, str(action.team or "")]
    return " and ".join(name for name in names if name) or "nobody's"


def _dated(before: dict[str, Any], changes: dict[str, Any], now: datetime) -> dict[str, Any]:
    state = changes.get("state", before.get("state", ActionState.OPEN))
    if state != ActionState.DONE:
        return changes | {"done_at": None}
    done = changes.get("done_at") or before.get("done_at") or now.replace(microsecond=0)
    return changes | {"done_at": done}


def _owner(changes: dict[str, Any]) -> dict[str, Any]:
    """The owner's name beside the owner."""
    if "owner" not in changes:
        return {}
    owner = changes["owner"]
    if isinstance(owner, int):  # from an older revision
        owner = User.objects.filter(pk=owner).first()
        return {"owner": owner, "owner_name": owner.username} if owner else {"owner": None}
    return {"owner_name": owner.username if owner else ""}


# --- who verifies it --------------------------------------------------------------------------


def _asks_otherwise(current: Action, said: dict[str, Any], links: dict[str, Any]) -> bool:
    """Whether something else is asked now than before: another pattern, other hosts."""
    pattern, scope, hosts = _asked(current, said, links)
    return (pattern, scope) != (current.verified_by_id, current.verify_scope) or (
        "verify_hosts" in links and hosts != _hosts_of(current)
    )


def _asked(
    current: Action, said: dict[str, Any], links: dict[str, Any]
) -> tuple[int | None, str, list[str]]:
    pattern = said.get("verified_by", current.verified_by_id)
    scope = said.get("verify_scope", current.verify_scope)
    hosts = links["verify_hosts"] if "verify_hosts" in links else _hosts_of(current)
    return getattr(pattern, "pk", pattern), scope, hosts


def _hosts_of(action: Action) -> list[str]:
    return sorted(action.verify_hosts.values_list("name", flat=True))


def _trust(current: Action, said: dict[str, Any], *, asked: bool) -> dict[str, Any]:
    """What a person's word does to what facts said of it."""
    if asked:
        return {"verified_at": None, "held_open": False}
    state = said.get("state", current.state)
    if state == current.state:
        return {}
    again = state == ActionState.OPEN and current.state == ActionState.DONE
    return {"verified_at": None, "held_open": again and current.verified_by_id is not None}


def _check_verified(pattern: Any, scope: str, hosts: list[str]) -> None:
    """Named hosts have to be named, and there."""
    if pattern is None or scope != VerifyScope.HOSTS:
        return
    if not hosts:
        said = "Name at least one host, or let it be verified on every host."
        raise ValidationError({"verify_hosts": said})
    there = set(Host.objects.filter(name__in=hosts).values_list("name", flat=True))
    if missing := [name for name in hosts if name not in there]:
        raise ValidationError({"verify_hosts": f"There is no host {missing[0]!r}."})


def _check_incident(incident: Incident | None, by: User | None) -> None:
    """An action may hang only on an incident that its writer sees."""
    if incident is None or by is None:
        return
    if not Incident.objects.visible_to(by).filter(pk=incident.pk).exists():
        raise ValidationError({"incident": "There is no such incident."})
