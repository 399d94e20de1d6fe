"""Small fixtures of our own hand for the fact tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def setup(**facts: Any) -> dict[str, Any]:
    """What `ansible -m setup` gives for one host: a Debian machine, plus `facts`."""
    base = {
        "distribution": "Debian",
        "distribution_version": "12.11",
        "distribution_major_version": "12",
        "distribution_release": "bookworm",
        "os_family": "Debian",
        "kernel": "6.1.0-37-amd64",
        "architecture": "x86_64",
        "fqdn": "db-01.example.net",
        "hostname": "db-01",
        "is_chroot": False,
        "date_time": {"iso8601": "2026-11-23T11:58:00Z", "tz": "GMT"},
        "virtualization_role": "host",
        "virtualization_type": "kvm",
        "product_name": "PowerEdge R740",
        "product_serial": "ABC1234",
        "machine_id": "0123456789abcdef",
    }
    return {
        "ansible_facts": {f"ansible_{name}": value for name, value in (base | facts).items()},
        "changed": False,
    }


def disk(**about: Any) -> dict[str, Any]:
    """One entry of `ansible_devices`: 4 TB in 512-byte sectors."""
    return {
        "model": "ST4000NM000A",
        "vendor": "ATA",
        "host": "SATA controller: Intel Corporation C620",
        "rotational": "1",
        "removable": "0",
        "sectors": "7814037168",
        "sectorsize": "512",
        "holders": [],
        "partitions": {},
        "links": {"ids": ["ata-ST4000NM000A_WX1", "wwn-0x5000"], "masters": []},
    } | about
