"""Taking facts in at a door: store, judge the touched host at once, answer what moved."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from incidents.facts.errors import FactsError
from incidents.facts.readers import Report
from incidents.hosts.again import Again
from incidents.hosts.ingest import Ingested, ingest, ingest_many
from incidents.intake.enroll import enroll
from incidents.patterns.dependants import remember
from incidents.patterns.judge import judge_hosts
from incidents.patterns.keeping import Judgement
from incidents.patterns.models import HostVerdicts
from kb.accounts.models import User


@dataclass(frozen=True, slots=True)
class Taken:
    """What a report did: to the facts, and to the flags of its own host.

    ``opened`` and ``resolved`` are None while the host is still to be judged in the background.
    ``written`` names what an inventory had written down in the register.
    """

    ingested: Ingested
    opened: list[dict[str, Any]] | None = field(default=None)
    resolved: list[dict[str, Any]] | None = field(default=None)
    written: list[str] = field(default_factory=list)

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
        written = enroll(ingested, report)
        remember([ingested.host.pk], pending=[ingested.host.pk])
    judgement = judge_hosts(
        [ingested.host.pk], now=arrived_at, budget_seconds=settings.JUDGE_SECONDS
    )
    if judgement.pending:
        return Taken(ingested, written=written)
    return _taken(ingested, judgement, written)


def take_many(
    reports: Sequence[Report | Again],
    *,
    arrived_at: datetime,
    judge: bool = True,
    by: User | None = None,
    overwrite: bool = False,
) -> list[Taken | FactsError]:
    """Store some dozens in one transaction and judge their hosts together, without a bound.

    The answers stand in the order of the reports; a refused one spoils no other.  Of several
    reports about one host the last tells what its flags did.  Hosts that are word for word what
    they were when they were judged last are not asked again: what time alone makes of them is the
    sweep's to find.  Without ``judge`` the background judges, and the flags are pending.
    """
    with transaction.atomic():
        done = ingest_many(reports, arrived_at=arrived_at)
        told = [one for one in done if isinstance(one, Ingested)]
        written = [
            enroll(one, report, by=by, overwrite=overwrite)
            if isinstance(one, Ingested) and isinstance(report, Report)
            else []
            for one, report in zip(done, reports, strict=True)
        ]
        last = {one.host.pk: one for one in told}
        hosts = _to_judge(told)
        remember([], pending=hosts)
    judgement = judge_hosts(hosts, now=arrived_at) if judge and hosts else Judgement()
    return [
        one
        if isinstance(one, FactsError)
        else Taken(one, opened=[], resolved=[], written=wrote)
        if one.host.pk not in hosts or last[one.host.pk] is not one
        else _taken(one, judgement, wrote)
        if judge
        else Taken(one, written=wrote)
        for one, wrote in zip(done, written, strict=True)
    ]


class _TakenBack(Exception):
    """Ends the transaction of a rehearsal."""


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever is taken in here is told truly, and nothing of it stays."""
    try:
        with transaction.atomic():
            yield
            raise _TakenBack
    except _TakenBack:
        return


def _to_judge(told: Sequence[Ingested]) -> list[int]:
    """The hosts of which a report may have changed what was concluded."""
    same = {one.host.pk: one.same_until for one in told if one.same_until is not None}
    for one in told:
        if one.same_until is None:
            same.pop(one.host.pk, None)
    judged = HostVerdicts.objects.filter(pk__in=same).values_list("pk", "evaluated_at")
    stand = {pk for pk, at in judged if at < same[pk]} if same else set()
    return [pk for pk in dict.fromkeys(one.host.pk for one in told) if pk not in stand]


def _taken(ingested: Ingested, judgement: Judgement, written: list[str]) -> Taken:
    """What the judgement says of this host."""
    pk = ingested.host.pk
    return Taken(
        ingested,
        opened=[_named(flag) for flag in judgement.opened if flag.host_id == pk],
        resolved=[_named(flag) for flag in judgement.resolved if flag.host_id == pk],
        written=written,
    )


def _named(flag: Any) -> dict[str, Any]:
    return {
        "id": flag.pk,
        "pattern": flag.pattern.slug,
        "title": flag.pattern.title,
        "severity": flag.severity,
        "sentence": flag.sentence,
    }
