"""``upkeep``: the last record of each kind; a kind nobody ever recorded is absent, not "never"."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incidents.hosts.models import Host, UpkeepKind
from incidents.patterns.fleet.context import Context
from incidents.patterns.fleet.reported import age_days

from . import known

Record = tuple[int, str]  # days since, result


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
        found[row.kind].append((age_days(row.happened_at, now), row.result))
    for backup in context.facts(host, "backups") or ():
        days = backup.get("last_restore_test_days")
        if days is not None:
            found[UpkeepKind.RESTORE_TEST].append((days, "ok"))
    for records in found.values():
        records.sort(key=lambda record: record[0])
    return found


def _last(records: list[Record]) -> dict[str, Any]:
    worked = [days for days, result in records if result == "ok"]
    return known(
        ever=bool(records),
        ever_ok=bool(worked),
        days=records[0][0] if records else None,
        ok_days=worked[0] if worked else None,
        result=records[0][1] if records else None,
    )
