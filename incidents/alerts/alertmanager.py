"""Alertmanager's webhook, version 4.

``endsAt`` in the year 1 means that it has not ended.  One message holds all alerts of a group, the
resolved ones too; Alertmanager repeats it at intervals, and again when it got no answer.
"""

from typing import Any

from incidents.alerts.told import ToldAlert, ToldGroup, moment, refuse, texts

NAME = "alertmanager"
MAX_ALERTS = 1000


def read(raw: Any) -> ToldGroup:
    """The message as a group.  Raises ``Problem`` naming the field."""
    if not isinstance(raw, dict):
        raise refuse("", "Send the JSON object that Alertmanager's webhook sends.")
    if str(raw.get("version", "4")) != "4":
        raise refuse("/version", f"Version {raw['version']!r} is not known; this speaks 4.")
    key = raw.get("groupKey")
    if not isinstance(key, str) or not key:
        raise refuse("/groupKey", "The group's key is missing.")
    alerts = raw.get("alerts")
    if not isinstance(alerts, list) or not alerts:
        raise refuse("/alerts", "There are no alerts in this.")
    if len(alerts) > MAX_ALERTS:
        raise refuse("/alerts", f"More than {MAX_ALERTS} alerts; set max_alerts in Alertmanager.")
    told = tuple(_alert(one, f"/alerts/{place}") for place, one in enumerate(alerts))
    cut = raw.get("truncatedAlerts") or 0
    return ToldGroup(
        key=f"{NAME}:{key}"[:600],
        tool="Alertmanager",
        title=_title(raw, told),
        alerts=told,
        over=all(one.ended_at for one in told),
        notes=(f"{cut} more alerts of the group were left out by Alertmanager.",) if cut else (),
    )


def _alert(raw: Any, pointer: str) -> ToldAlert:
    if not isinstance(raw, dict):
        raise refuse(pointer, "An alert is an object.")
    labels = texts(raw.get("labels"), f"{pointer}/labels")
    notes = texts(raw.get("annotations"), f"{pointer}/annotations")
    fingerprint = raw.get("fingerprint")
    if not isinstance(fingerprint, str) or not fingerprint:
        raise refuse(f"{pointer}/fingerprint", "The fingerprint is missing.")
    ends = str(raw.get("endsAt") or "")
    over = raw.get("status") == "resolved" and ends and not ends.startswith("0001-")
    name = labels.get("alertname", "alert")
    return ToldAlert(
        fingerprint=fingerprint[:200],
        title=(notes.get("summary") or notes.get("description") or name)[:300],
        started_at=moment(raw.get("startsAt"), f"{pointer}/startsAt"),
        ended_at=moment(ends, f"{pointer}/endsAt") if over else None,
        instance=labels.get("instance", ""),
        severity=labels.get("severity", ""),
        labels=labels,
        link=str(raw.get("generatorURL") or "")[:1000],
    )


def _title(raw: dict[str, Any], told: tuple[ToldAlert, ...]) -> str:
    notes = texts(raw.get("commonAnnotations"), "/commonAnnotations")
    labels = texts(raw.get("commonLabels"), "/commonLabels")
    if notes.get("summary"):
        return notes["summary"][:200]
    if len(told) == 1:
        return told[0].title[:200]
    where = labels.get("instance", "")
    return f"{labels.get('alertname', 'Alerts')}{f' on {where}' if where else ''}"[:200]
