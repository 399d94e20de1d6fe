"""Recording what no tool reports: a restore test, a drill, a window, an upgrade, a check."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
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


def latest_of(subject: Subject) -> list[Upkeep]:
    """The newest record of each kind about a thing; of a host also what covers it: its services,
    groups and site.  Newest first."""
    about = Q(**{_field(subject): subject})
    if isinstance(subject, Host):
        about |= Q(service__hosts=subject) | Q(group__members=subject)
        if subject.site_id:
            about |= Q(site=subject.site_id)
    newest: dict[str, Upkeep] = {}
    records = Upkeep.objects.filter(about).select_related("host", "service", "group", "site", "by")
    for one in records.order_by("-happened_at", "-pk").distinct()[:200]:
        newest.setdefault(one.kind, one)
    return list(newest.values())
