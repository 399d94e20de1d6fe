"""lsblk and smartctl: disks, what stands on them, and how well they are."""

from __future__ import annotations

import json
import subprocess

import pytest

from incidents.facts.errors import FactsError
from incidents.facts.readers import read
from tests.support.strict import program

from .helpers import NOW

GIB = 1024**3


def report(body, **options):
    (found,) = read(body, arrived_at=NOW, host="db-01", **options)
    return found


def storage(body):
    return report(body).sections["storage"]


# -- lsblk --------------------------------------------------------------------------------------


def block(name, kind="disk", *children, **more):
    return {"name": name, "type": kind, "size": 100 * GIB, "children": list(children), **more}


def test_an_array_under_two_members_is_one_array_and_what_lies_on_it_rests_on_it():
    root = block("md0", "raid1", block("vg-root", "lvm", mountpoint="/", fstype="ext4"))
    tree = {
        "blockdevices": [
            block("sda", "disk", block("sda1", "part", root), model="ST4000", rota=True),
            block("sdb", "disk", block("sdb1", "part", root), model="ST4000", rota="1"),
        ]
    }
    found = storage(tree)
    assert found["raids"] == [
        {"name": "md0", "kind": "md", "level": "raid1", "size_gb": 107.4,
         "devices": [{"name": "sda1"}, {"name": "sdb1"}]}
    ]  # fmt: skip
    assert found["mounts"] == [
        {"path": "/", "device": "/dev/vg-root", "fstype": "ext4", "size_mb": 102400.0,
         "rests_on": ["md0"]}
    ]  # fmt: skip
    assert [disk["name"] for disk in found["disks"]] == ["sda", "sdb"]
    assert all(disk["rotational"] for disk in found["disks"])


def test_a_plain_partition_rests_on_its_disk():
    tree = {"blockdevices": [block("sda", "disk", block("sda1", "part", mountpoints=["/boot"]))]}
    assert storage(tree)["mounts"][0]["rests_on"] == ["sda"]


def test_what_is_no_disk_or_not_writable_is_left_out():
    tree = {
        "blockdevices": [
            block("sda"), block("loop0", "loop", mountpoint="/snap/x", fstype="squashfs"),
            block("sr0", "rom", mountpoint="/media"), block("zram0", "disk", mountpoint="[SWAP]"),
            block("sdz", "disk", size="0B"),
            block("sdc", "disk", block("sdc1", "part", mountpoint="/ro", ro=True)),
        ]
    }  # fmt: skip
    found = storage(tree)
    assert [disk["name"] for disk in found["disks"]] == ["sda", "sdc"]
    assert "mounts" not in found
    assert "raids" not in found


@pytest.mark.parametrize(
    ("size", "gb"), [("29.8G", 32.0), ("256G", 274.9), ("3.6T", 3958.2), (500107862016, 500.1)]
)
def test_sizes_as_text_and_as_bytes(size, gb):
    assert storage({"blockdevices": [block("sda", size=size)]})["disks"][0]["size_gb"] == gb


def test_how_full_a_file_system_is():
    full = block("sda1", "part", mountpoint="/", fssize=str(10 * GIB), fsused=str(9 * GIB))
    assert storage({"blockdevices": [block("sda", "disk", full)]})["mounts"][0]["used_pct"] == 90


def test_a_real_lsblk():
    printed = subprocess.run(
        [program("lsblk"), "-J", "-b", "-O"], capture_output=True, check=True
    ).stdout
    found = read(printed, arrived_at=NOW, host="db-01")[0].sections
    shown = {one["kname"] for one in json.loads(printed)["blockdevices"]}
    assert {disk["name"] for disk in found.get("storage", {}).get("disks", [])} <= shown


# -- smartctl -----------------------------------------------------------------------------------


def drive(name="/dev/sda", **more):
    return {
        "json_format_version": [1, 0],
        "smartctl": {"version": [7, 3], "exit_status": 0},
        "device": {"name": name, "type": "sat"},
        "model_name": "ST4000NM000A",
        "serial_number": "WX1",
        "firmware_version": "TN02",
        "user_capacity": {"bytes": 4000787030016},
        "rotation_rate": 7200,
        "smart_status": {"passed": True},
        "power_on_time": {"hours": 41000},
        "ata_smart_attributes": {
            "table": [{"id": 5, "raw": {"value": 8}}, {"id": 187, "raw": {"value": 2}}]
        },
        **more,
    }


def test_a_drive_with_its_hours_and_errors():
    found = report(drive())
    assert found.source == "smartctl:sda"
    assert found.sections["storage"]["disks"] == [
        {"name": "sda", "model": "ST4000NM000A", "serial": "WX1", "firmware": "TN02",
         "size_gb": 4000.8, "rotational": True, "smart_ok": True, "power_on_hours": 41000,
         "reallocated_sectors": 8, "media_errors": 2}
    ]  # fmt: skip


def test_several_drives_in_one_list_are_one_report():
    found = report([drive("/dev/sda"), drive("/dev/sdb", serial_number="WX2")])
    assert found.source == "smartctl"
    assert [disk["name"] for disk in found.sections["storage"]["disks"]] == ["sda", "sdb"]


def test_a_drive_behind_a_controller_keeps_its_place():
    found = report(drive(device={"name": "/dev/sda", "type": "sat+megaraid,4"}))
    assert found.sections["storage"]["disks"][0]["name"] == "sda-megaraid-4"


def test_flash_behind_nvme():
    raw = drive("/dev/nvme0", rotation_rate=0)
    del raw["ata_smart_attributes"]
    raw["nvme_smart_health_information_log"] = {"media_errors": 3}
    (disk,) = storage(raw)["disks"]
    assert (disk["rotational"], disk["media_errors"]) == (False, 3)
    assert "reallocated_sectors" not in disk


def test_what_smartctl_could_not_do_is_said():
    raw = {
        "json_format_version": [1, 0],
        "smartctl": {"exit_status": 2, "messages": [{"string": "Permission denied"}]},
    }
    with pytest.raises(FactsError, match="Permission denied"):
        report(raw)


def test_the_text_form():
    text = """smartctl 7.3 2022-02-28 r5338 [x86_64-linux] (local build)
Copyright (C) 2002-22, Bruce Allen, Christian Franke, www.smartmontools.org

Device Model:     ST500LM021
Serial Number:    W620
Firmware Version: 0002LIM1
User Capacity:    500,107,862,016 bytes [500 GB]
Rotation Rate:    7200 rpm
SMART overall-health self-assessment test result: FAILED!
ID# ATTRIBUTE_NAME          FLAG     VALUE WORST THRESH TYPE      UPDATED  WHEN_FAILED RAW_VALUE
  5 Reallocated_Sector_Ct   0x0033   100   100   036    Pre-fail  Always       -       24
  9 Power_On_Hours          0x0032   096   096   000    Old_age   Always       -       4273 (5 89 0)
"""
    found = report(text.encode())
    assert found.source == "smartctl:W620"
    assert found.sections["storage"]["disks"] == [
        {"model": "ST500LM021", "serial": "W620", "firmware": "0002LIM1", "size_gb": 500.1,
         "rotational": True, "smart_ok": False, "power_on_hours": 4273, "reallocated_sectors": 24}
    ]  # fmt: skip
