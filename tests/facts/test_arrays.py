"""What follows from the storage section: redundancy, likeness, and nothing that is not known."""

from typing import Any

import pytest

from incidents.facts.arrays import annotate_storage, disk_of


def array(**said: Any) -> dict[str, Any]:
    found: dict[str, Any] = annotate_storage({"raids": [said]})["raids"][0]
    return found


def mount(mount: dict[str, Any], **storage: Any) -> dict[str, Any]:
    found: dict[str, Any] = annotate_storage({"mounts": [mount], **storage})["mounts"][0]
    return found


@pytest.mark.parametrize(
    ("device", "disk"),
    [
        ("/dev/sda", "sda"),
        ("sda2", "sda"),
        ("nvme0n1p3", "nvme0n1"),
        ("nvme0n10p1", None),
        ("sdaa1", "sdaa"),
        ("/dev/mapper/vg-root", None),
    ],
)
def test_a_partition_belongs_to_its_disk(device: str, disk: str | None) -> None:
    assert disk_of(device, ["sda", "sdaa", "nvme0n1"]) == disk


@pytest.mark.parametrize(
    ("said", "follows"),
    [
        ({"level": "raid5"}, {"redundant": True}),
        ({"level": "raid0"}, {"redundant": False}),
        ({"level": "raid7000"}, {}),
        ({}, {}),
        (
            {"level": "raid1", "devices_wanted": 2, "devices_active": 1},
            {"redundant": True, "state": "degraded", "can_lose": 0},
        ),
        (
            {"level": "raid1", "devices_wanted": 3, "devices_active": 2, "state": "degraded"},
            {"redundant": True, "can_lose": 1},
        ),
        (
            {"level": "raid6", "devices_wanted": 6, "devices_active": 5, "state": "rebuilding"},
            {"redundant": True, "can_lose": 1},
        ),
        ({"level": "raid5", "state": "degraded"}, {"redundant": True, "can_lose": 0}),
        ({"level": "raid6", "state": "degraded"}, {"redundant": True}),
        ({"level": "raid1", "state": "degraded"}, {"redundant": True}),
        (
            {"level": "raid5", "last_scrub": "2026-11-01T00:00:00Z"},
            {"redundant": True, "ever_scrubbed": True},
        ),
    ],
)
def test_an_array(said: dict[str, Any], follows: dict[str, Any]) -> None:
    assert array(name="md0", **said) == {"name": "md0", **said, **follows}


def test_members_take_what_their_disks_say_and_are_compared() -> None:
    disks = [
        {"name": "sda", "model": "M1", "serial": "WD-AB123", "power_on_hours": 40_100},
        {"name": "sdb", "model": "M1", "serial": "WD-AB177", "power_on_hours": 40_000},
    ]
    raids = [{"name": "md0", "level": "raid1", "devices": [{"name": "sda1"}, {"name": "sdb1"}]}]

    (found,) = annotate_storage({"disks": disks, "raids": raids})["raids"]

    assert found["devices"][0] == {**disks[0], "name": "sda1"}
    del found["devices"]
    assert found == {
        "name": "md0",
        "level": "raid1",
        "redundant": True,
        "one_model": True,
        "dated": False,
        "serials_known": True,
        "serials_differ_in": 2,
        "oldest_hours": 40_100,
        "hours_apart": 100,
        "hours_apart_pct": 0.2,
    }


def test_two_models_decide_even_when_a_third_is_silent() -> None:
    devices = [{"name": "a", "model": "M1"}, {"name": "b", "model": "M2"}, {"name": "c"}]
    assert array(devices=devices)["one_model"] is False
    assert "one_model" not in array(devices=[devices[0], devices[2]])


def test_a_faulty_member_is_not_compared() -> None:
    devices = [
        {"name": "a", "model": "M1"},
        {"name": "b", "model": "M1"},
        {"name": "c", "model": "M9", "state": "faulty"},
    ]
    assert array(devices=devices)["one_model"] is True


MD = {"name": "md0", "level": "raid1", "devices": [{"name": "sda2"}, {"name": "sdb2"}]}
SDA = {"name": "sda", "vendor": "ATA"}
SDB = {"name": "sdb", "vendor": "ATA"}


@pytest.mark.parametrize(
    ("one", "storage", "redundant"),
    [
        ({"rests_on": ["md0"]}, {"raids": [MD]}, True),
        ({"device": "/dev/md0"}, {"raids": [MD]}, True),
        ({"device": "/dev/md0p1"}, {"raids": [MD]}, True),
        ({"device": "/dev/sda1"}, {"raids": [MD], "disks": [SDA, SDB]}, False),
        ({"rests_on": ["md0", "sdc"]}, {"raids": [MD], "disks": [{"name": "sdc"}]}, None),
        ({"rests_on": ["md0", "nvme0n1"]}, {"raids": [MD], "disks": [{"name": "nvme0n1"}]}, False),
        ({"rests_on": ["md1"]}, {"raids": [{"name": "md1", "level": "raid0"}]}, False),
        ({"rests_on": ["md1"]}, {"raids": [{"name": "md1"}]}, None),
        ({"device": "/dev/sda1"}, {"disks": [{"name": "sda", "vendor": "DELL"}]}, None),
        ({"device": "/dev/sda1"}, {"raids": [{"name": "sda", "kind": "hardware"}]}, None),
        ({"device": "/dev/sda1", "fstype": "btrfs"}, {"disks": [SDA]}, None),
        ({"device": "/dev/mapper/vg-data"}, {"disks": [SDA]}, None),
        ({"device": "nas:/export", "fstype": "nfs4"}, {"disks": [SDA]}, None),
        ({"device": "/dev/sdb1"}, {"disks": [{"name": "sdb", "power_on_hours": 12}]}, False),
    ],
)
def test_whether_a_file_system_survives_a_lost_drive(
    one: dict[str, Any], storage: dict[str, Any], redundant: bool | None
) -> None:
    assert mount({"path": "/srv", **one}, **storage).get("redundant") is redundant


def test_used_space_in_mib() -> None:
    assert mount({"path": "/", "size_mb": 2000, "used_pct": 12.5})["used_mb"] == 250.0


def test_disks_know_their_arrays() -> None:
    disks = [SDA, {"name": "sdc", "vendor": "ATA"}, {"name": "sdd", "vendor": "DELL"}]
    found = annotate_storage({"raids": [MD], "disks": disks})["disks"]
    assert [one.get("in_redundant_array") for one in found] == [True, False, None]
    assert [one["is_array"] for one in found] == [False, False, False]


def test_an_array_that_hides_its_members_may_hold_any_disk() -> None:
    hardware = {"name": "sdz", "kind": "hardware", "level": "raid5"}
    disks = [SDA, {"name": "sdz", "vendor": "DELL"}]
    found = annotate_storage({"raids": [hardware], "disks": disks})["disks"]
    assert [one.get("in_redundant_array") for one in found] == [None, None]
    assert [one["is_array"] for one in found] == [False, True]


def test_bad_spots_are_added_up_where_any_are_told() -> None:
    disks = [{"name": "a", "reallocated_sectors": 3, "media_errors": 2}, {"name": "b"}]
    found = annotate_storage({"disks": disks})["disks"]
    assert [one.get("bad_spots") for one in found] == [5, None]


@pytest.mark.parametrize("odd", [{"raids": ["md0"]}, {"disks": None}, {"mounts": {"path": "/"}}])
def test_what_is_no_entry_is_left_as_it_is(odd: dict[str, Any]) -> None:
    assert annotate_storage(odd) == odd


def test_batches_are_told_of_arrays_whose_members_are_all_alike() -> None:
    alike = [{"name": n, "model": "M1", "power_on_hours": h} for n, h in (("a", 90), ("b", 80))]
    mixed = [{"name": "c", "model": "M2"}, {"name": "d", "model": "M3"}]
    raids = [
        {"name": "md0", "level": "raid1", "devices": alike},
        {"name": "md1", "level": "raid1", "devices": mixed},
    ]
    found = annotate_storage({"raids": raids})
    assert (found["batch_models"], found["batch_hours"]) == (["M1"], 90)
    assert "batch_models" not in annotate_storage({"raids": raids[1:]})
