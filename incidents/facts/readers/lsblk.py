"""`lsblk -J`: disks, arrays and what is mounted on them.

The output is a tree of a graph: an array stands under each of its members, so things are counted
by their kernel name.  With `-b` sizes are bytes, else they are rounded text; `-O` adds models,
serials and how full things are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import FactsError
from .report import Reading
from .values import known, number, text, yes_no

NAME = "lsblk"

_NOT_DISKS = re.compile(r"(loop|ram|zram|sr|fd|nbd)\d+")
_SIZE = re.compile(r"([\d.]+)\s*([BKMGTPE]?)i?B?", re.IGNORECASE)
_UNITS = {unit: 1024**power for power, unit in enumerate("BKMGTPE")}
_PSEUDO = {"squashfs", "iso9660", "udf", "swap", "linux_raid_member", "LVM2_member", "crypto_LUKS"}


@dataclass(slots=True)
class _Device:
    raw: dict[str, Any]
    name: str
    type: str
    parents: set[str] = field(default_factory=set)


def recognises(raw: Any) -> bool:
    """An object with `blockdevices`."""
    return isinstance(raw, dict) and isinstance(raw.get("blockdevices"), list)


def read(raw: Any) -> list[Reading]:
    """One reading: disks, software arrays and mounts, as far as the columns asked for tell."""
    if not recognises(raw):
        raise FactsError("This is not what `lsblk -J` prints: there is no 'blockdevices'.")
    devices: dict[str, _Device] = {}
    for one, parent in _walk(raw["blockdevices"], ""):
        name = text(one.get("kname")) or text(one.get("name"))
        kind = text(one.get("type")) or ""
        if name is None:
            continue
        device = devices.setdefault(name, _Device(one, name, kind))
        if parent:
            device.parents.add(parent)
    storage = {
        "disks": [_disk(one) for one in devices.values() if _is_disk(one)],
        "mounts": [mount for one in devices.values() for mount in _mounts(one, devices)],
    }
    arrays = [one for one in devices.values() if re.fullmatch(r"raid\d+|linear", one.type)]
    if arrays:
        storage["raids"] = [_array(one, devices) for one in arrays]
    return [Reading({"storage": {name: value for name, value in storage.items() if value}})]


def host_from_file(raw: Any, file_name: str) -> str | None:
    """It names no host."""
    return None


def _walk(entries: list[Any], parent: str) -> Iterator[tuple[dict[str, Any], str]]:
    for one in entries:
        if not isinstance(one, dict):
            continue
        yield one, parent or (text(one.get("pkname")) or "")
        name = text(one.get("kname")) or text(one.get("name")) or ""
        children = one.get("children")
        yield from _walk(children if isinstance(children, list) else [], name)


def _is_disk(device: _Device) -> bool:
    bytes_ = _bytes(device.raw.get("size"))
    return device.type == "disk" and not _NOT_DISKS.fullmatch(device.name) and bytes_ != 0


def _disk(device: _Device) -> dict[str, Any]:
    raw = device.raw
    size = _bytes(raw.get("size"))
    return known(
        {
            "name": device.name,
            "vendor": text(raw.get("vendor")),
            "model": text(raw.get("model")),
            "serial": text(raw.get("serial")),
            "firmware": text(raw.get("rev")),
            "size_gb": round(size / 1e9, 1) if size else None,
            "rotational": yes_no(raw.get("rota")),
        }
    )


def _array(device: _Device, devices: dict[str, _Device]) -> dict[str, Any]:
    size = _bytes(device.raw.get("size"))
    return known(
        {
            "name": device.name,
            "kind": "md",
            "level": device.type,
            "devices": [{"name": name} for name in sorted(device.parents)],
            "size_gb": round(size / 1e9, 1) if size else None,
        }
    )


def _mounts(device: _Device, devices: dict[str, _Device]) -> Iterator[dict[str, Any]]:
    raw = device.raw
    several = raw.get("mountpoints")
    paths = several if isinstance(several, list) else [raw.get("mountpoint")]
    kind = text(raw.get("fstype"))
    if kind in _PSEUDO or yes_no(raw.get("ro")) or device.type in ("rom", "loop"):
        return
    size = _bytes(raw.get("fssize")) or _bytes(raw.get("size"))
    used = _bytes(raw.get("fsused"))
    for path in dict.fromkeys(paths):
        if not isinstance(path, str) or not path.startswith("/"):
            continue
        yield known(
            {
                "path": path,
                "device": text(raw.get("path")) or f"/dev/{text(raw.get('name'))}",
                "fstype": kind,
                "size_mb": round(size / 1024**2, 1) if size else None,
                "used_pct": round(100 * used / size, 1) if used is not None and size else None,
                "rests_on": sorted(_bottoms(device, devices)) or None,
            }
        )


def _bottoms(device: _Device, devices: dict[str, _Device]) -> set[str]:
    """The arrays and disks that hold a device; an array counts as a bottom, its members don't."""
    found: set[str] = set()
    todo, seen = [device], set()
    while todo:
        one = todo.pop()
        if one.name in seen:
            continue
        seen.add(one.name)
        if re.fullmatch(r"raid\d+|linear|disk", one.type):
            found.add(one.name)
        else:
            todo.extend(devices[name] for name in one.parents if name in devices)
    return found


def _bytes(value: Any) -> float | None:
    """Bytes from a number, or from text such as `29.8G`."""
    plain = number(value)
    if plain is not None:
        return plain
    found = _SIZE.fullmatch(str(value or "").strip().replace(",", "."))
    size = number(found[1]) if found else None
    return None if size is None or found is None else size * _UNITS[found[2].upper() or "B"]
