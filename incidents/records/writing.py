"""Writing an incident: what must hold, who must still see it, and how its status moves."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from incidents.patterns.dependants import remember_section
from incidents.patterns.news import TOPIC
from incidents.records.models import Incident, IncidentStatus, Visibility
from incidents.records.status import (
    NEXT,
    OUT,
    amends,
    check_reason,
    check_status,
    note_move,
)
from incidents.records.timeline import add_line, remove_line
from incidents.records.times import TIMES, out_of_order, word
from kb.accounts.models import User
from kb.outbox.post import post
from kb.wiki import revisions
from kb.wiki.revisions import Conflict, Saved

__all__ = [
    "NEXT",
    "add_line",
    "create_incident",
    "move",
    "remove_line",
    "save_incident",
    "save_words",
]

MOST_UNCERTAIN = 366 * 24 * 60  # minutes
#: What hosts are told of it in the sections ``taught`` and ``history``.
TAUGHT = frozenset({"kind", "visibility", "deleted_at", "hosts", "lessons", *TIMES})
#: What says who may read and how far it is, and is no part of the story.
NOT_WORDS = frozenset({"status", "visibility", "allowed_users", "allowed_teams", "deleted_at"})


@transaction.atomic
def create_incident(
    *,
    by: User | None,
    relations: dict[str, Any] | None = None,
    key: UUID | None = None,
    comment: str = "",
    **fields: Any,
) -> Incident:
    """A new incident by its author; ``relations`` as in ``tracked`` (hosts: name → role).

    With a ``key`` that is known already it answers what was begun under it.  Without one, a form
    sent twice is the caller's to notice; two incidents of one title may well be two incidents.
    """
    if key is not None and (there := _begun(key, by)):
        return there
    words = {name: _tidy(value) for name, value in fields.items()}
    incident = Incident(author=by, key=key, **words)
    _check(vars(incident))
    incident.full_clean(exclude=["author", "updated_by"])
    whole = _whole(relations)
    made = revisions.create(incident, by=by, comment=comment, relations=whole).current
    note_move(made, "", by=by, at=made.created_at)
    if relations and relations.get("lessons"):
        remember_section("taught")
    if made.status == IncidentStatus.PUBLISHED:
        _tell_published(made)
    return made


@transaction.atomic
def save_incident(
    incident: Incident,
    *,
    expected: int,
    by: User | None,
    changes: dict[str, Any],
    relations: dict[str, Any] | None = None,
    comment: str = "",
) -> Saved[Incident] | Conflict[Incident]:
    """Change an incident on top of revision ``expected``.

    Raises ``ValidationError`` by field when times are out of order, the status may not move so, or
    the writer would shut themselves out.  Changing what a published incident tells amends it.
    """
    current = Incident.objects.select_for_update().get(pk=incident.pk)
    changes = {name: _tidy(value) for name, value in changes.items()}
    corrected = False

    def weigh(stored: Incident, words: dict[str, Any]) -> dict[str, Any]:
        nonlocal corrected
        _check({name: getattr(stored, name) for name in TIMES} | words)
        check_status(stored.status, words)
        if by is not None:
            check_reason(stored, words, comment)
        corrected = amends(stored, words)
        amended = {"status": IncidentStatus.AMENDED} if corrected else {}
        return amended | words

    outcome = revisions.save(
        incident,
        expected=expected,
        by=by,
        changes=changes,
        relations=_whole(relations),
        comment=comment,
        weigh=weigh,
    )
    if isinstance(outcome, Saved) and by is not None:
        _check_still_seen(outcome.current, by)
    if (
        isinstance(outcome, Saved)
        and outcome.changed
        and TAUGHT & (changes.keys() | set(relations or ()))
    ):
        remember_section("taught")
    if isinstance(outcome, Saved) and outcome.changed:
        _moved(current, outcome.current, by, comment, corrected=corrected)
    return outcome


def save_words(incident: Incident, **saving: Any) -> Saved[Incident] | Conflict[Incident]:
    """Restoring brings back what was told, never an older status or a wider circle of readers."""
    for name in ("changes", "relations"):
        saving[name] = {n: v for n, v in (saving.get(name) or {}).items() if n not in NOT_WORDS}
    return save_incident(incident, **saving)


def _moved(
    before: Incident, after: Incident, by: User | None, comment: str, *, corrected: bool
) -> None:
    """What follows when a write-up moves on or, having been read, is corrected."""
    if after.status != before.status or corrected:
        note_move(after, before.status, by=by, reason=comment)
    if _publishes(before, after):
        _tell_published(after)


def _begun(key: UUID, by: User | None) -> Incident | None:
    """What was begun under ``key``; somebody else's key is refused without a word about it."""
    there = Incident.objects.filter(key=key).first()
    if there is not None and there.author != by:
        raise ValidationError({"key": "This key cannot be used. Make a new one."})
    return there


def move(
    incident: Incident, status: str, *, by: User, reason: str = ""
) -> Saved[Incident] | Conflict[Incident]:
    """Publish, send to review, or take back to draft."""
    return save_incident(
        incident,
        expected=incident.revision,
        by=by,
        changes={"status": status},
        comment=reason or f"Status: {IncidentStatus(status).label.lower()}",
    )


# --- what must hold ---------------------------------------------------------------------------


def _tidy(value: Any) -> Any:
    """Moments to the second: nobody knows the microsecond, and forms cannot show it."""
    return value.replace(microsecond=0) if isinstance(value, datetime) else value


def _whole(relations: dict[str, Any] | None) -> dict[str, Any]:
    """Names in the order and form that a revision reads them back."""
    return {
        name: dict(sorted(value.items())) if isinstance(value, dict) else sorted(set(value))
        for name, value in (relations or {}).items()
    }


def _check(values: dict[str, Any]) -> None:
    wrong: dict[str, str] = out_of_order({name: values.get(name) for name in TIMES})
    sources = values.get("time_sources")
    if sources is not None:
        wrong |= _check_sources(sources)
    uncertainty = values.get("time_uncertainty")
    if uncertainty is not None:
        wrong |= _check_uncertainty(uncertainty)
    if wrong:
        raise ValidationError(wrong)


def _check_sources(sources: Any) -> dict[str, str]:
    if not isinstance(sources, dict) or not all(isinstance(v, str) for v in sources.values()):
        return {"time_sources": "Give an object: the name of a time, and where it comes from."}
    return _check_names("time_sources", sources)


def _check_uncertainty(minutes: Any) -> dict[str, str]:
    whole = isinstance(minutes, dict) and all(
        isinstance(v, int) and not isinstance(v, bool) and 0 < v <= MOST_UNCERTAIN
        for v in minutes.values()
    )
    if not whole:
        said = f"Give an object: the name of a time, and minutes from 1 to {MOST_UNCERTAIN}."
        return {"time_uncertainty": said}
    return _check_names("time_uncertainty", minutes)


def _check_names(field: str, given: dict[str, Any]) -> dict[str, str]:
    known = {word(name) for name in TIMES}
    unknown = sorted(set(given) - known)
    if unknown:
        return {field: f"There is no time {unknown[0]!r}: use {', '.join(sorted(known))}."}
    return {}


def _publishes(before: Incident, after: Incident) -> bool:
    return after.status == IncidentStatus.PUBLISHED and before.status not in OUT


def _tell_published(incident: Incident) -> None:
    post(TOPIC, f"incident:{incident.pk}", {"incident": incident.pk})


def _check_still_seen(incident: Incident, by: User) -> None:
    if incident.visibility != Visibility.RESTRICTED or incident.deleted_at is not None:
        return
    if not Incident.objects.visible_to(by).filter(pk=incident.pk).exists():
        raise ValidationError(
            {"allowed_users": "You would no longer see it: name yourself or a team of yours."}
        )
