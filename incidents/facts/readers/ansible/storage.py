"""Disks, arrays and file systems as Ansible sees them.

Ansible never says an array's level or state. It shows Linux md arrays and, by the model their
disks carry, arrays behind some hardware controllers; it does not see ZFS or btrfs ones. So
"there are none" is only said for virtual machines with a disk list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..report import Kind
from ..values import known, mapping, number, text, texts, whole, yes_no

Facts = dict[str, Any]

_NOT_DISKS = re.compile(r"(loop|ram|zram|dm-|sr|fd|nbd|md|drbd|zd|cd)\d*")
_ARRAY = re.compile(r"md[\d_]\S*")
_ARRAY_MODEL = re.compile(
    r"LOGICAL VOLUME|PERC|MegaRAID|ServeRAID|Smart ?Array|^MR\d|^RAID", re.IGNORECASE
)
_SURE_MODEL = re.compile(r"LOGICAL VOLUME|PERC|MegaRAID|ServeRAID", re.IGNORECASE)
_RAID_HOST = re.compile(r"RAID bus controller: *(.+)", re.IGNORECASE)
_OF_DISK = re.compile(r"(ata|nvme|scsi-S[A-Z])")
_OF_NAMESPACE = re.compile(r"_\d$")
_PSEUDO = {
    "autofs", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devfs", "devpts", "devtmpfs",
    "efivarfs", "fdescfs", "fuse.lxcfs", "hugetlbfs", "iso9660", "mqueue", "nsfs", "overlay",
    "proc", "procfs", "pstore", "ramfs", "rpc_pipefs", "securityfs", "squashfs", "sysfs", "tmpfs",
    "tracefs", "udf", "vboxsf",
}  # fmt: skip
_BOUND_FILES = {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}


def storage_of(facts: Facts, kind: Kind | None, notes: list[str]) -> dict[str, Any]:
    """The `storage` section."""
    raw = facts.get("devices")
    devices = (
        {name: mapping(device) for name, device in raw.items()} if isinstance(raw, dict) else {}
    )
    disks = _disks(devices)
    arrays = [*_md_arrays(facts, devices, disks), *_hardware_arrays(devices)]
    section = known(
        {
            "disks": disks or None,
            "controllers": _controllers(devices) or None,
            "mounts": _mounts(facts) or None,
            "swap_mb": whole(facts.get("swaptotal_mb")),
        }
    )
    if arrays:
        section["raids"] = arrays
    elif kind == "virtual" and "disks" in section:
        section["raids"] = []
    elif devices:
        notes.append(
            "No array is visible. Ansible can't see ZFS, btrfs or arrays behind a controller, "
            "so storage.raids stays unknown."
        )
    return section


def size_in_bytes(device: dict[str, Any]) -> float | None:
    """The size of a device from its sectors.

    Until 2.15 Ansible counted 512-byte sectors, as text, beside whatever sector size the disk
    has (and its own `size` was eight times too big on 4K disks); since 2.16 it counts real
    sectors, as a number.
    """
    sectors = device.get("sectors")
    count = number(sectors)
    if not count:
        return None
    each = (whole(device.get("sectorsize")) or 512) if isinstance(sectors, int) else 512
    return count * each


def _disks(devices: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for name, device in sorted(devices.items()):
        size = size_in_bytes(device)
        if _NOT_DISKS.fullmatch(name) or not size:
            continue
        found.append({"name": name, "size_gb": round(size / 1e9, 1), **_about(device)})
    return found


def _about(device: dict[str, Any]) -> dict[str, Any]:
    vendor = text(device.get("vendor"))
    return known(
        {
            "vendor": None if vendor and vendor.startswith("0x") else vendor,
            "model": text(device.get("model")),
            "serial": _serial(device),
            "rotational": yes_no(device.get("rotational")),
            "controller": _controller_name(device),
        }
    )


def _serial(device: dict[str, Any]) -> str | None:
    return text(device.get("serial")) or _serial_from_links(device)


def _serial_from_links(device: dict[str, Any]) -> str | None:
    """udev's name for a disk ends with its serial: `ata-MODEL_SERIAL`."""
    ids = mapping(device.get("links")).get("ids")
    named = [name for name in texts(ids or []) if "_" in name and _OF_DISK.match(name)]
    plain = [name for name in named if not _OF_NAMESPACE.search(name)] or named
    return plain[0].rsplit("_", 1)[1] if plain else None


def _controller_name(device: dict[str, Any]) -> str | None:
    host = text(device.get("host"))
    return host.split(":", 1)[-1].strip() if host else None


def _controllers(devices: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    models = {
        found.group(1).strip()
        for device in devices.values()
        if (found := _RAID_HOST.match(text(device.get("host")) or ""))
    }
    return [{"name": model, "model": model} for model in sorted(models)]


def _hardware_arrays(devices: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Disks that are really an array: told by the model, never by the controller alone."""
    found = []
    for name, device in sorted(devices.items()):
        host, model = text(device.get("host")) or "", text(device.get("model")) or ""
        behind = _RAID_HOST.match(host) and "[RAID mode]" not in host
        if _SURE_MODEL.search(model) or (behind and _ARRAY_MODEL.search(model)):
            size = size_in_bytes(device)
            found.append(
                known(
                    {
                        "name": name,
                        "kind": "hardware",
                        "controller": _controller_name(device),
                        "size_gb": round(size / 1e9, 1) if size else None,
                    }
                )
            )
    return found


def _md_arrays(
    facts: Facts, devices: dict[str, dict[str, Any]], disks: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    members: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {
        name: {} for name in devices if _ARRAY.fullmatch(name)
    }
    about = {disk["name"]: _marks(disk) for disk in disks}
    for part, owners, disk in _parts(facts, devices):
        for owner in owners:
            if not _ARRAY.fullmatch(owner):
                continue
            if disk not in about:
                found = devices[disk]
                about[disk] = {"model": text(found.get("model")), "serial": _serial(found)}
            drive = known({"name": part, **about[disk]})
            members.setdefault(owner, {}).setdefault(tuple(drive.items()), drive)
    return [
        _md_array(name, [*drives.values()], devices.get(name, {}))
        for name, drives in sorted(members.items())
    ]


def _marks(disk: dict[str, Any]) -> dict[str, Any]:
    return {"model": disk.get("model"), "serial": disk.get("serial")}


def _md_array(name: str, drives: list[dict[str, Any]], device: dict[str, Any]) -> dict[str, Any]:
    size = size_in_bytes(device)
    return known(
        {
            "name": name,
            "kind": "md",
            "devices": sorted(drives, key=lambda drive: str(drive["name"])) or None,
            "size_gb": round(size / 1e9, 1) if size else None,
        }
    )


def _parts(
    facts: Facts, devices: dict[str, dict[str, Any]]
) -> Iterator[tuple[str, list[str], str]]:
    """(disk or partition, what is laid over it, the disk), where anything is."""
    masters = mapping(mapping(facts.get("device_links")).get("masters"))
    for disk_name, disk in devices.items():
        partitions = mapping(disk.get("partitions"))
        held = {
            name: _owners(mapping(part), masters.get(name)) for name, part in partitions.items()
        }
        own = _owners(disk, masters.get(disk_name))
        if own and disk_name not in held:
            below = {owner for owners in held.values() for owner in owners}
            yield disk_name, [owner for owner in own if owner not in below], disk_name
        for name, owners in held.items():
            if owners:
                yield name, owners, disk_name


def _owners(spot: dict[str, Any], listed: Any) -> list[str]:
    """What a disk or partition is a part of, each once."""
    masters, holders = mapping(spot.get("links")).get("masters"), spot.get("holders")
    if not listed and (not holders or holders == masters):  # most say it once, or twice the same
        return texts(masters) if masters else []
    found = [owner for names in (masters, holders, listed) if names for owner in texts(names)]
    return list(dict.fromkeys(found))


def _mounts(facts: Facts) -> list[dict[str, Any]]:
    raw = facts.get("mounts")
    found = [_mount(mapping(item)) for item in raw] if isinstance(raw, list) else []
    return [mount for mount in found if mount]


def _mount(raw: dict[str, Any]) -> dict[str, Any]:
    path, fstype = text(raw.get("mount")), text(raw.get("fstype"))
    size = number(raw.get("size_total"))
    options = (text(raw.get("options")) or "").split(",")
    if not path or not size or path in _BOUND_FILES or "ro" in options:
        return {}
    if (fstype or "").lower() in _PSEUDO:
        return {}
    return known(
        {
            "path": path,
            "device": text(raw.get("device")),
            "fstype": fstype,
            "size_mb": round(size / 2**20, 1),
            "used_pct": _used(size, number(raw.get("size_available"))),
            "inodes_used_pct": _used(
                number(raw.get("inode_total")), number(raw.get("inode_available"))
            ),
        }
    )


def _used(total: float | None, free: float | None) -> float | None:
    if not total or free is None or not 0 <= free <= total:
        return None
    return round((total - free) / total * 100, 1)
