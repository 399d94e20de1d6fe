"""`/proc/mdstat`: Linux software arrays, with their level, state and members.

An array counts as degraded by its member map (`[U_]`) and by its count (`[2/1]`), even where no
member carries `(F)`.  A check that is under way is no rebuild.  Format: `md(4)`, `drivers/md/md.c`.
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import FactsError
from .report import Reading
from .values import known

NAME = "mdstat"
TEXT = True

_HEAD = re.compile(
    r"^(?P<name>md\S*) : (?P<state>active|inactive|broken|readonly)"
    r"(?: \((?:auto-read-only|read-only)\))?"
    r"(?: (?P<level>raid\d+|linear|multipath|faulty|container))?"
    r"(?P<members>(?: \S+\[\d+\]\S*)*)\s*$"
)
_MEMBER = re.compile(r"(?P<name>\S+?)\[(?P<role>\d+)\](?P<marks>(?:\([A-Z]\))*)")
_BLOCKS = re.compile(r"^\s+(\d+) blocks")
_COUNTS = re.compile(r"\[(\d+)/(\d+)\]")
_WORK = re.compile(r"(recovery|resync|reshape)\s*=\s*(?:([\d.]+)%|DELAYED|PENDING)")
_WITHOUT_REDUNDANCY = {"raid0", "linear", "multipath", "faulty", "container"}


def recognises(raw: Any) -> bool:
    """Text that starts with the line of personalities."""
    return isinstance(raw, str) and raw.lstrip().startswith("Personalities :")


def read(raw: Any) -> list[Reading]:
    """One reading: `storage.raids`, empty where the kernel knows of no array."""
    if not recognises(raw):
        raise FactsError("This is no /proc/mdstat: it should start with 'Personalities :'.")
    raids: list[dict[str, Any]] = []
    notes: list[str] = []
    lines = raw.splitlines()
    for number, line in enumerate(lines):
        found = _HEAD.match(line)
        if found is None:
            if line.startswith("md"):
                notes.append(f"Line {number + 1} was not understood: {line[:80]!r}.")
            continue
        raids.append(_array(found, _below(lines[number + 1 :])))
    return [Reading({"storage": {"raids": raids}}, notes=notes)]


def host_from_file(raw: Any, file_name: str) -> str | None:
    """The file is `mdstat` on every machine."""
    return None


def _below(lines: list[str]) -> list[str]:
    found: list[str] = []
    for line in lines:
        if not line.startswith((" ", "\t")):
            break
        found.append(line)
    return found


def _array(head: re.Match[str], below: list[str]) -> dict[str, Any]:
    members = [
        {"name": m["name"], "state": _member_state(m["marks"])}
        for m in _MEMBER.finditer(head["members"])
    ]
    detail = "\n".join(below)
    blocks = _BLOCKS.search(detail)
    wanted, active = _counted(detail)
    return known(
        {
            "name": head["name"],
            "kind": "md",
            "level": head["level"],
            "state": _state(head, detail, wanted, active),
            "devices": members,
            "devices_wanted": wanted,
            "devices_active": active,
            "spares": sum(member["state"] == "spare" for member in members),
            "size_gb": round(int(blocks[1]) * 1024 / 1e9, 1) if blocks else None,
            "rebuild_pct": _progress(detail),
        }
    )


def _member_state(marks: str) -> str:
    if "(F)" in marks:
        return "faulty"
    if "(S)" in marks:
        return "spare"
    return "active"


def _counted(detail: str) -> tuple[int | None, int | None]:
    """Members the array is built for, and how many work: the worse of the count and the map."""
    counts, letters = _COUNTS.search(detail), re.search(r"\[([U_]+)\]", detail)
    if counts is None:
        return None, None
    wanted, active = int(counts[1]), int(counts[2])
    if letters:
        active = min(active, letters[1].count("U"))
    return wanted, active


def _state(head: re.Match[str], detail: str, wanted: int | None, active: int | None) -> str | None:
    if head["state"] == "broken":
        return "failed"
    if head["state"] == "inactive":
        return "failed" if head["level"] else None
    if head["level"] in _WITHOUT_REDUNDANCY:
        return "optimal"
    work = _WORK.search(detail)
    if wanted is None or active is None:
        return None
    if active < wanted:
        return "rebuilding" if work and work[1] == "recovery" else "degraded"
    return "optimal"


def _progress(detail: str) -> float | None:
    work = _WORK.search(detail)
    return float(work[2]) if work and work[2] else None
