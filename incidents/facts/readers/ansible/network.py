"""Names, interfaces, resolvers and routes as Ansible sees them."""

from __future__ import annotations

import re
from typing import Any

from ..values import known, mapping, text, texts, whole, yes_no
from .kind import fqdn_of

Facts = dict[str, Any]

_NOISE = re.compile(r"(veth|ifb|cali|cni|flannel|docker|br-[0-9a-f]{12}|tap|vnet|fwbr|fwpr|fwln)")


def network_of(facts: Facts, notes: list[str]) -> dict[str, Any]:
    """The `network` section."""
    ways = [
        gateway
        for family in ("default_ipv4", "default_ipv6")
        if (gateway := text(mapping(facts.get(family)).get("gateway")))
    ]
    return known(
        {
            "fqdn": fqdn_of(facts),
            "interfaces": _interfaces(facts) or None,
            "gateway": ways[0] if ways else None,
            "default_routes": ways or None,
            **_resolvers(facts, notes),
        }
    )


def _resolvers(facts: Facts, notes: list[str]) -> dict[str, Any]:
    """Whom the host asks for names. Behind a stub on the host itself that is not known."""
    dns = mapping(facts.get("dns"))
    servers = texts(dns.get("nameservers") or [])
    stub = [server for server in servers if server.startswith("127.") or server == "::1"]
    if stub:
        notes.append(
            f"Names are asked of a stub on the host ({stub[0]}); the resolvers behind it are "
            "unknown."
        )
    return {
        "resolvers": servers if servers and not stub else None,
        "local_stub": bool(stub) if servers else None,
        "search": texts(dns.get("search") or []) or None,
    }


def _interfaces(facts: Facts) -> list[dict[str, Any]]:
    listed = facts.get("interfaces")
    names = listed if isinstance(listed, list) else []
    raws = {name: raw for item in names for name, raw in [_named(facts, item)] if name}
    bonds = {
        slave: name
        for name, raw in raws.items()
        if text(raw.get("type")) == "bonding"
        for slave in texts(raw.get("slaves") or [])
    }
    made = [
        _interface(name, raw, bonds.get(name))
        for name, raw in sorted(raws.items())
        if text(raw.get("type")) != "loopback" and name not in ("lo", "lo0")
    ]
    return [one for one in made if not _NOISE.match(one["name"])]


def _named(facts: Facts, item: Any) -> tuple[str, dict[str, Any]]:
    """Unix lists names and keeps each interface under its own key; Windows lists the things."""
    if isinstance(item, dict):
        return text(item.get("connection_name")) or "", item
    name = text(item) or ""
    raw = (
        facts.get(name)
        or facts.get(re.sub(r"[-:]", "_", name))
        or facts.get(re.sub(r"[^A-Za-z0-9]", "_", name))
    )
    return name, mapping(raw)


def _interface(name: str, raw: dict[str, Any], bond: str | None) -> dict[str, Any]:
    speed, mtu = whole(raw.get("speed")), whole(raw.get("mtu"))
    return known(
        {
            "name": name,
            "type": text(raw.get("type")),
            "mac": text(raw.get("macaddress")),
            "ipv4": _addresses(raw.get("ipv4"), raw.get("ipv4_secondaries")) or None,
            "ipv6": _addresses(raw.get("ipv6")) or None,
            "speed_mbps": speed if speed and speed > 0 else None,
            "mtu": mtu if mtu and mtu > 0 else None,
            "bond": bond,
            "up": yes_no(raw.get("active")),
        }
    )


def _addresses(*families: Any) -> list[str]:
    found: list[str] = []
    for family in families:
        for entry in family if isinstance(family, list) else [family]:
            address = text(mapping(entry).get("address"))
            if address and not address.lower().startswith("fe80:"):
                found.append(address)
    return list(dict.fromkeys(found))
