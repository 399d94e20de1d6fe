"""``fleet``: how usual a machine is among those of its environment and of its role there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incidents.hosts.models import Host
from incidents.patterns.derived_schema import FLEET_MIN_KNOWN, FLEET_MIN_KNOWN_SHARE
from incidents.patterns.fleet.context import Context
from incidents.patterns.fleet.shared import MACHINES, Tally, counted_as

from . import known


def compute(hosts: Sequence[Host], now: datetime, context: Context) -> dict[int, Any]:
    return {host.pk: _section(host, context) for host in hosts if host.kind in MACHINES}


def _section(host: Host, context: Context) -> dict[str, Any]:
    if not host.environment:
        return {}
    whole = context.shared.tally(host.environment, None, fresh=context.fresh)
    section = {"environment": _peers(host, whole, context)}
    if host.role:
        role = context.shared.tally(host.environment, host.role, fresh=context.fresh)
        section["role"] = _peers(host, role, context)
    return section


def _peers(host: Host, tally: Tally, context: Context) -> dict[str, Any]:
    # Whole documents, not the chunk's sections: those may hold only what patterns read.
    with_os = tally.os.total()
    section: dict[str, Any] = {"hosts": tally.hosts, "with_os": with_os}
    os = context.own_os(host)
    name, major = counted_as(os.get("name")), counted_as(os.get("major"))
    if name and _enough(with_os, tally.hosts):
        top, count = min(tally.os.items(), key=lambda item: (-item[1], item[0]))
        section |= {
            "os_hosts": tally.os[name],
            "os_share": tally.os[name] / with_os,
            "top_os": top,
            "top_os_share": count / with_os,
        }
        if major:
            section |= {
                "os_major_hosts": tally.major[name, major],
                "os_major_share": tally.major[name, major] / with_os,
            }
    model = counted_as(host.facts.get("hardware", {}).get("model"))
    if model and _enough(tally.model.total(), tally.hosts):
        section |= {
            "model_hosts": tally.model[model],
            "model_share": tally.model[model] / tally.model.total(),
        }
    return known(**section)


def _enough(told: int, hosts: int) -> bool:
    return told >= FLEET_MIN_KNOWN and told >= FLEET_MIN_KNOWN_SHARE * hosts
