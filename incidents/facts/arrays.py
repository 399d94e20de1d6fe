"""What follows from the storage section: which arrays and file systems survive a lost drive.

Nothing is taken for redundant or for plain that is not known to be: a disk behind a controller, a
volume of a storage network or a file system that keeps copies by itself may be either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

Facts = dict[str, Any]
Disks = Mapping[str, Mapping[str, Any]]

LOSSES = {
    "raid1": 1, "raid1e": 1, "mirror": 1, "raid3": 1, "raid4": 1, "raid5": 1, "raid10": 1,
    "raid50": 1, "raidz": 1, "raidz1": 1, "raid6": 2, "raid60": 2, "raidz2": 2, "raidz3": 3,
}  # fmt: skip
"""Level → members that the array survives losing, whichever they are."""

PLAIN = {"raid0", "linear", "jbod", "single", "stripe", "concat", "span", "container", "faulty"}
"""Levels that survive no loss.  `container` and `faulty` are no arrays of their own in md(4)."""

MIRRORS = {"raid1", "mirror"}
"""Every member holds all: they survive losing all but one."""

KEEPS_COPIES = {"btrfs", "zfs", "bcachefs", "ceph", "glusterfs"}
"""File systems that may spread over several drives although they show on one."""

_MAKERS = re.compile(
    r"(ATA|SEAGATE|HGST|HITACHI|TOSHIBA|WDC?|WESTERN DIGITAL|SAMSUNG|INTEL|MICRON|KIOXIA|CRUCIAL"
    r"|KINGSTON)\b",
    re.IGNORECASE,
)
_DIRECT = re.compile(r"(nvme\d+n\d+|mmcblk\d+)")
_PART = re.compile(r"p?\d+")
_OF_DRIVES = ("model", "serial", "firmware", "power_on_hours", "manufactured_on")


def annotate_storage(storage: Mapping[str, Any]) -> Facts:
    """The `storage` section with what follows from it; the input stays as it is.

    A report's own word always stays.  Every field is added only where it is known.
    """
    known = dict(storage)
    disks = {str(one["name"]): one for one in _entries(storage, "disks") if one.get("name")}
    _rewrite(known, "raids", lambda one: _array(one, disks))
    arrays = [one for one in _entries(known, "raids") if one.get("name")]
    _rewrite(known, "disks", lambda one: _disk(one, arrays, disks))
    _rewrite(known, "mounts", lambda one: _mount(one, arrays, disks))
    return _told(_batches(_entries(known, "raids")), known)


def disk_of(device: str, disks: Iterable[str]) -> str | None:
    """The disk that a device is, or is a part of: `/dev/sda1` → `sda`; None where there is none."""
    name = device.removeprefix("/dev/")
    found = [
        disk
        for disk in disks
        if name == disk or (name.startswith(disk) and _PART.fullmatch(name[len(disk) :]))
    ]
    return max(found, key=len, default=None)


def _entries(section: Mapping[str, Any], name: str) -> list[Any]:
    value = section.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _rewrite(section: Facts, name: str, annotated: Callable[[Mapping[str, Any]], Facts]) -> None:
    """Annotate the entries of a list; what is no entry stays for others to stumble over."""
    value = section.get(name)
    if isinstance(value, list):
        section[name] = [annotated(one) if isinstance(one, dict) else one for one in value]


def _told(found: Facts, said: Mapping[str, Any]) -> Facts:
    return {**{name: value for name, value in found.items() if value is not None}, **said}


# -- arrays -------------------------------------------------------------------------------------


def redundant(level: Any) -> bool | None:
    """Whether an array of that level survives the loss of a member; None for a level unheard of."""
    name = str(level or "").lower()
    if name in LOSSES:
        return True
    return False if name in PLAIN else None


def _array(raid: Mapping[str, Any], disks: Disks) -> Facts:
    members = [_member(one, disks) for one in _entries(raid, "devices")]
    found: Facts = {
        "redundant": redundant(raid.get("level")),
        "state": _state(raid),
        "can_lose": _can_lose(raid),
        "ever_scrubbed": True if raid.get("last_scrub") or "last_scrub_days" in raid else None,
    }
    drives = [one for one in members if one.get("state") != "faulty"]
    if len(drives) > 1:
        found |= _likeness(drives)
    known = _told(found, raid)
    whole = members and len(members) == len(raid["devices"])
    return known | {"devices": members} if whole else known


def _member(drive: Mapping[str, Any], disks: Disks) -> Facts:
    """A member with what its own disk says of itself."""
    own = disk_of(str(drive.get("name") or ""), disks)
    by_serial = [
        d for d in disks.values() if d.get("serial") and d["serial"] == drive.get("serial")
    ]
    about = by_serial[0] if by_serial else disks.get(own or "", {})
    return _told({name: about.get(name) for name in _OF_DRIVES}, drive)


def _counts(raid: Mapping[str, Any]) -> tuple[int, int] | None:
    wanted, active = raid.get("devices_wanted"), raid.get("devices_active")
    if isinstance(wanted, int) and isinstance(active, int) and wanted > 0:
        return wanted, active
    return None


def _state(raid: Mapping[str, Any]) -> str | None:
    counts = _counts(raid)
    if counts is None or not redundant(raid.get("level")):
        return None
    # All members working does not make an array run: one that never started counts them too.
    return "degraded" if counts[1] < counts[0] else None


def _can_lose(raid: Mapping[str, Any]) -> int | None:
    """Members it survives losing from now on: nested levels count as if the worst two went."""
    level = str(raid.get("level") or "").lower()
    if level not in LOSSES:
        return None
    counts = _counts(raid)
    if counts is None:
        hurt = raid.get("state") in ("degraded", "rebuilding", "failed")
        return 0 if hurt and LOSSES[level] == 1 and level not in MIRRORS else None
    wanted, active = counts
    if level in MIRRORS:
        return max(0, active - 1)
    return max(0, LOSSES[level] - max(0, wanted - active))


def _likeness(drives: Sequence[Mapping[str, Any]]) -> Facts:
    """How alike the members of an array are; each answer only where all of them tell."""
    hours = _all(drives, "power_on_hours")
    made = [day for one in drives if (day := _day(one.get("manufactured_on")))]
    serials = _all(drives, "serial")
    dated = len(made) == len(drives)
    found: Facts = {
        "one_model": _one(drives, "model"),
        "one_firmware": _one(drives, "firmware"),
        "dated": dated,
        "made_apart": (max(made) - min(made)).days if dated else None,
        "serials_known": serials is not None,
        "serials_differ_in": _ends(serials) if serials else None,
    }
    if hours:
        apart, oldest = max(hours) - min(hours), max(hours)
        share = round(100 * apart / oldest, 1) if oldest > 0 else 0.0
        found |= {"oldest_hours": oldest, "hours_apart": apart, "hours_apart_pct": share}
    return found


def _batches(arrays: Sequence[Mapping[str, Any]]) -> Facts:
    alike = [one for one in arrays if one.get("one_model") and one.get("redundant")]
    models = {str(drive["model"]) for one in alike for drive in _members(one)[:1]}
    hours = [one["oldest_hours"] for one in alike if "oldest_hours" in one]
    return {"batch_models": sorted(models) or None, "batch_hours": max(hours, default=None)}


def _all(drives: Sequence[Mapping[str, Any]], name: str) -> list[Any] | None:
    values = [one[name] for one in drives if one.get(name) is not None]
    return values if len(values) == len(drives) else None


def _one(drives: Sequence[Mapping[str, Any]], name: str) -> bool | None:
    """Two that differ decide; that all are the same takes all of them."""
    values = {str(one[name]).strip().lower() for one in drives if one.get(name)}
    if len(values) > 1:
        return False
    return True if _all(drives, name) else None


def _ends(serials: Sequence[Any]) -> int:
    """Of how many characters at the end the serials are not the same beginning."""
    words = [str(serial) for serial in serials]
    shortest = min(map(len, words))
    same = next((n for n in range(shortest) if len({word[n] for word in words}) > 1), shortest)
    return max(map(len, words)) - same


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


# -- disks and file systems -----------------------------------------------------------------------


def _disk(disk: Mapping[str, Any], arrays: Sequence[Facts], disks: Disks) -> Facts:
    spots = [disk[name] for name in ("reallocated_sectors", "media_errors") if name in disk]
    whole = any(a["name"] == disk.get("name") and a.get("kind") == "hardware" for a in arrays)
    return _told(
        {
            "is_array": whole,
            "bad_spots": sum(spots) if spots else None,
            "in_redundant_array": None if whole else _inside(disk, arrays, disks),
        },
        disk,
    )


def _inside(disk: Mapping[str, Any], arrays: Sequence[Facts], disks: Disks) -> bool | None:
    """Whether a redundant array holds the disk; False only where all arrays tell their members."""
    mine = [array for array in arrays if any(_same(one, disk, disks) for one in _members(array))]
    if any(array.get("redundant") for array in mine):
        return True
    if any(array.get("redundant") is None for array in mine):
        return None
    sure = _is_plain(disk) and all("devices" in array for array in arrays)
    return False if mine or sure else None


def _members(array: Mapping[str, Any]) -> list[Any]:
    return _entries(array, "devices")


def _same(member: Mapping[str, Any], disk: Mapping[str, Any], disks: Disks) -> bool:
    if member.get("serial") and disk.get("serial"):
        return bool(member["serial"] == disk["serial"])
    return disk_of(str(member.get("name") or ""), disks) == disk.get("name") is not None


def _is_plain(disk: Mapping[str, Any]) -> bool:
    """Whether a disk is surely one drive, not a volume that something else keeps."""
    if _DIRECT.fullmatch(str(disk.get("name") or "")):
        return True
    if disk.get("power_on_hours") is not None:
        return True
    return bool(_MAKERS.match(str(disk.get("vendor") or "")))


def _mount(mount: Mapping[str, Any], arrays: Sequence[Facts], disks: Disks) -> Facts:
    size, used = mount.get("size_mb"), mount.get("used_pct")
    filled = None
    if isinstance(size, (int, float)) and isinstance(used, (int, float)):
        filled = round(size * used / 100, 1)
    return _told(
        {
            "used_mb": filled,
            "redundant": _survives(mount, arrays, disks),
        },
        mount,
    )


def _survives(mount: Mapping[str, Any], arrays: Sequence[Facts], disks: Disks) -> bool | None:
    named = {str(array["name"]): array for array in arrays}
    bottoms = mount.get("rests_on") or [_bottom(str(mount.get("device") or ""), named, disks)]
    answers = {_bottom_survives(str(one or ""), named, disks) for one in bottoms}
    if answers == {True}:
        return True
    own = str(mount.get("fstype") or "").lower() in KEEPS_COPIES
    return False if False in answers and not own else None


def _bottom(device: str, arrays: Mapping[str, Facts], disks: Disks) -> str | None:
    name = device.removeprefix("/dev/")
    array = next((one for one in arrays if disk_of(name, [one])), None)
    return array or disk_of(name, disks)


def _bottom_survives(name: str, arrays: Mapping[str, Facts], disks: Disks) -> bool | None:
    if name in arrays:
        answer: bool | None = arrays[name].get("redundant")
        return answer
    return False if name in disks and _is_plain(disks[name]) else None
