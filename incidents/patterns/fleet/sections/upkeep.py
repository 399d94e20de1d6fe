"""``upkeep``: the last record of each kind; a kind nobody ever recorded is absent, not "never"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incidents.hosts.models import Host, UpkeepKind
from incidents.patterns.fleet.context import Context
from incidents.patterns.fleet.reported import age_days

from . import known


@dataclass(frozen=True, slots=True)
class Record:
    """``result`` is None where a tool tells of a try and not how it went."""

    days: float
    result: str | None
    minutes: float | None = None


def compute(hosts: Sequence[Host], now: datetime, context: Context) -> dict[int, Any]:
    kinds = context.shared.kinds_in_use
    return {
        host.pk: {
            kind: _last(records)
            for kind, records in _records(host, now, context).items()
            if kind in kinds
        }
        for host in hosts
    }


def _records(host: Host, now: datetime, context: Context) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {kind: [] for kind in UpkeepKind.values}
    for row in context.upkeep[host.pk]:
        days = age_days(row.happened_at, now)
        found[row.kind].append(Record(days, row.result, row.took_minutes))
    for backup in context.facts(host, "backups") or ():
        days = backup.get("last_restore_test_days")
        if days is not None:
            worked = {True: "ok", False: "failed"}.get(backup.get("last_restore_ok"))
            tried = Record(days, worked, backup.get("restore_minutes"))
            found[UpkeepKind.RESTORE_TEST].append(tried)
    for records in found.values():
        records.sort(key=lambda record: record.days)
    return found


def _last(records: list[Record]) -> dict[str, Any]:
    worked = next((record for record in records if record.result == "ok"), None)
    untold = any(record.result is None for record in records)
    return known(
        ever=bool(records),
        # A try of which nobody said how it went may have worked.
        ever_ok=None if worked is None and untold else worked is not None,
        days=records[0].days if records else None,
        ok_days=worked.days if worked else None,
        result=records[0].result if records else None,
        took_minutes=worked.minutes if worked else None,
    )
