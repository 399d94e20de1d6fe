"""What follows from the network section: which interfaces are members of a bond."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_BONDS = {"bond", "bonding", "lag", "lacp", "team", "lagg"}
_BOND_NAMES = re.compile(r"(bond|lagg|aggr)\d")
_ELSEWHERE = re.compile(r"(team|ovs|nm-team|vswitch|po\d)", re.IGNORECASE)
"""Names of links whose members Linux does not show as members."""


def annotate_network(network: Mapping[str, Any]) -> dict[str, Any]:
    """The `network` section with `bonded` on each interface where it is known."""
    interfaces = network.get("interfaces")
    if not isinstance(interfaces, list) or not all(isinstance(one, dict) for one in interfaces):
        return dict(network)
    shown = _members_show(interfaces)
    return {**network, "interfaces": [_interface(one, shown) for one in interfaces]}


def _members_show(interfaces: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an interface without a bond in this list is surely in none."""
    bonds = {str(one.get("name")) for one in interfaces if _is_bond(one)}
    named = {str(one.get("bond")) for one in interfaces if one.get("bond")}
    hidden = any(_ELSEWHERE.match(str(one.get("name", ""))) for one in interfaces)
    return bonds <= named and not hidden


def _is_bond(one: Mapping[str, Any]) -> bool:
    kind = str(one.get("type") or "").lower()
    return kind in _BONDS or bool(_BOND_NAMES.match(str(one.get("name", ""))))


def _interface(one: Mapping[str, Any], shown: bool) -> dict[str, Any]:
    if one.get("bond"):
        return {"bonded": True, **one}
    return {"bonded": False, **one} if shown and one.get("type") else dict(one)
