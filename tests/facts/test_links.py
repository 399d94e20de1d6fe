"""Which interfaces are members of a bond, and when nobody can tell."""

from typing import Any

import pytest

from incidents.facts.links import annotate_network

ETH0 = {"name": "eth0", "type": "ether"}
ETH1 = {"name": "eth1", "type": "ether"}
BOND0 = {"name": "bond0", "type": "bonding"}


@pytest.mark.parametrize(
    ("interfaces", "bonded"),
    [
        ([ETH0], [False]),
        ([{"name": "eth0"}], [None]),
        ([{**ETH0, "bond": "bond0"}, BOND0, ETH1], [True, False, False]),
        ([ETH0, BOND0], [None, None]),
        ([ETH0, {"name": "team0", "type": "ether"}], [None, None]),
        ([ETH0, {"name": "ovs-system", "type": "ether"}], [None, None]),
    ],
)
def test_members_of_bonds(interfaces: list[dict[str, Any]], bonded: list[bool | None]) -> None:
    found = annotate_network({"interfaces": interfaces})["interfaces"]
    assert [one.get("bonded") for one in found] == bonded


@pytest.mark.parametrize("odd", [{}, {"interfaces": None}, {"interfaces": ["eth0"]}])
def test_what_is_no_list_of_interfaces_is_left_as_it_is(odd: dict[str, Any]) -> None:
    assert annotate_network(odd) == odd
