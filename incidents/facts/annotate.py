"""What follows from a fact document and the end-of-life catalogue, at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .arrays import annotate_storage
from .eol import Catalogue, annotate_os
from .links import annotate_network
from .packages import annotate_packages
from .saving import annotate_backups
from .software import annotate_software


def annotate(
    document: Mapping[str, Any],
    catalogue: Catalogue,
    now: datetime,
    entitled: frozenset[str] = frozenset(),
    *,
    os: Mapping[str, Any] | None = None,
    site: str | None = None,
) -> dict[str, Any]:
    """`{section: value}` with derived fields filled in.

    `os` stands in where the document has no `os` section of its own but others hang on it; `site`
    is where the host stands: what is away from it follows.
    """
    known = dict(document)
    system = document.get("os", os)
    if isinstance(system, dict):
        system = annotate_os(system, catalogue, now, entitled)
        if "os" in known:
            known["os"] = system
    else:
        system = None
    if isinstance(known.get("software"), list):
        known["software"] = annotate_software(known["software"], catalogue, now, system, entitled)
    if isinstance(known.get("packages"), dict):
        known["packages"] = annotate_packages(known["packages"], system)
    _add_what_follows(known, now, site)
    return known


def _add_what_follows(known: dict[str, Any], now: datetime, site: str | None) -> None:
    """What needs no catalogue: it follows from the host's own facts."""
    storage, network, hardware = (known.get(n) for n in ("storage", "network", "hardware"))
    if isinstance(storage, dict):
        known["storage"] = storage = annotate_storage(storage)
    if isinstance(network, dict):
        known["network"] = annotate_network(network)
    if isinstance(hardware, dict) and hardware.get("power_feeds") == []:
        # A machine that runs has a feed: an empty list is a cable nobody wrote down.
        known["hardware"] = {n: value for n, value in hardware.items() if n != "power_feeds"}
    if isinstance(known.get("backups"), list):
        known["backups"] = annotate_backups(
            known["backups"], now, storage=storage, software=known.get("software"), site=site
        )
