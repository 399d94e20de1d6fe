"""Made-up ``ansible -m setup`` documents of the size and shape real machines give: 15 to 40 kB."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

BEGUN = datetime.now(UTC)


def stamp(hours: float = 0) -> str:
    """The time of a document gathered so many hours after the bench began."""
    return f"{BEGUN + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


FLAGS = [f"cpu_flag_{number}" for number in range(110)]


def ansible_document(number: int) -> dict[str, Any]:
    """What Ansible would gather from machine ``number``."""
    dice = random.Random(number)
    name, disks = (
        f"machine-{number}",
        [f"sd{letter}" for letter in "abcdefgh"][: dice.randint(2, 8)],
    )
    interfaces = ["lo", *(f"eth{n}" for n in range(dice.randint(1, 4)))]
    facts: dict[str, Any] = {
        "distribution": "Debian",
        "distribution_version": f"12.{dice.randint(1, 12)}",
        "distribution_major_version": "12",
        "distribution_release": "bookworm",
        "os_family": "Debian",
        "kernel": f"6.1.0-{dice.randint(20, 41)}-amd64",
        "architecture": "x86_64",
        "fqdn": f"{name}.example.net",
        "hostname": name,
        "nodename": name,
        "is_chroot": False,
        "machine_id": f"{number:032x}",
        "system_vendor": "Dell Inc.",
        "product_name": "PowerEdge R640",
        "product_serial": f"SN{number:07d}",
        "virtualization_role": "NA",
        "virtualization_type": "NA",
        "bios_date": "03/12/2021",
        "uptime_seconds": dice.randint(10**4, 10**7),
        "memtotal_mb": 64216,
        "swaptotal_mb": 4095,
        "processor": [
            word for n in range(16) for word in (str(n), "GenuineIntel", "Xeon Gold 6130")
        ],
        "processor_vcpus": 16,
        "flags": FLAGS,
        "env": {f"VARIABLE_{n}": "some words in the environment" for n in range(20)},
        "ssh_host_key_rsa_public": "A" * 560,
        "date_time": {"iso8601": stamp(), "tz": "UTC"},
        "dns": {"nameservers": ["10.0.0.53", "10.0.1.53"], "search": ["example.net"]},
        "default_ipv4": {"address": "10.0.0.5", "gateway": "10.0.0.1", "interface": "eth0"},
        "interfaces": interfaces,
        "devices": {disk: _disk(dice, disk) for disk in disks}
        | {f"loop{n}": _disk(dice, f"loop{n}", sectors="0") for n in range(8)}
        | {"md0": _disk(dice, "md0")},
        "mounts": [_mount(dice, n) for n in range(dice.randint(2, 8))],
        "device_links": {"ids": {}, "labels": {}, "masters": {}, "uuids": {}},
        "lsb": {"codename": "bookworm", "description": "Debian GNU/Linux 12", "id": "Debian"},
    } | {interface: _interface(dice, interface) for interface in interfaces}
    return {"ansible_facts": {f"ansible_{key}": value for key, value in facts.items()}}


def _disk(dice: random.Random, name: str, sectors: str = "7814037168") -> dict[str, Any]:
    partition = {
        "holders": ["md0"], "sectors": "7812939776", "sectorsize": 512, "size": "3.64 TB",
        "start": "2048", "uuid": None, "links": {"ids": [], "labels": [], "masters": ["md0"]},
    }  # fmt: skip
    return {
        "holders": [], "host": "SATA controller: Intel Corporation C620 Series [AHCI mode]",
        "links": {
            "ids": [f"ata-ST4000NM_{dice.randint(0, 10**9)}", f"wwn-0x5000{name}"],
            "labels": [], "masters": ["md0"] if name.startswith("sd") else [], "uuids": [],
        },
        "model": "ST4000NM000A", "partitions": {f"{name}1": partition, f"{name}2": partition},
        "removable": "0", "rotational": "1", "sas_address": None, "sectors": sectors,
        "sectorsize": "512", "size": "3.64 TB", "vendor": "ATA", "virtual": 1,
    }  # fmt: skip


def _mount(dice: random.Random, number: int) -> dict[str, Any]:
    return {
        "mount": "/" if number == 0 else f"/srv/{number}", "device": f"/dev/md{number}",
        "fstype": "ext4", "options": "rw,relatime", "size_total": 4 * 10**12,
        "size_available": dice.randint(10**11, 3 * 10**12), "inode_total": 10**8,
        "inode_available": 9 * 10**7, "block_size": 4096, "block_total": 10**9,
        "block_available": 10**8, "uuid": f"0000-{number}",
    }  # fmt: skip


def _interface(dice: random.Random, name: str) -> dict[str, Any]:
    features = {f"feature_{n}": "off [fixed]" for n in range(40)}
    return {
        "active": True, "device": name, "type": "loopback" if name == "lo" else "ether",
        "macaddress": f"52:54:{dice.randbytes(4).hex(':')}", "mtu": 1500,
        "speed": 10000, "features": features,
        "ipv4": {"address": f"10.{dice.randint(0, 255)}.0.5", "netmask": "255.255.0.0"},
    }  # fmt: skip
