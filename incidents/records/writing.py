"""Writing an incident: what must hold, who must still see it, and how its status moves."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from incidents.patterns.dependants import remember_section
from incidents.patterns.news import TOPIC
from incidents.records.models import (
    Incident,
    IncidentStatus,
    TimelineEntry,
    Visibility,
)
from incidents.records.times import TIMES, out_of_order, word
from incidents.records.tracked import TEXTS
from kb.accounts.models import User
from kb.outbox.post import post
from kb.wiki import revisions
from kb.wiki.revisions import Conflict, Saved

#: From each status, where it may go next by hand.
NEXT = {
    IncidentStatus.DRAFT: (IncidentStatus.REVIEW, IncidentStatus.PUBLISHED),
    IncidentStatus.REVIEW: (IncidentStatus.PUBLISHED, IncidentStatus.DRAFT),
    IncidentStatus.PUBLISHED: (IncidentStatus.AMENDED,),
    IncidentStatus.AMENDED: (),
}
#: A change to one of these amends what has been published.
TOLD = frozenset({"title", "kind", "severity", *TIMES, *TEXTS})
#: What hosts are told of it in the sections ``taught`` and ``history``.
TAUGHT = frozenset({"kind", "visibility", "deleted_at", "hosts", "lessons", *TIMES})


@transaction.atomic
def create_incident(
    *, by: User | None, relations: dict[str, Any] | None = None, **fields: Any
) -> Incident:
    """A new incident by its author; ``relations`` as in ``tracked`` (hosts: name → role).

    A form sent twice within its transaction is the caller's to notice; two incidents of one title
    may well be two incidents.
    """
    incident = Incident(author=by, **{name: _tidy(value) for name, value in fields.items()})
    _check(vars(incident))
    incident.full_clean(exclude=["author", "updated_by"])
    made = revisions.create(incident, by=by, relations=_whole(relations)).current
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
    _check({name: getattr(current, name) for name in TIMES} | changes)
    if expected == current.revision:
        _check_status(current.status, changes)
        if _amends(current, changes):
            changes["status"] = IncidentStatus.AMENDED
    outcome = revisions.save(
        incident,
        expected=expected,
        by=by,
        changes=changes,
        relations=_whole(relations),
        comment=comment,
    )
    if isinstance(outcome, Saved) and by is not None:
        _check_still_seen(outcome.current, by)
    if (
        isinstance(outcome, Saved)
        and outcome.changed
        and TAUGHT & (changes.keys() | set(relations or ()))
    ):
        remember_section("taught")
    if isinstance(outcome, Saved) and outcome.changed and _publishes(current, outcome.current):
        _tell_published(outcome.current)
    return outcome


def move(incident: Incident, status: str, *, by: User) -> Saved[Incident] | Conflict[Incident]:
    """Publish, send to review, or take back to draft."""
    return save_incident(
        incident,
        expected=incident.revision,
        by=by,
        changes={"status": status},
        comment=f"Status: {IncidentStatus(status).label.lower()}",
    )


def still_empty(incident: Incident) -> list[str]:
    """What a reader would miss, as hints beside Publish; never a block."""
    wanted = {
        "In three sentences": incident.summary,
        "Impact": incident.impact,
        "When it started": incident.started_at,
        "When it was over": incident.resolved_at,
        "Hosts": incident.host_links.all(),
        "Contributing factors": incident.factors.all(),
        "A lesson": incident.lessons.all(),
    }
    return [name for name, value in wanted.items() if not value]


# --- timeline ---------------------------------------------------------------------------------


@transaction.atomic
def add_line(
    incident: Incident,
    *,
    by: User | None,
    at: datetime,
    what: str,
    evidence: str = "",
    kind: str = "fact",
) -> TimelineEntry:
    """One more line; the same line sent twice stands once."""
    words = what.replace("\r\n", "\n")
    Incident.objects.select_for_update().get(pk=incident.pk)
    there = incident.timeline.filter(at=at, what=words).first()
    if there is not None:
        return there
    entry = TimelineEntry(incident=incident, at=at, what=words, evidence=evidence, kind=kind, by=by)
    entry.full_clean(exclude=["by", "updated_by", "incident"])
    return revisions.create(entry, by=by).current


@transaction.atomic
def remove_line(entry: TimelineEntry, *, by: User) -> None:
    """Take a line away for good; its words stay in the history of the incident."""
    incident = entry.incident
    said = f"Removed from the timeline: {entry.at:%Y-%m-%d %H:%M} {entry.what}"
    entry.delete()
    revisions.note(incident, by=by, comment=said)


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
    if wrong:
        raise ValidationError(wrong)


def _check_sources(sources: Any) -> dict[str, str]:
    known = {word(name) for name in TIMES}
    if not isinstance(sources, dict) or not all(isinstance(v, str) for v in sources.values()):
        return {"time_sources": "Give an object: the name of a time, and where it comes from."}
    unknown = sorted(set(sources) - known)
    if unknown:
        return {"time_sources": f"There is no time {unknown[0]!r}: use {', '.join(sorted(known))}."}
    return {}


def _check_status(current: str, changes: dict[str, Any]) -> None:
    wanted = changes.get("status", current)
    if wanted == current or wanted in NEXT[IncidentStatus(current)]:
        return
    ways = " or ".join(NEXT[IncidentStatus(current)]) or "nothing else"
    raise ValidationError({"status": f"From {current} it can go to {ways}."})


def _amends(current: Incident, changes: dict[str, Any]) -> bool:
    if current.status != IncidentStatus.PUBLISHED or "status" in changes:
        return False
    return any(getattr(current, n) != v for n, v in changes.items() if n in TOLD)


def _publishes(before: Incident, after: Incident) -> bool:
    was_out = before.status in (IncidentStatus.PUBLISHED, IncidentStatus.AMENDED)
    return after.status == IncidentStatus.PUBLISHED and not was_out


def _tell_published(incident: Incident) -> None:
    post(TOPIC, f"incident:{incident.pk}", {"incident": incident.pk})


def _check_still_seen(incident: Incident, by: User) -> None:
    if incident.visibility != Visibility.RESTRICTED or incident.deleted_at is not None:
        return
    if not Incident.objects.visible_to(by).filter(pk=incident.pk).exists():
        raise ValidationError(
            {"allowed_users": "You would no longer see it: name yourself or a team of yours."}
        )
