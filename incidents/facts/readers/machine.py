"""What readers of whole machines share: real file systems, disks, containers, hypervisors."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .values import number

PSEUDO = {
    "autofs", "bpf", "cd9660", "cgroup", "cgroup2", "configfs", "debugfs", "devfs", "devpts",
    "devtmpfs", "efivarfs", "fdescfs", "fuse.lxcfs", "fusectl", "hugetlbfs", "iso9660",
    "linprocfs", "linsysfs",
    "mqueue", "nsfs", "nullfs", "overlay", "proc", "procfs", "pstore", "ramfs", "rpc_pipefs",
    "securityfs", "squashfs", "sysfs", "tmpfs", "tracefs", "udf", "vboxsf",
}  # fmt: skip
"""File systems that hold nothing of their own, or that are full by nature."""

CONTAINERS = {
    "container", "containerd", "docker", "jail", "kubernetes", "linux_vserver", "lxc", "openvz",
    "podman", "systemd_nspawn", "systemd-nspawn", "uml", "virtuozzo", "wpar", "zone",
}  # fmt: skip

_NO_DISK = re.compile(r"(loop|ram|zram|dm-|sr|fd|nbd|md|drbd|zd|cd)\d*(/.*)?")


_HYPERVISORS = re.compile(
    r"virtualbox|innotek|vmware|qemu|\bkvm\b|bochs|\bxen\b|hyper-v|virtual machine|openstack|nova"
    r"|amazon ec2|google compute|digitalocean|droplet|vserver|alibaba|scaleway|parallels|bhyve"
    r"|ovirt|red hat virtualization|proxmox|nutanix ahv|linode|vultr",
    re.IGNORECASE,
)


def looks_virtual(vendor: str | None, model: str | None) -> bool:
    """Whether the firmware's tables name a hypervisor or a cloud instead of a machine."""
    return _HYPERVISORS.search(f"{vendor or ''} {model or ''}") is not None


def is_real(
    path: str | None, fstype: str | None, size: float | None, options: Iterable[str]
) -> bool:
    """Whether a mount is a file system that can fill up: none of the kernel's, writable, sized."""
    if not path or not size or path.startswith(("/dev/", "/proc/", "/sys/")):
        return False
    return (fstype or "").lower() not in PSEUDO and "ro" not in set(options)


def is_disk(name: str) -> bool:
    """Whether a block device is a disk of its own."""
    return _NO_DISK.fullmatch(name) is None


def used_pct(total: float | None, used: float | None) -> float | None:
    """Percent used, where both are known and make sense."""
    if not total or used is None or not 0 <= used <= total:
        return None
    return round(used / total * 100, 1)


_AMOUNT = re.compile(r"([\d.,]+)\s*([kKMGTP]?)i?[bB]?(?:ytes)?")
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40, "P": 2**50}


def in_bytes(value: object) -> float | None:
    """Bytes from a number or from text such as `490.04 MB`, counted in steps of 1,024."""
    plain = number(value)
    if plain is not None:
        return plain
    found = _AMOUNT.fullmatch(str(value or "").strip())
    size = number(found[1].replace(",", "")) if found else None
    return None if size is None or found is None else size * _UNITS[found[2].upper()]
