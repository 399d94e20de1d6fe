"""What two members of a group share, so that one blow takes both.

``True`` and ``False`` are only said where the register or a report proves them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from incidents.hosts.models import HostKind
from incidents.patterns.fleet.context import Context
from incidents.patterns.fleet.relatives import Relatives

from . import each_once

VIRTUAL_NICS = ("veth", "docker", "br-", "virbr", "tap", "tun", "vnet", "lo", "dummy", "wg", "cali")


def same_machine(one: int, other: int, around: Relatives) -> bool | None:
    """Whether both run in one outermost host; None where one may run in something unrecorded."""
    mine, theirs = around.outermost(one), around.outermost(other)
    if mine == theirs:
        return True
    kinds = {around.hosts[mine].kind, around.hosts[theirs].kind}
    return False if kinds == {HostKind.PHYSICAL} else None


def same_site(one: int, other: int, around: Relatives) -> bool | None:
    """Whether their machines stand at one site."""
    mine, theirs = _said(one, "site", around), _said(other, "site", around)
    if mine and theirs:
        return bool(mine == theirs)
    return same_machine(one, other, around) or None


def same_rack(one: int, other: int, around: Relatives) -> bool | None:
    """Whether their machines stand in one rack; one name at two sites is two racks."""
    if same_machine(one, other, around):
        return True
    mine, theirs = _said(one, "rack", around), _said(other, "rack", around)
    sites = _said(one, "site", around), _said(other, "site", around)
    if all(sites) and sites[0] != sites[1]:
        return False
    if not mine or not theirs:
        return None
    if mine != theirs:
        return False
    return True if bool(sites[0]) == bool(sites[1]) else None


def same_feed(one: int, other: int, asked_by: int, context: Context) -> bool | None:
    """Whether losing one power feed takes both of their machines."""
    mine, theirs = (
        feeds(context.relatives.outermost(pk), asked_by, context) for pk in (one, other)
    )
    return _one_loss(one, other, mine, theirs, context.relatives)


def same_switch(one: int, other: int, asked_by: int, context: Context) -> bool | None:
    """Whether losing one switch cuts both of their machines off."""
    mine, theirs = (
        _every_switch(context.relatives.outermost(pk), asked_by, context) for pk in (one, other)
    )
    return _one_loss(one, other, mine, theirs, context.relatives)


def feeds(pk: int, asked_by: int, context: Context) -> list[str]:
    """Power feeds of a host, each once."""
    hardware = context.told(pk, "hardware", asked_by=asked_by) or {}
    return each_once(hardware.get("power_feeds") or [])


def switches(pk: int, asked_by: int, context: Context) -> list[str]:
    """Switches of a host's interfaces, each once."""
    return each_once([one.get("switch") for one in _interfaces(pk, asked_by, context)])


def _every_switch(pk: int, asked_by: int, context: Context) -> list[str]:
    """The same, but nothing where it may be only a part: one cable's other end nobody told."""
    found = switches(pk, asked_by, context)
    if len(found) != 1:
        return found
    untold = (
        one
        for one in _interfaces(pk, asked_by, context)
        if not one.get("switch")
        and one.get("up") is not False
        and one.get("type", "ether") == "ether"
        and not str(one.get("name", "")).startswith(VIRTUAL_NICS)
    )
    return [] if any(untold) else found


def _interfaces(pk: int, asked_by: int, context: Context) -> Sequence[dict[str, Any]]:
    network = context.told(pk, "network", asked_by=asked_by) or {}
    return network.get("interfaces") or []


def _one_loss(
    one: int, other: int, mine: Iterable[str], theirs: Iterable[str], around: Relatives
) -> bool | None:
    """Two ways in on one side survive the loss of either; else it matters whether they are one."""
    ways = [set(mine), set(theirs)]
    if any(len(way) > 1 for way in ways):
        return False
    if not all(ways):
        return None
    if same_site(one, other, around) is False:
        return False
    return ways[0] == ways[1]


def _said(pk: int, field: str, around: Relatives) -> str | None:
    """What is written down of the outermost host, or of what is nearest to it."""
    for one in reversed([pk, *around.ancestors(pk)]):
        if said := getattr(around.hosts[one], field):
            return str(said)
    return None
