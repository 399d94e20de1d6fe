"""Sources layer, they don't clobber."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from incidents.facts.merge import (
    MANUAL,
    ShelfLives,
    SourceRow,
    is_stale,
    merge,
    merge_fresh,
    source_of,
)

from .helpers import NOW


def row(section, source, value, days_old=0, until=None):
    return SourceRow(section, source, value, NOW - timedelta(days=days_old), until)


def test_one_source_is_taken_as_it_is():
    merged = merge([row("clock", "ansible", {"timezone": "GMT"})])
    assert merged.document == {"clock": {"timezone": "GMT"}}
    assert merged.observed == {"clock": {"sources": {"ansible": "2026-11-23T12:00:00Z"}}}


def test_field_by_field_the_newest_wins():
    merged = merge(
        [
            row("packages", "apt", {"pending": 3, "manager": "apt"}, 2),
            row("packages", "ansible", {"manager": "dpkg"}, 0),
        ]
    )
    assert merged.document == {"packages": {"manager": "dpkg", "pending": 3}}
    assert merged.observed["packages"]["paths"] == {
        "packages.manager": "ansible",
        "packages.pending": "apt",
    }


def test_arrays_of_two_sources_unite_by_name_then_field_by_field():
    merged = merge(
        [
            row("storage", "ansible", {"raids": [{"name": "md1"}, {"name": "md0", "kind": "md"}]}),
            row("storage", "mdstat", {"raids": [{"name": "md0", "level": "raid1"}]}, 3),
        ]
    )
    assert merged.document["storage"]["raids"] == [
        {"name": "md0", "kind": "md", "level": "raid1"},
        {"name": "md1"},
    ]
    assert source_of(merged.observed, "storage.raids[0].level") == (
        "mdstat",
        NOW - timedelta(days=3),
    )
    assert source_of(merged.observed, "storage.raids[0].kind") == ("ansible", NOW)
    assert source_of(merged.observed, "storage.raids[1].name") == ("ansible", NOW)
    assert source_of(merged.observed, "storage.raids") == ("ansible", NOW)


def test_a_disk_without_its_serial_is_the_disk_of_that_name():
    merged = merge(
        [
            row(
                "storage", "smartctl", {"disks": [{"name": "sda", "serial": "X", "smart_ok": True}]}
            ),
            row("storage", "ansible", {"disks": [{"name": "sda", "size_gb": 4000.8}]}, 1),
        ]
    )
    assert merged.document["storage"]["disks"] == [
        {"name": "sda", "serial": "X", "smart_ok": True, "size_gb": 4000.8}
    ]


def test_a_disk_with_another_serial_is_another_disk():
    merged = merge(
        [
            row("storage", "new", {"disks": [{"name": "sda", "serial": "NEW"}]}),
            row("storage", "old", {"disks": [{"name": "sda", "serial": "OLD"}]}, 9),
        ]
    )
    assert [disk["serial"] for disk in merged.document["storage"]["disks"]] == ["NEW", "OLD"]


def test_two_arrays_of_one_name_in_one_report_stay_two():
    twice = {"raids": [{"name": "md0", "level": "raid1"}, {"name": "md0", "level": "raid5"}]}
    merged = merge([row("storage", "a", twice), row("storage", "b", {"raids": [{"name": "md2"}]})])
    assert len(merged.document["storage"]["raids"]) == 3


def test_two_disks_of_one_report_never_become_one():
    both = {"disks": [{"name": "sda", "serial": "X"}, {"name": "sda", "size_gb": 1.0}]}
    merged = merge(
        [row("storage", "a", both), row("storage", "b", {"disks": [{"name": "sdb"}]}, 1)]
    )
    assert merged.document["storage"]["disks"] == [
        {"name": "sda", "size_gb": 1.0},
        {"name": "sdb"},
        {"name": "sda", "serial": "X"},
    ]


def test_where_a_backup_goes_is_added_by_hand_to_what_restic_reports():
    merged = merge(
        [
            row("backups", "restic", [{"tool": "restic", "job": "/srv", "size_mb": 4.0}]),
            row(
                "backups",
                MANUAL,
                [{"tool": "restic", "job": "/srv", "target": "s3:x", "offsite": True}],
                200,
            ),
        ]
    )
    assert merged.document["backups"] == [
        {"tool": "restic", "job": "/srv", "target": "s3:x", "offsite": True, "size_mb": 4.0}
    ]


def test_an_empty_list_is_one_sources_none_and_removes_nothing():
    merged = merge(
        [row("backups", "restic", []), row("backups", "borg", [{"tool": "borg", "job": "a"}], 5)]
    )
    assert merged.document["backups"] == [{"tool": "borg", "job": "a"}]
    assert source_of(merged.observed, "backups[0].job") == ("borg", NOW - timedelta(days=5))


def test_all_say_none():
    assert merge([row("backups", "restic", []), row("backups", "borg", [])]).document == {
        "backups": []
    }


def test_what_a_person_entered_wins_until_it_expires():
    rows = [
        row("os", "ansible", {"name": "Debian", "version": "12"}),
        row("os", MANUAL, {"version": "11"}, 300, until=NOW + timedelta(days=1)),
    ]
    assert merge(rows, NOW).document["os"] == {"name": "Debian", "version": "11"}
    assert merge(rows, NOW + timedelta(days=2)).document["os"]["version"] == "12"


def test_names_unite_and_a_list_entered_by_hand_stands_alone():
    rows = [
        row("network", "ansible", {"resolvers": ["10.0.0.2", "10.0.0.1"]}),
        row("network", "facter", {"resolvers": ["10.0.0.1", "10.0.0.3"]}, 1),
    ]
    assert merge(rows).document["network"]["resolvers"] == ["10.0.0.2", "10.0.0.1", "10.0.0.3"]
    by_hand = row("network", MANUAL, {"resolvers": ["9.9.9.9"]}, 50)
    assert merge([*rows, by_hand]).document["network"]["resolvers"] == ["9.9.9.9"]


def test_sources_past_their_shelf_life_are_left_out_of_the_fresh_document():
    rows = [
        row("backups", "restic", [{"tool": "restic", "job": "a"}], 15),
        row("os", "ansible", {"name": "Debian"}, 13),
        row("access", MANUAL, {"console": "idrac"}, 900),
    ]
    assert merge_fresh(rows, NOW).document == {
        "os": {"name": "Debian"},
        "access": {"console": "idrac"},
    }


def test_shelf_life_is_settable_per_section_source_and_pair():
    lives = ShelfLives(
        sections={"backups": 2}, sources={"netbox": 90}, pairs={("os", "ansible"): 60}
    )
    seen = NOW - timedelta(days=30)
    assert is_stale("clock", "chrony", seen, NOW, lives)
    assert is_stale("backups", "netbox", seen, NOW, lives)
    assert not is_stale("hardware", "netbox", seen, NOW, lives)
    assert not is_stale("os", "ansible", seen, NOW, lives)
    assert not is_stale("backups", MANUAL, seen, NOW, lives)


def test_an_age_is_traced_to_its_time_and_unknown_sections_to_nobody():
    merged = merge(
        [
            row("backups", "restic", [{"tool": "restic", "job": "a", "last_success": "x"}], 1),
            row("backups", "borg", [{"tool": "borg", "job": "b", "last_success": "y"}]),
        ]
    )
    traced = source_of(merged.observed, "backups[1].last_success_days")
    assert traced == ("restic", NOW - timedelta(days=1))
    assert source_of(merged.observed, "os.name") is None


names = st.sampled_from(["md0", "md1", "md2"])
drives = st.fixed_dictionaries(
    {}, optional={"name": st.sampled_from(["sda", "sdb"]), "serial": st.sampled_from("XYZ")}
)
arrays = st.fixed_dictionaries(
    {},
    optional={
        "name": names,
        "level": st.sampled_from(["raid1", "raid5"]),
        "spares": st.integers(0, 2),
        "devices": st.lists(drives, max_size=3),
    },
)
storages = st.fixed_dictionaries(
    {},
    optional={
        "raids": st.lists(arrays, max_size=3),
        "disks": st.lists(drives, max_size=3),
        "swap_mb": st.integers(0, 3),
    },
)
moments = st.integers(0, 3).map(lambda days: NOW - timedelta(days=days))
rows_of_sources = st.lists(
    st.builds(
        SourceRow,
        section=st.just("storage"),
        source=st.sampled_from(["ansible", "facter", "mdstat", MANUAL]),
        value=storages,
        observed_at=moments,
    ),
    max_size=5,
)


@given(rows_of_sources, st.randoms())
def test_the_order_of_sources_does_not_matter(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert merge(shuffled) == merge(rows)


@given(rows_of_sources)
def test_the_same_report_twice_changes_nothing(rows):
    assert merge([*rows, *rows]) == merge(rows)


@given(rows_of_sources)
def test_every_value_of_the_merged_document_has_a_source_that_was_asked(rows):
    merged = merge(rows)
    asked = {row.source for row in rows}
    for index, array in enumerate(merged.document.get("storage", {}).get("raids", [])):
        for name in array:
            found = source_of(merged.observed, f"storage.raids[{index}].{name}")
            assert found is not None
            assert found[0] in asked
            assert isinstance(found[1], datetime)
