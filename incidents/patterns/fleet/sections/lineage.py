"""``lineage``: what a host runs in and what runs in it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incidents.hosts.models import Host, HostKind
from incidents.patterns.fleet.context import Context

from . import each_once, known, spoken_os


def compute(hosts: Sequence[Host], now: datetime, context: Context) -> dict[int, Any]:
    return {host.pk: _section(host, context) for host in hosts}


def _section(host: Host, context: Context) -> dict[str, Any]:
    around = context.relatives
    above = around.ancestors(host.pk)
    inside = [pk for pk in around.inside(host.pk) if around.hosts[pk].active]
    guests = [pk for pk in around.children.get(host.pk, ()) if around.hosts[pk].active]
    nest = [*reversed(above), host.pk, *inside]
    systems = [context.os(pk, asked_by=host.pk).get("name") for pk in nest]
    return {
        **known(
            depth=len(above),
            parent=_relative(above[0], host, context) if above else None,
            guests=[_relative(pk, host, context) for pk in guests] or None,
        ),
        "names": each_once([name for pk in nest for name in _names(pk, context)]),
        "os_names": each_once(systems),
    }


def _relative(pk: int, host: Host, context: Context) -> dict[str, Any]:
    relative, os = context.relatives.hosts[pk], context.os(pk, asked_by=host.pk)
    return known(
        name=relative.name,
        kind=None if relative.kind == HostKind.UNKNOWN else relative.kind,
        **spoken_os(os),
        os_version=os.get("version"),
        os_rolling=os.get("rolling"),
        os_released_days=os.get("released_days"),
    )


def _names(pk: int, context: Context) -> list[str]:
    """A chroot is no shorter than it is named: ``david.gentoo`` is not ``david`` of a domain."""
    host = context.relatives.hosts[pk]
    names = [host.name, host.fqdn]
    if host.kind not in (HostKind.CHROOT, HostKind.CONTAINER):
        names += [host.name.split(".")[0], host.fqdn.split(".")[0]]
    return names
