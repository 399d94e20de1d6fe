"""What a webhook tells: which transitions and publications are events, and what they say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import Min
from django.urls import reverse

from incidents.exports.models import Event
from incidents.patterns.models import (
    ACTIVE_STATES,
    FlagState,
    FlagTransition,
)
from incidents.records.models import Incident, Visibility


@dataclass(frozen=True, slots=True)
class News:
    """One event: ``source`` names it for ever, ``content`` is what its body says beside id, name
    and time; ``content`` holds plain JSON values only."""

    event: str
    source: str
    at: datetime
    severity: str
    content: dict[str, Any]


def of_transitions(pks: Sequence[int]) -> list[News]:
    """The events among these transitions of flags, in the order they were logged."""
    rows = list(
        FlagTransition.objects.filter(pk__in=pks)
        .select_related("flag__pattern", "flag__host__site", "by")
        .order_by("pk")
    )
    firsts = first_openings(row.flag_id for row in rows)
    named = ((row, event_of(row, firsts)) for row in rows)
    return [_flag_news(row, event) for row, event in named if event]


def first_openings(flags: Iterable[int]) -> dict[int, int]:
    """The transition that opened each of these flags for the first time."""
    opened = FlagTransition.objects.filter(flag__in=set(flags), after=FlagState.OPEN)
    return dict(opened.order_by().values_list("flag").annotate(first=Min("pk")))


def event_of(row: FlagTransition, firsts: dict[int, int]) -> str:
    """The name of what happened, or nothing where it is no event.

    A waiver that ended opens a flag again; a person who gives back what they took on does not.
    """
    if row.after == FlagState.OPEN and row.before not in (
        FlagState.OPEN,
        FlagState.ACKNOWLEDGED,
    ):
        return Event.FLAG_OPENED if firsts.get(row.flag_id) == row.pk else Event.FLAG_REOPENED
    if row.before in ACTIVE_STATES and row.after == FlagState.RESOLVED:
        return Event.FLAG_RESOLVED
    if row.before in ACTIVE_STATES and row.after == FlagState.CLOSED:
        return Event.FLAG_CLOSED
    return ""


def _flag_news(row: FlagTransition, event: str) -> News:
    flag, host = row.flag, row.flag.host
    content = {
        "flag": {
            "id": flag.pk,
            "url": absolute("patterns:flag", flag.pk),
            "before": row.before,
            "state": row.after,
            "severity": row.severity,
            "sentence": row.sentence,
            "cause": row.cause,
            "because": row.because,
            "by": row.by.username if row.by else None,
            "pattern": flag.pattern.slug,
            "pattern_title": flag.pattern.title,
            "pattern_version": row.pattern_version,
        },
        "host": {
            "name": host.name,
            "url": absolute("hosts:detail", host.name),
            "environment": host.environment,
            "role": host.role,
            "site": host.site.slug if host.site else None,
        },
    }
    return News(event, f"transition:{row.pk}", row.at, row.severity, content)


def of_publication(pk: int, at: datetime) -> News | None:
    """An incident that was published; None where it is not for everyone, or gone."""
    incident = for_everyone().filter(pk=pk).first()
    if incident is None:
        return None
    content = {
        "incident": {
            "id": incident.pk,
            "url": absolute("records:incident", incident.pk),
            "title": incident.title,
            "kind": incident.kind,
            "severity": incident.severity,
            "status": incident.status,
            "summary": incident.summary,
            "started_at": said(incident.started_at),
            "resolved_at": said(incident.resolved_at),
            "hosts": sorted(incident.hosts.values_list("name", flat=True)),
            "tags": list(incident.tags),
        }
    }
    source = f"publication:{pk}"
    return News(Event.INCIDENT_PUBLISHED, source, at, incident.severity, content)


def for_everyone() -> Any:
    """Incidents that may leave the house: nobody knows who reads what a webhook was told."""
    return Incident.objects.filter(deleted_at=None, visibility=Visibility.EVERYONE)


def absolute(name: str, *args: Any) -> str:
    """The whole address of a page, for a reader somewhere else."""
    return f"{settings.SITE_URL.rstrip('/')}{reverse(name, args=args)}"


def said(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
