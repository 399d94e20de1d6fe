"""What follows from a fact document and the end-of-life catalogue, at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .eol import Catalogue, annotate_os
from .packages import annotate_packages
from .software import annotate_software


def annotate(
    document: Mapping[str, Any],
    catalogue: Catalogue,
    now: datetime,
    entitled: frozenset[str] = frozenset(),
    *,
    os: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """`{section: value}` with derived fields of `os`, `software` and `packages` filled in.

    `os` stands in where the document has no `os` section of its own but others hang on it.
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
    return known
