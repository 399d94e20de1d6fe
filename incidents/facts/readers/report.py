"""What a reader hands on: one report per host, and who that host says it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from ..document.parse import iso
from ..errors import FactsError

Kind = Literal["physical", "virtual", "container", "chroot"]
ObservedFrom = Literal["report", "file", "argument", "arrival"]

ALLOWED_SKEW = timedelta(minutes=5)
HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?")
SOURCE_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,62}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Identity:
    """By what a host can be found.

    name: what an inventory calls it. hostname, fqdn, serial, machine_id, addresses: what it says
    of itself; for a chroot these are its parent's, so they are left empty, and `parent_hint` is
    the parent's name. serial: of physical hosts only. kind: the best guess, None when in doubt.
    """

    name: str | None = None
    hostname: str | None = None
    fqdn: str | None = None
    serial: str | None = None
    machine_id: str | None = None
    is_chroot: bool = False
    kind: Kind | None = None
    parent_hint: str | None = None
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Register:
    """What an inventory says of a host that is no fact but people's word: None is not said.

    site and owner (a team) are slugs or names; parent is the host it runs inside.
    """

    site: str | None = None
    site_name: str | None = None
    role: str | None = None
    environment: str | None = None
    criticality: str | None = None
    rack: str | None = None
    owner: str | None = None
    parent: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What one source says of one host at one moment.

    `sections` holds only what the report is about. `notes` say what was left out or is doubtful.
    `fingerprint`: by which the same bytes are known when they come again; empty: they are not.
    """

    host: str | None
    source: str
    observed_at: datetime
    observed_from: ObservedFrom
    sections: dict[str, Any]
    identity: Identity = field(default_factory=Identity)
    notes: list[str] = field(default_factory=list)
    register: Register | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a format's reader finds, before name, source and time are settled.

    `parsed`: the sections have been through `parse_sections` and need not go again.
    """

    sections: dict[str, Any]
    host: str | None = None
    source: str | None = None
    observed_at: datetime | None = None
    identity: Identity = field(default_factory=Identity)
    notes: list[str] = field(default_factory=list)
    parsed: bool = False
    register: Register | None = None


def check_clock(observed_at: datetime, arrived_at: datetime) -> None:
    """Refuse a report from more than five minutes in the future."""
    if observed_at - arrived_at > ALLOWED_SKEW:
        raise FactsError(
            f"The report says it was made at {iso(observed_at)}, but here it is "
            f"{iso(arrived_at)}. Set the clock of the machine that sent it, then send it again.",
            "/observed_at",
        )


def check_host(name: str, pointer: str = "/host") -> str:
    """A host name as it may be stored, or FactsError."""
    if not isinstance(name, str) or not HOST_NAME.fullmatch(name):
        raise FactsError(
            f"{str(name)[:80]!r} can't be a host name: use letters, digits, '.', '-' and '_'.",
            pointer,
        )
    return name


def check_source(name: str, pointer: str = "/source") -> str:
    """A source name as it may be stored, or FactsError."""
    if not isinstance(name, str) or not SOURCE_NAME.fullmatch(name):
        raise FactsError(
            f"{str(name)[:80]!r} can't be a source: use up to 64 letters, digits, '.', '-', '_'.",
            pointer,
        )
    return name
