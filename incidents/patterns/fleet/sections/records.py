"""What upkeep that people record says of a redundancy group."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from incidents.hosts.models import Upkeep, UpkeepKind
from incidents.patterns.fleet.reported import age_days

from . import known

UPGRADE_TAKES_DAYS = 30


def of_failovers(drills: Sequence[Upkeep], *, in_use: bool, now: datetime) -> dict[str, Any]:
    """The failover fields of a group from its drills, the newest first.

    ``in_use``: somebody records failovers of some group; only then none on record means never.
    """
    worked = [row for row in drills if row.result == "ok"]
    told = [row.partial_fault for row in worked if row.partial_fault is not None]
    return known(
        failover_ever=bool(worked) if in_use else None,
        last_failover_test_days=age_days(worked[0].happened_at, now) if worked else None,
        last_failover_result=drills[0].result if drills else None,
        partial_fault_tested=any(told) if told else None,
    )


def being_upgraded(rows: Iterable[Upkeep], now: datetime) -> bool:
    """Whether an upgrade of one of the members, or of the group, was recorded lately."""
    return any(
        row.kind == UpkeepKind.UPGRADE and age_days(row.happened_at, now) <= UPGRADE_TAKES_DAYS
        for row in rows
    )


def drills_of(group: int, members: Iterable[int], rows: Iterable[Upkeep]) -> list[Upkeep]:
    """Failovers recorded for a group or for one of its members, the newest first."""
    hosts = set(members)
    found = {
        row.pk: row
        for row in rows
        if row.kind == UpkeepKind.FAILOVER_DRILL and (row.group_id == group or row.host_id in hosts)
    }
    return sorted(found.values(), key=lambda row: (row.happened_at, row.pk), reverse=True)
