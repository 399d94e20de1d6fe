"""Turning what alerting tools tell into drafts of incidents.

A message is one transaction under the lock of its group, so repeats, retries and two deliveries at
once change nothing.  What a person has written is never overwritten: a time is set only where it
is empty or where an alert had set it before.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from incidents.alerts.matching import host_of, matchers, opens
from incidents.alerts.models import Alert, AlertGroup
from incidents.alerts.told import ToldAlert, ToldGroup
from incidents.patterns.models import Severity
from incidents.records.models import HostRole, Incident, IncidentStatus
from incidents.records.timeline import add_line
from incidents.records.writing import create_incident, save_incident
from kb.accounts.models import User
from kb.wiki.revisions import Conflict

#: Fires again within this time after it was over: still the same incident.
SAME_TROUBLE = timedelta(hours=1)
#: An alert that opens nothing by itself joins what began on its host within this time.
NEARBY = timedelta(hours=24)
_SEVERITIES = {
    "critical": Severity.CRITICAL, "page": Severity.CRITICAL, "error": Severity.HIGH,
    "high": Severity.HIGH, "warning": Severity.MEDIUM, "info": Severity.LOW, "low": Severity.LOW,
}  # fmt: skip


@dataclass(slots=True)
class Taken:
    """``did``: per alert, in order: opened, joined, noted (no incident), resolved or known."""

    incident: Incident | None = None
    opened: bool = False
    did: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@transaction.atomic
def take(told: ToldGroup, *, by: User | None, now: datetime) -> Taken:
    """Record a message.  Safe to repeat."""
    group, _ = AlertGroup.objects.get_or_create(key=told.key, defaults={"heard_at": now})
    group = AlertGroup.objects.select_for_update().get(pk=group.pk)
    taken = Taken(notes=list(told.notes))
    rows = [_row(group, one, now) for one in told.alerts]
    taken.incident = _incident_for(group, told, rows, by, taken)
    for one, (row, news) in zip(told.alerts, rows, strict=True):
        taken.did.append(_note(row, one, news, taken, by))
    if (taken.incident is not None and any(news for _, news in rows)) or told.acknowledged_at:
        _set_times(group, taken, told, by)
    group.heard_at = now
    group.save(update_fields=["heard_at", "incident"])
    return taken


def _row(group: AlertGroup, told: ToldAlert, now: datetime) -> tuple[Alert, str]:
    """The alert's row, and what is new about it: ``fired``, ``over`` or nothing."""
    row, created = Alert.objects.get_or_create(
        group=group,
        fingerprint=told.fingerprint,
        started_at=told.started_at,
        defaults={
            "title": told.title,
            "labels": told.labels,
            "host": host_of(told.instance),
            "ended_at": told.ended_at,
            "heard_at": now,
        },
    )
    if created:
        return row, "fired"
    news = ""
    row = _still_on(row, told.ended_at)
    if told.ended_at is not None and row.ended_at is None:
        row.ended_at, news = told.ended_at, "over"
    row.heard_at = now
    row.save(update_fields=["ended_at", "heard_at"])
    return row, news


def _still_on(row: Alert, ended_at: datetime | None) -> Alert:
    """The row that an end is about: this one, or where it ended before, a later start of the same
    alert (PagerDuty names an incident that was opened again by its first start for ever)."""
    if ended_at is None or row.ended_at is None or ended_at <= row.ended_at:
        return row
    same = Alert.objects.filter(group=row.group_id, fingerprint=row.fingerprint, ended_at=None)
    return same.filter(started_at__lte=ended_at).order_by("-started_at").first() or row


def _incident_for(
    group: AlertGroup,
    told: ToldGroup,
    rows: list[tuple[Alert, str]],
    by: User | None,
    taken: Taken,
) -> Incident | None:
    """The incident these alerts belong to: the group's own, one nearby, or a new draft."""
    current = group.incident
    fired = [row for row, news in rows if news == "fired"]
    if (
        current is not None
        and current.deleted_at is None
        and (not fired or told.always_one or _same_trouble(current, fired))
    ):
        return current
    if not fired:
        return None
    rules = matchers(settings.ALERTS_OPEN_INCIDENTS)
    grave = [one for one in told.alerts if opens(one.labels, rules)]
    if grave or told.always_one:
        taken.opened = True
        group.incident = _open(told, rows, by)
        return group.incident
    return _nearby(fired)


def _same_trouble(incident: Incident, fired: list[Alert]) -> bool:
    ended = incident.resolved_at
    return ended is None or min(one.started_at for one in fired) <= ended + SAME_TROUBLE


def _open(told: ToldGroup, rows: list[tuple[Alert, str]], by: User | None) -> Incident:
    hosts = {row.host.name: HostRole.AFFECTED.value for row, _ in rows if row.host is not None}
    worst = min(
        (_SEVERITIES.get(one.severity.lower(), Severity.MEDIUM) for one in told.alerts),
        key=list(Severity).index,
    )
    began = min(row.started_at for row, _ in rows)
    return create_incident(
        by=by,
        comment=f"Opened by an alert of {told.tool}",
        title=told.title,
        severity=worst,
        status=IncidentStatus.DRAFT,
        detected_at=began,
        time_sources={"detected": told.tool},
        detection=f"An alert of {told.tool}.",
        tags=[told.tool.lower()],
        relations={"hosts": hosts} if hosts else None,
    )


def _nearby(fired: list[Alert]) -> Incident | None:
    """An unfinished incident on a host of these alerts that began not long before."""
    hosts = [row.host_id for row in fired if row.host_id]
    if not hosts:
        return None
    began = min(row.started_at for row in fired)
    return (
        Incident.objects.filter(
            host_links__host__in=hosts,
            deleted_at=None,
            resolved_at=None,
            detected_at__gte=began - NEARBY,
            detected_at__lte=began + SAME_TROUBLE,
            status__in=[IncidentStatus.DRAFT, IncidentStatus.REVIEW],
        )
        .order_by("-detected_at", "-pk")
        .first()
    )


def _note(row: Alert, told: ToldAlert, news: str, taken: Taken, by: User | None) -> dict[str, Any]:
    """A line of the timeline for what is new, and what became of the alert."""
    said: dict[str, Any] = {
        "fingerprint": told.fingerprint,
        "host": row.host.name if row.host else None,
        "did": "known",
    }
    if not news:
        return said
    incident = taken.incident
    if incident is None:
        return said | {"did": "resolved" if news == "over" else "noted"}
    if row.incident_id is None:
        row.incident = incident
        row.save(update_fields=["incident"])
    where = f" ({told.instance})" if told.instance and told.instance not in told.title else ""
    if news == "fired":
        _name_host(incident, row)
        add_line(incident, by=by, at=row.started_at, what=f"Alert: {row.title}{where}",
                 evidence=told.link)  # fmt: skip
    if row.ended_at is not None:
        add_line(incident, by=by, at=row.ended_at, what=f"Alert over: {row.title}{where}")
    done = "resolved" if news == "over" else "opened" if taken.opened else "joined"
    return said | {"did": done}


def _name_host(incident: Incident, row: Alert) -> None:
    """A draft also names the hosts of alerts that came later; of a finished write-up people say."""
    if row.host is None or incident.status != IncidentStatus.DRAFT:
        return
    if incident.host_links.filter(host=row.host).exists():
        return
    for _ in range(3):
        current = Incident.objects.get(pk=incident.pk)
        hosts = dict(current.host_links.values_list("host__name", "role"))
        saved = save_incident(
            current,
            expected=current.revision,
            by=None,
            changes={},
            relations={"hosts": hosts | {row.host.name: HostRole.AFFECTED.value}},
            comment="Named by an alert",
        )
        if not isinstance(saved, Conflict):
            return


def _set_times(group: AlertGroup, taken: Taken, told: ToldGroup, by: User | None) -> None:
    """Detected, acknowledged and resolved, as far as no person has said otherwise.

    A time that does not fit what a person wrote is left out and said so: refusing the message
    would only have the tool send it again for ever.
    """
    try:
        with transaction.atomic():
            _write_times(group, taken.incident, told, by)
    except ValidationError as error:
        taken.notes.append(f"A time was left as it was: {' '.join(error.messages)}")


def _write_times(
    group: AlertGroup, incident: Incident | None, told: ToldGroup, by: User | None
) -> None:
    if incident is None or group.incident_id != incident.pk:
        return
    for _ in range(3):
        current = Incident.objects.get(pk=incident.pk)
        changes = _times(group, current, told)
        if not changes:
            return
        saved = save_incident(
            current, expected=current.revision, by=by, changes=changes, comment=f"By {told.tool}"
        )
        if not isinstance(saved, Conflict):
            return


def _times(group: AlertGroup, incident: Incident, told: ToldGroup) -> dict[str, Any]:
    alerts = list(group.alerts.filter(incident=incident))
    wanted: dict[str, datetime | None] = {"acknowledged": told.acknowledged_at}
    if alerts:
        wanted["detected"] = min(one.started_at for one in alerts)
        ends = [one.ended_at for one in alerts]
        wanted["resolved"] = None if None in ends else max(end for end in ends if end)
    sources = dict(incident.time_sources)
    changes: dict[str, Any] = {}
    for name, at in wanted.items():
        held = getattr(incident, f"{name}_at")
        ours = sources.get(name) == told.tool
        if at == held or (held is not None and not ours) or (at is None and name != "resolved"):
            continue
        if at is None and not ours:
            continue
        changes[f"{name}_at"] = at
        if at is None:
            sources.pop(name, None)
        else:
            sources[name] = told.tool
    if changes:
        changes["time_sources"] = sources
    return changes
