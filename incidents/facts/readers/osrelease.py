"""`/etc/os-release`: which system this is.  Format: `os-release(5)`."""

from __future__ import annotations

import re
import shlex
from typing import Any

from ..errors import FactsError
from .report import Reading
from .values import known, text

NAME = "os-release"

_LINE = re.compile(r"^([A-Z][A-Z0-9_]*)=(.*)$")
_ROLLING = {"arch", "gentoo", "opensuse-tumbleweed", "void", "manjaro", "endeavouros", "solus"}


def recognises(raw: Any) -> bool:
    """Text with an ID or a NAME, and nothing but assignments."""
    if not isinstance(raw, str):
        return False
    lines = [line for line in raw.splitlines() if line.strip() and not line.startswith("#")]
    assigned = {found[1] for line in lines if (found := _LINE.match(line.strip()))}
    return len(assigned) == len(lines) and bool({"ID", "NAME", "PRETTY_NAME"} & assigned)


def read(raw: Any) -> list[Reading]:
    """One reading with `os`."""
    if not recognises(raw):
        raise FactsError("This is no os-release: it should have lines such as ID=debian.")
    said = dict(_pairs(raw))
    name = said.get("NAME") or said.get("ID")
    version = text(said.get("VERSION_ID"))
    pretty = text(said.get("PRETTY_NAME"))
    rolling = said.get("ID", "") in _ROLLING or "rolling" in said.get("VARIANT_ID", "")
    os = known(
        {
            "family": (said.get("ID_LIKE") or "").split(" ")[0] or text(said.get("ID")),
            "name": text(_plain(said, name)),
            "version": version,
            "major": version.split(".")[0] if version and version[0].isdigit() else None,
            "codename": text(said.get("VERSION_CODENAME")),
            "edition": "Stream" if "stream" in f"{name} {pretty}".lower() else None,
            "pretty_name": pretty,
            "rolling": True if rolling else None,
        }
    )
    return [Reading({"os": os})]


def host_from_file(raw: Any, file_name: str) -> str | None:
    """The file has the same name everywhere."""
    return None


def _pairs(raw: str) -> list[tuple[str, str]]:
    found = []
    for line in raw.splitlines():
        match = _LINE.match(line.strip())
        if match is None:
            continue
        try:
            words = shlex.split(match[2])
        except ValueError:
            words = [match[2].strip("\"'")]
        found.append((match[1], " ".join(words)))
    return found


def _plain(said: dict[str, str], name: str | None) -> str | None:
    """The distribution as other tools call it: `Debian`, not `Debian GNU/Linux`."""
    plain = re.sub(r"\s+(GNU/Linux|Linux)$", "", name or "")
    return "RedHat" if said.get("ID") == "rhel" else plain or None
