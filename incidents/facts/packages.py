"""What follows from the state of the package manager."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_RELEASE = re.compile(r"\d+(?:[.-]\d+)+")


def annotate_packages(
    packages: Mapping[str, Any], os: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The `packages` section with `pending_security_dated` and, where known, `restart_pending`.

    Systems tell in one of two ways that a restart is needed: they say so, or a newer kernel than
    the running one lies installed.  Either is enough for yes; one of them is enough for no.
    """
    said = [
        answer
        for answer in (
            packages.get("reboot_required"),
            _older((os or {}).get("kernel"), packages.get("newest_kernel")),
        )
        if answer is not None
    ]
    dated = packages.get("pending_security_since") is not None
    known: dict[str, Any] = {"pending_security_dated": dated}
    if said:
        known["restart_pending"] = any(said)
    return {**known, **packages}


def _older(running: Any, newest: Any) -> bool | None:
    """Whether the running kernel is another than the newest; None where they can't be compared.

    `6.1.0-18-amd64` and `linux-image-6.1.0-18-amd64` are one kernel, as are `5.15.0-91` and
    `5.15.0-91.101`: package managers count on where the kernel itself stops.
    """
    here, there = _numbers(running), _numbers(newest)
    if not here or not there:
        return None
    shared = min(len(here), len(there))
    return here[:shared] != there[:shared]


def _numbers(kernel: Any) -> tuple[int, ...]:
    found = _RELEASE.search(kernel) if isinstance(kernel, str) else None
    return tuple(int(part) for part in re.split(r"[.-]", found.group())) if found else ()
