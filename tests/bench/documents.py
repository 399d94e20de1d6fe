"""Made-up fleets of real-shaped documents: 2 to 8 kB a host, the same for the same number."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ROLES = ["web", "database", "mail", "cache", "application", "storage", "dns", "build"]
SYSTEMS = (
    [("Debian", "12.12", "12")] * 12
    + [("Debian", "13.2", "13")] * 5
    + [
        ("Debian", "11.11", "11"),
        ("Ubuntu", "22.04", "22"),
        ("Rocky", "9.6", "9"),
    ]
)


def document(number: int) -> dict[str, Any]:
    """The sections of host ``number``."""
    dice = random.Random(number)
    name, version, major = dice.choice(SYSTEMS)
    return {
        "os": {
            "family": "Debian",
            "name": name,
            "version": version,
            "major": major,
            "kernel": f"6.1.0-{dice.randint(20, 41)}-amd64",
            "arch": "x86_64",
        },
        "hardware": {
            "vendor": "Dell Inc.",
            "model": dice.choice(["PowerEdge R640", "PowerEdge R740"]),
            "serial": f"SN{number:07d}",
            "virtual": False,
            "cpus": 16,
            "memory_mb": 65536,
        },
        "storage": {
            "raids": [_raid(dice, n) for n in range(dice.choice([0, 1, 1, 2]))],
            "disks": [_disk(dice, n) for n in range(dice.randint(2, 8))],
            "mounts": [_mount(dice, n) for n in range(dice.randint(2, 6))],
            "swap_mb": 4096,
        },
        "packages": {
            "manager": "apt",
            "pending": dice.randint(0, 80),
            "last_upgrade": _ago(dice.choice([3, 8, 20, 120])),
            "reboot_required": dice.random() < 0.1,
        },
        "software": [
            {"name": f"package-{dice.randint(1, 4000)}", "version": f"{n}.{n}", "source": "apt"}
            for n in range(dice.randint(5, 30))
        ],
        "network": {
            "fqdn": f"host-{number}.example.net",
            "interfaces": [
                {
                    "name": f"eth{n}",
                    "ipv4": [f"10.{number >> 8 & 255}.{number & 255}.{n + 1}"],
                    "up": True,
                }
                for n in range(dice.randint(1, 4))
            ],
            "resolvers": ["10.0.0.53", "10.0.1.53"],
            "gateway": "10.0.0.1",
        },
        "clock": {"synced": True, "timezone": "UTC"},
        "runtime": {"booted_at": _ago(dice.choice([5, 40, 90, 400])), "load": 0.2},
        "backups": [_backup(dice)] if dice.random() < 0.8 else [],
    }


def _ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def _raid(dice: random.Random, number: int) -> dict[str, Any]:
    return {
        "name": f"md{number}",
        "kind": "md",
        "level": dice.choice(["raid1", "raid5", "raid10"]),
        "state": "optimal",
        "devices": [{"name": f"sd{letter}", "state": "active"} for letter in "abcd"],
    }


def _disk(dice: random.Random, number: int) -> dict[str, Any]:
    return {
        "name": f"sd{chr(97 + number)}",
        "model": dice.choice(["ST4000NM", "WD40EFRX"]),
        "serial": f"D{dice.randint(0, 10**9):09d}",
        "size_gb": 4000.0,
        "rotational": True,
        "smart_ok": True,
    }


def _mount(dice: random.Random, number: int) -> dict[str, Any]:
    return {
        "path": "/" if number == 0 else f"/srv/{number}",
        "device": f"/dev/md{number}",
        "fstype": "ext4",
        "size_mb": 500_000,
        "used_pct": dice.randint(5, 97),
        "inodes_used_pct": dice.randint(1, 40),
    }


def _backup(dice: random.Random) -> dict[str, Any]:
    return {
        "tool": "restic",
        "job": "nightly",
        "target_host": "backup-01",
        "last_success": _ago(dice.choice([0.5, 0.5, 0.5, 45])),
        "size_mb": 1000.0,
    }
