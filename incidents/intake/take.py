"""Taking facts in at a door: store, judge the touched host at once, answer what moved."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from incidents.facts.readers import Report
from incidents.hosts.ingest import Ingested, ingest
from incidents.patterns.dependants import remember
from incidents.patterns.judge import judge_hosts


@dataclass(frozen=True, slots=True)
class Taken:
    """What a report did: to the facts, and to the flags of its own host.

    ``opened`` and ``resolved`` are None while the host is still to be judged in the background.
    """

    ingested: Ingested
    opened: list[dict[str, Any]] | None = field(default=None)
    resolved: list[dict[str, Any]] | None = field(default=None)

    @property
    def pending(self) -> bool:
        return self.opened is None


def take(report: Report, *, arrived_at: datetime) -> Taken:
    """Store a report and judge its host within ``settings.JUDGE_SECONDS``.

    Should the process die between the two, the background judges the host: that it has to be
    done is remembered in the transaction that stored the facts.
    """
    with transaction.atomic():
        ingested = ingest(report, arrived_at=arrived_at)
        remember([ingested.host.pk], pending=[ingested.host.pk])
    judgement = judge_hosts(
        [ingested.host.pk], now=arrived_at, budget_seconds=settings.JUDGE_SECONDS
    )
    if judgement.pending:
        return Taken(ingested)
    return Taken(
        ingested,
        opened=[_named(flag) for flag in judgement.opened],
        resolved=[_named(flag) for flag in judgement.resolved],
    )


def _named(flag: Any) -> dict[str, Any]:
    return {
        "id": flag.pk,
        "pattern": flag.pattern.slug,
        "title": flag.pattern.title,
        "severity": flag.severity,
        "sentence": flag.sentence,
    }
