"""Where a webhook may send: nowhere inside, unless the operator said so (``WEBHOOK_ALLOW``).

An address is looked up once and checked, and the connection goes to that very address: a name
that answers differently the next time is never asked a next time.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.encoding import iri_to_uri

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: IPv6 addresses that lead to an IPv4 address (RFC 6052, RFC 4291): the last 32 bits.
TRANSLATED = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
#: The same for use within one network, where the IPv4 address may stand anywhere.
TRANSLATED_INSIDE = ipaddress.IPv6Network("64:ff9b:1::/48")
HOST = re.compile(r"[a-z0-9_][a-z0-9._-]*|[0-9a-f:.]+")
INSIDE = (
    "{} is an address inside a network, where webhooks may not send. To allow it, add it to "
    "WEBHOOK_ALLOW."
)


class Refused(Exception):
    """This address is not one to send to; the words say why and what would mend it."""


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of an address: ``path`` with its query, as it is sent."""

    secure: bool
    host: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Allowed:
    """What ``WEBHOOK_ALLOW`` lets through: networks, single addresses and names of hosts."""

    networks: tuple[Network, ...]
    names: frozenset[str]

    @classmethod
    def of(cls, entries: Iterable[str]) -> "Allowed":
        networks, names = list[Network](), set[str]()
        for entry in (one.strip() for one in entries):
            try:
                networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                names.add(entry.lower().rstrip("."))
        return cls(tuple(networks), frozenset(names - {""}))

    def lets(self, host: str, address: Address) -> bool:
        inside = any(address.version == net.version and address in net for net in self.networks)
        return inside or host in self.names


def target_of(url: str) -> Target:
    """The parts of ``url``, or ``Refused`` where it is no plain http(s) address."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = (parts.hostname or "").rstrip(".").encode("idna").decode().lower()
    except (ValueError, UnicodeError):
        raise Refused("This is no address: write it like https://chat.example.net/hook.") from None
    if parts.scheme not in ("http", "https") or not HOST.fullmatch(host):
        raise Refused("Write the whole address, beginning with https:// or http://.")
    if parts.username is not None or parts.password is not None:
        raise Refused("Leave name and password out of the address; the signature proves who sends.")
    if parts.fragment:
        raise Refused("Leave out what follows the #: it would never be sent.")
    secure = parts.scheme == "https"
    path = iri_to_uri(parts.path or "/") + (f"?{iri_to_uri(parts.query)}" if parts.query else "")
    return Target(secure, host, port if port is not None else (443 if secure else 80), path)


def check(url: str, allowed: Allowed) -> Target:
    """What can be said of an address without looking it up: for forms."""
    target = target_of(url)
    try:
        literal: Address | None = ipaddress.ip_address(target.host)
    except ValueError:
        literal = None
    if literal is not None and not (is_outside(literal) or allowed.lets(target.host, literal)):
        raise Refused(INSIDE.format(literal))
    return target


def places(target: Target, allowed: Allowed) -> list[tuple[socket.AddressFamily, Any]]:
    """Where to connect, as ``(family, sockaddr)``; ``Refused`` where none of it is allowed.

    One name with an address inside and one outside is refused whole: it is a mistake or a trick.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused(f"{target.host} could not be looked up: {error}.") from None
    for _family, _, _, _, where in found:
        address = ipaddress.ip_address(str(where[0]))
        if not (is_outside(address) or allowed.lets(target.host, address)):
            raise Refused(INSIDE.format(address))
    return [(family, where) for family, _, _, _, where in found]


def is_outside(address: Address) -> bool:
    """Whether this is a plain address of the public network."""
    if isinstance(address, ipaddress.IPv6Address):
        within = _within(address)
        if within is not None:
            return is_outside(within)
        tunnel = address.sixtofour is not None or address.teredo is not None
        if tunnel or address.is_site_local or address in TRANSLATED_INSIDE:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _within(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if any(address in network for network in TRANSLATED):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None
