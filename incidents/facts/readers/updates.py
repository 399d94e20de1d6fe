"""Pending updates, as package managers list them.

`apt list --upgradable`, `dnf check-update` (or yum's), and `needs-restarting -r`.  How many are
security updates is only said where the list says it: apt's by the name of the archive, dnf's not.
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import FactsError
from .report import Reading
from .values import known

NAME = "updates"

_APT = re.compile(
    r"^(?P<name>[a-z0-9][a-z0-9.+-]*)/(?P<archives>\S+) (?P<new>\S+) \S+ "
    r"\[upgradable from: (?P<old>[^\]]+)\]$"
)
_APT_HEAD = re.compile(r"^Listing\.\.\.")
_DNF = re.compile(
    r"^(?P<name>[A-Za-z0-9][\w.+-]*)\.(?P<arch>x86_64|noarch|i686|aarch64|ppc64le|s390x|src)"
    r"\s+(?P<version>\S+)\s+(?P<repo>\S+)$"
)
_DNF_HEAD = re.compile(r"^(Last metadata expiration check|Loaded plugins)", re.MULTILINE)
_REBOOT = re.compile(
    r"^Reboot (is required|should not be necessary|is probably not necessary)", re.M
)
_NO_REBOOT = re.compile(r"No core libraries or services have been updated", re.M)


def recognises(raw: Any) -> bool:
    """One of the lists."""
    return isinstance(raw, str) and _which(raw) is not None


def read(raw: Any) -> list[Reading]:
    """One reading with `packages`."""
    kind = _which(raw) if isinstance(raw, str) else None
    if kind is None:
        raise FactsError(
            "This is no list of pending updates that we know: send what `apt list --upgradable`, "
            "`dnf check-update` or `needs-restarting -r` prints."
        )
    return [Reading({"packages": known(_READ[kind](raw))}, source=kind)]


def host_from_file(raw: Any, file_name: str) -> str | None:
    """The lists name no host."""
    return None


def _which(raw: str) -> str | None:
    lines = [line for line in raw.splitlines() if line.strip()]
    if any(_APT.match(line) for line in lines[:40]) or (lines and _APT_HEAD.match(lines[0])):
        return "apt"
    if _REBOOT.search(raw) or _NO_REBOOT.search(raw):
        return "needs-restarting"
    if any(_DNF.match(line) for line in lines[:40]) or _DNF_HEAD.search(raw):
        return "dnf"
    return None


def _apt(raw: str) -> dict[str, Any]:
    found = [match for line in raw.splitlines() if (match := _APT.match(line.strip()))]
    security = sum("-security" in one["archives"] for one in found)
    return {"manager": "apt", "pending": len(found), "pending_security": security}


def _dnf(raw: str) -> dict[str, Any]:
    """What stands below "Obsoleting Packages" is listed above already."""
    above = re.split(r"^Obsoleting Packages", raw, flags=re.MULTILINE)[0]
    found = {match["name"] for line in above.splitlines() if (match := _DNF.match(line.strip()))}
    return {"manager": "dnf", "pending": len(found)}


def _restarting(raw: str) -> dict[str, Any]:
    said = _REBOOT.search(raw)
    return {"reboot_required": bool(said and said[1] == "is required")}


_READ = {"apt": _apt, "dnf": _dnf, "needs-restarting": _restarting}
