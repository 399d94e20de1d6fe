"""PagerDuty's webhooks, version 3, and their signatures.

``X-PagerDuty-Signature`` holds one or several ``v1=…``: HMAC-SHA256 of the body under the secret of
the subscription; several while a secret is being changed.  One incident there is one group here.
"""

import hashlib
import hmac
from typing import Any

from incidents.alerts.told import ToldAlert, ToldGroup, mapping, moment, refuse

NAME = "pagerduty"
SIGNATURE = "X-PagerDuty-Signature"
TAKEN = ("incident.triggered", "incident.acknowledged", "incident.resolved", "incident.reopened")


def is_signed(body: bytes, header: str, secrets: list[str]) -> bool:
    """Whether any of the signatures is that of any of the secrets."""
    wanted = [hmac.new(one.encode(), body, hashlib.sha256).hexdigest() for one in secrets if one]
    sent = [part.strip().removeprefix("v1=") for part in header.split(",") if "v1=" in part]
    return any(hmac.compare_digest(one, other) for one in wanted for other in sent)


def read(raw: Any) -> ToldGroup | None:
    """The event as a group, None for events that tell nothing of an incident's life."""
    event = raw.get("event") if isinstance(raw, dict) else None
    if not isinstance(event, dict):
        raise refuse("/event", "There is no event in this.")
    kind = event.get("event_type")
    if kind not in TAKEN:
        return None
    data = event.get("data")
    if not isinstance(data, dict) or not data.get("id"):
        raise refuse("/event/data/id", "The incident has no id.")
    happened = moment(event.get("occurred_at"), "/event/occurred_at")
    created = data.get("created_at")
    again = kind == "incident.reopened"
    started = moment(created, "/event/data/created_at") if created and not again else happened
    title = str(data.get("title") or data.get("summary") or "PagerDuty incident")[:200]
    over = kind == "incident.resolved"
    service = mapping(data.get("service"))
    alert = ToldAlert(
        fingerprint=str(data["id"])[:200],
        title=title,
        started_at=started,
        ended_at=max(happened, started) if over else None,
        severity={"high": "critical", "low": "warning"}.get(str(data.get("urgency")), ""),
        labels={
            "service": str(service.get("summary") or "")[:200],
            "urgency": str(data.get("urgency") or "")[:40],
        },
        link=str(data.get("html_url") or "")[:1000],
    )
    return ToldGroup(
        key=f"{NAME}:{data['id']}"[:600],
        tool="PagerDuty",
        title=title,
        alerts=(alert,),
        over=over,
        acknowledged_at=happened if kind == "incident.acknowledged" else None,
        always_one=True,
    )
