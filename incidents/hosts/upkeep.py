"""Recording what no tool reports: a restore test, a drill, a window, an upgrade, a check."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from incidents.hosts.models import Host, RedundancyGroup, Service, Site, Upkeep
from incidents.hosts.register import concerned
from kb.accounts.models import User
from kb.outbox.post import post

SKEW = timedelta(minutes=5)
Subject = Host | Service | RedundancyGroup | Site


@transaction.atomic
def record(
    subject: Subject,
    kind: str,
    *,
    by: User | None,
    result: str = "ok",
    happened_at: datetime | None = None,
    note: str = "",
    evidence_url: str = "",
) -> Upkeep:
    """One record about a host, service, group or site; the hosts it covers are judged again.

    ``ValidationError`` names the field.  The same record sent twice is kept once.
    """
    now = timezone.now()
    if happened_at is not None and happened_at > now + SKEW:
        raise ValidationError({"happened_at": "That lies ahead; record it when it is done."})
    values: dict[str, Any] = {
        _field(subject): subject,
        "kind": kind,
        "result": result,
        "happened_at": happened_at or now,
        "note": note,
        "evidence_url": evidence_url,
    }
    record = Upkeep(by=by, **values)
    record.full_clean()
    if happened_at is not None:
        same = Upkeep.objects.filter(**values).first()
        if same is not None:
            return same
    record.save()
    for pk in sorted(concerned(subject)):
        post("judge", str(pk), {"itself": True})
    return record


def _field(subject: Subject) -> str:
    return {Host: "host", Service: "service", RedundancyGroup: "group", Site: "site"}[type(subject)]
