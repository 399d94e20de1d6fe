"""One act on many actions, with a result for each: sent again, it finds nothing left to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError

from incidents.records.actions import save_action
from incidents.records.models import Action, ActionState
from kb.accounts.models import User
from kb.wiki.revisions import Conflict

MOST = 200
ACTS = (
    ("done", "Mark as done"),
    ("dropped", "Drop"),
    ("open", "Open again"),
    ("give", "Give to"),
    ("due", "Due on"),
)
DONE, NOTHING, REFUSED = "done", "nothing to do", "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one action; ``why`` says it where it was refused."""

    action: Action
    did: str
    why: str = ""


def act_on(
    actions: Sequence[Action],
    act: str,
    *,
    by: User,
    now: datetime,
    owner: User | None = None,
    due: date | None = None,
    because: str = "",
) -> list[Result]:
    """Do ``act`` (a name of ``ACTS``) to each, in order; each under its own lock."""
    changes = _changes(act, owner, due)
    results = []
    for action in actions:
        try:
            outcome = save_action(
                action, expected=action.revision, by=by, now=now, changes=changes,
                comment=because or dict(ACTS)[act],
            )  # fmt: skip
        except (ValidationError, Action.DoesNotExist) as error:
            results.append(Result(action, REFUSED, " ".join(getattr(error, "messages", ["Gone."]))))
            continue
        if isinstance(outcome, Conflict):
            results.append(Result(action, REFUSED, "Somebody saved it meanwhile."))
        else:
            results.append(Result(outcome.current, DONE if outcome.changed else NOTHING))
    return results


def _changes(act: str, owner: User | None, due: date | None) -> dict[str, Any]:
    if act == "give":
        return {"owner": owner}
    if act == "due":
        return {"due": due}
    if act in ActionState.values:
        return {"state": ActionState(act)}
    raise ValidationError({"act": f"There is no act {act!r}: use {', '.join(dict(ACTS))}."})


def sums(results: Sequence[Result]) -> dict[str, int]:
    """How many were done, needed nothing, were refused."""
    return {did: sum(one.did == did for one in results) for did in (DONE, NOTHING, REFUSED)}
