"""``groups``: the redundancy groups of a host, and what stands beside it in each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incidents.hosts.models import GroupKind, Host, RedundancyGroup, Upkeep, UpkeepKind
from incidents.patterns.fleet.context import Context
from incidents.patterns.fleet.relatives import Light
from incidents.patterns.fleet.reported import age_days

from . import each_once, known, records
from .group_peers import peer


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
    rows = _upkeep(group, host, members, context)
    alone = [one.pk for one in members if len(around.groups_of.get(one.pk, ())) == 1]
    drills = records.drills_of(group.pk, alone, rows)
    in_use = UpkeepKind.FAILOVER_DRILL in context.shared.kinds_in_use
    majors = [f"{os['name']} {os['major']}" for os in systems if os.get("name") and os.get("major")]
    return {
        **known(
            name=group.slug,
            kind=None if group.kind == GroupKind.UNKNOWN else group.kind,
            min_members=group.min_members,
            age_days=age_days(group.created_at, now),
        ),
        **records.of_failovers(drills, in_use=in_use, now=now),
        "being_upgraded": records.being_upgraded(rows, now),
        "members": [member.name for member in members],
        "peers": [
            peer(member.pk, host, now, context) for member in members if member.pk != host.pk
        ],
        "os_names": each_once([os.get("name") for os in systems]),
        "os_majors": each_once(list(majors)),
        "sites": each_once([member.site for member in members]),
        "racks": each_once([member.rack for member in members]),
    }


def _upkeep(
    group: RedundancyGroup, host: Host, members: Sequence[Light], context: Context
) -> list[Upkeep]:
    """What was recorded for the group and for each of its members."""
    own = {member.pk for member in members}
    everything = [*context.upkeep[host.pk], *(row for pk in own for row in context.upkeep[pk])]
    return [row for row in everything if row.group_id == group.pk or row.host_id in own]
