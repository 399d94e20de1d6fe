"""What a browser kept while it could not reach us, taken in: each thing once, and nothing refused
that could be kept in some way.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from incidents.hosts.models import Host
from incidents.records.models import Incident, TimelineEntry
from incidents.records.timeline import add_line
from incidents.records.writing import create_incident
from kb.accounts.models import User


@dataclass(frozen=True, slots=True)
class Begun:
    """An incident that was begun in a browser: when, and which hosts were named."""

    key: UUID
    title: str
    at: datetime
    hosts: list[str] = field(default_factory=list)


@transaction.atomic
def take_incident(begun: Begun, *, by: User) -> Incident:
    """The incident under this key, made now where it is not there yet.

    Whoever wrote it may be far from the form by now: a name that no host has is kept as a question
    instead of being refused.
    """
    known = set(Host.objects.filter(name__in=begun.hosts).values_list("name", flat=True))
    strange = [name for name in dict.fromkeys(begun.hosts) if name not in known]
    fields: dict[str, Any] = {"title": begun.title, "detected_at": begun.at, "started_at": begun.at}
    if strange:
        fields["open_questions"] = f"Which host is meant by: {', '.join(strange)}?"
    return create_incident(
        by=by,
        key=begun.key,
        relations={"hosts": dict.fromkeys(sorted(known), "affected")},
        **fields,
    )


@transaction.atomic
def take_line(
    *, by: User, key: UUID, at: datetime, what: str, incident: int | None, begun: UUID | None
) -> TimelineEntry:
    """The line under this key, made now where it is not there yet.

    It belongs to ``incident``, or to the one that was begun under the key ``begun``.
    """
    seen = Incident.objects.visible_to(by)
    found = seen.filter(key=begun) if begun else seen.filter(pk=incident or 0)
    there = found.first()
    if there is None:
        raise ValidationError({"incident": "There is no such incident."})
    return add_line(there, by=by, at=at.replace(microsecond=0), what=what, key=key)
