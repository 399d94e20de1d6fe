"""``groups``: the redundancy groups of a host, and what stands beside it in each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incidents.hosts.models import GroupKind, Host, RedundancyGroup, Upkeep, UpkeepKind
from incidents.patterns.fleet.context import Context
from incidents.patterns.fleet.reported import age_days

from . import each_once, known, spoken_os


def compute(hosts: Sequence[Host], now: datetime, context: Context) -> dict[int, Any]:
    around = context.relatives
    return {
        host.pk: [
            _group(around.groups[pk], host, now, context)
            for pk in around.groups_of.get(host.pk, ())
        ]
        for host in hosts
    }


def _group(group: RedundancyGroup, host: Host, now: datetime, context: Context) -> dict[str, Any]:
    around = context.relatives
    members = [around.hosts[pk] for pk in around.members_of[group.pk] if around.hosts[pk].active]
    systems = [context.os(member.pk, asked_by=host.pk) for member in members]
    drill = _last_drill(group, context.upkeep[host.pk])
    majors = [f"{os['name']} {os['major']}" for os in systems if os.get("name") and os.get("major")]
    return {
        **known(
            name=group.slug,
            kind=None if group.kind == GroupKind.UNKNOWN else group.kind,
            min_members=group.min_members,
            last_failover_test_days=age_days(drill.happened_at, now) if drill else None,
        ),
        "members": [member.name for member in members],
        "peers": [
            _peer(member.pk, host, now, context) for member in members if member.pk != host.pk
        ],
        "os_names": each_once([os.get("name") for os in systems]),
        "os_majors": each_once(list(majors)),
        "sites": each_once([member.site for member in members]),
        "racks": each_once([member.rack for member in members]),
    }


def _peer(pk: int, host: Host, now: datetime, context: Context) -> dict[str, Any]:
    around = context.relatives
    peer, os = around.hosts[pk], context.os(pk, asked_by=host.pk)
    parent = around.hosts.get(peer.parent) if peer.parent is not None else None
    reported = peer.last_report_at
    services = [around.services[one].slug for one in around.services_on(pk)]
    return known(
        name=peer.name,
        **spoken_os(os),
        kernel=os.get("kernel"),
        site=peer.site,
        rack=peer.rack,
        parent=parent.name if parent else None,
        last_report_days=age_days(reported, now) if reported else None,
        services=services or None,
    )


def _last_drill(group: RedundancyGroup, rows: list[Upkeep]) -> Upkeep | None:
    drills = (
        row
        for row in rows
        if row.kind == UpkeepKind.FAILOVER_DRILL and row.group_id == group.pk and row.result == "ok"
    )
    return next(drills, None)
