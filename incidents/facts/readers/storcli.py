"""`storcli /call show all J` (also perccli): arrays, drives and batteries behind a controller.

Sections read: "Basics", "Version", "VD LIST", "PD LIST", "BBU_Info", "Cachevault_Info", and for
single questions "Virtual Drives" and "Drive Information".
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from ..errors import FactsError
from .machine import in_bytes
from .report import Reading
from .values import known, mapping, text

NAME = "storcli"

_VD_STATES = {"optl": "optimal", "rec": "rebuilding", "pdgd": "degraded", "dgrd": "degraded",
              "ofln": "failed", "offln": "failed"}  # fmt: skip
_PD_STATES = {"onln": "online", "offln": "offline", "rbld": "rebuilding", "ghs": "hot spare",
              "dhs": "hot spare", "ugood": "unused", "ubad": "bad", "failed": "failed",
              "jbod": "plain disk", "msng": "missing"}  # fmt: skip
_LEVELS = {"raid0": "raid0", "raid1": "raid1", "raid5": "raid5", "raid6": "raid6",
           "raid10": "raid10", "raid50": "raid50", "raid60": "raid60"}  # fmt: skip


def recognises(raw: Any) -> bool:
    """An object with `Controllers`, each with a status and its data."""
    controllers = raw.get("Controllers") if isinstance(raw, dict) else None
    return isinstance(controllers, list) and any(
        "Command Status" in mapping(one) or "Response Data" in mapping(one) for one in controllers
    )


def read(raw: Any) -> list[Reading]:
    """One reading with the arrays, controllers and drives of all controllers."""
    if not recognises(raw):
        raise FactsError("This is not what `storcli /call show all J` prints.")
    storage: dict[str, list[dict[str, Any]]] = {"raids": [], "controllers": [], "disks": []}
    notes: list[str] = []
    told = False
    for number, entry in enumerate(raw["Controllers"]):
        status = mapping(mapping(entry).get("Command Status"))
        data = mapping(mapping(entry).get("Response Data"))
        if not data:
            said = text(status.get("Description")) or "no data"
            notes.append(f"Controller {status.get('Controller', number)}: {said}.")
            continue
        told = True
        _add(storage, data, str(status.get("Controller", number)))
    if not told:
        raise FactsError("storcli told nothing. " + " ".join(notes))
    if not storage["disks"]:
        del storage["disks"]
    if not storage["controllers"]:
        del storage["controllers"]
    return [Reading({"storage": storage}, notes=notes)]


def host_from_file(raw: Any, file_name: str) -> str | None:
    """The name is in the header at most; the register knows better."""
    return None


def _rows(data: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    for name in names:
        rows = data.get(name)
        if isinstance(rows, list):
            return [row for row in rows if isinstance(row, dict)]
    return []


def _add(storage: dict[str, list[dict[str, Any]]], data: dict[str, Any], number: str) -> None:
    basics = mapping(data.get("Basics"))
    model = text(basics.get("Model")) or text(data.get("Product Name"))
    drives = _rows(data, "PD LIST", "Drive Information")
    controller = f"c{number}" + (f" {model}" if model else "")
    storage["controllers"].append(_controller(data, basics, controller, model))
    for row in _rows(data, "VD LIST", "Virtual Drives"):
        storage["raids"].append(_array(row, drives, controller, number))
    storage["disks"] += [_disk(row, controller, number) for row in drives]


def _controller(
    data: dict[str, Any], basics: dict[str, Any], name: str, model: str | None
) -> dict[str, Any]:
    batteries = _rows(data, "BBU_Info", "Cachevault_Info")
    battery = batteries[0] if batteries else {}
    state = text(battery.get("State"))
    return known(
        {
            "name": name,
            "model": model,
            "serial": text(basics.get("Serial Number")) or text(data.get("Serial Number")),
            "firmware": text(mapping(data.get("Version")).get("Firmware Version"))
            or text(data.get("FW Version")),
            "manufactured_on": _day(basics.get("Mfg Date")),
            "battery_state": {"optimal": "optimal", "optl": "optimal"}.get(
                (state or "").lower(), state
            ),
            "battery_made_on": _day(battery.get("MfgDate")),
        }
    )


def _array(
    row: dict[str, Any], drives: list[dict[str, Any]], controller: str, number: str
) -> dict[str, Any]:
    group, _, place = str(row.get("DG/VD", "")).partition("/")
    level = str(row.get("TYPE", "")).lower()
    members = [one for one in drives if str(one.get("DG")) == group and group not in ("", "-")]
    state = _VD_STATES.get(str(row.get("State", "")).lower())
    size = in_bytes(str(row.get("Size", "")).strip())
    working = [one for one in members if str(one.get("State", "")).lower() == "onln"]
    return known(
        {
            "name": f"c{number}/v{place or '0'}",
            "kind": "hardware",
            "level": _LEVELS.get(level, level or None),
            "controller": controller,
            "state": "rebuilding"
            if state == "degraded" and any(str(m.get("State")).lower() == "rbld" for m in members)
            else state,
            "devices": [_member(one, number) for one in members] or None,
            "devices_wanted": len(members) if members else None,
            "devices_active": len(working) if members else None,
            "size_gb": round(size / 1e9, 1) if size else None,
        }
    )


def _member(row: dict[str, Any], number: str) -> dict[str, Any]:
    return known(
        {
            "name": _slot(row, number),
            "model": text(row.get("Model")),
            "state": _PD_STATES.get(str(row.get("State", "")).lower(), text(row.get("State"))),
        }
    )


def _disk(row: dict[str, Any], controller: str, number: str) -> dict[str, Any]:
    size = in_bytes(str(row.get("Size", "")).strip())
    return known(
        {
            "name": _slot(row, number),
            "model": text(row.get("Model")),
            "controller": controller,
            "size_gb": round(size / 1e9, 1) if size else None,
            "rotational": {"HDD": True, "SSD": False}.get(str(row.get("Med"))),
        }
    )


def _slot(row: dict[str, Any], number: str) -> str:
    return f"c{number} {text(row.get('EID:Slt')) or text(row.get('DID')) or '?'}"


def _day(value: Any) -> str | None:
    """`10/23/14`, `2014/10/23` or `00/00/00` for nobody knows."""
    found = re.fullmatch(r"(\d{2,4})/(\d{1,2})/(\d{2,4})", (text(value) or "").strip())
    if found is None:
        return None
    one, two, three = (int(part) for part in found.groups())
    year, month, day = (one, two, three) if one > 99 else (three, one, two)
    if year < 100:
        year += 2000
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
