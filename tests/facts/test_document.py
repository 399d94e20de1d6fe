"""What a native document may say, and how faults are named."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from incidents.facts.document import (
    NATURAL_KEYS,
    SECTIONS,
    VOLATILE,
    all_fields,
    fields_of,
    json_schema,
    known_path,
    parse_sections,
    suggest,
)
from incidents.facts.errors import FactsError


def errors_of(raw, **options):
    with pytest.raises(FactsError) as caught:
        parse_sections(raw, **options)
    return caught.value.errors


def test_the_sections_are_those_of_the_design():
    assert SECTIONS == (
        "os", "hardware", "storage", "backups", "packages", "software", "network",
        "certificates", "clock", "runtime", "management", "monitoring", "access", "limits",
        "custom",
    )  # fmt: skip


def test_every_field_has_a_type_and_a_line_of_description():
    nameless = [f.path for f in all_fields().values() if not (f.type and f.description)]
    assert nameless == []


def test_numbers_and_amounts_carry_a_unit():
    unitless = [f.path for f in all_fields().values() if "number" in f.type and not f.unit]
    assert unitless == ["runtime.load"]


def test_the_json_schema_covers_every_section_and_shows_units():
    schema = json_schema()
    assert list(schema["$defs"]["Facts"]["properties"]) == list(SECTIONS)
    assert schema["$defs"]["Hardware"]["properties"]["memory_mb"]["x-unit"] == "MiB"
    json.dumps(schema)


def test_absent_and_empty_stay_different_and_null_is_absent():
    assert parse_sections({"backups": [], "os": None, "storage": {"raids": None}}) == {
        "backups": [],
        "storage": {},
    }


def test_times_become_utc_and_days_stay_days():
    assert parse_sections(
        {
            "backups": [{"last_success": "2026-11-23T02:00:00+01:00"}],
            "runtime": {"booted_at": "2026-11-01"},
            "hardware": {"warranty_until": "2027-01-31"},
        }
    ) == {
        "backups": [{"last_success": "2026-11-23T01:00:00Z"}],
        "runtime": {"booted_at": "2026-11-01T00:00:00Z"},
        "hardware": {"warranty_until": "2027-01-31"},
    }


def test_every_fault_is_named_at_its_place_in_one_go():
    assert errors_of(
        {
            "os": {"nam": "Debian", "major": 12, "past_support": True},
            "backup": [],
            "backups": [{"last_success": "2026-01-01T00:00:00"}, {"size_mb": "3"}],
            "storage": {"raids": [{"state": "optimum"}], "swap_mb": True},
            "hardware": {"bios_date": "2019-02-30", "cpus": 1.5},
        },
        pointer="/sections",
    ) == [
        ("/sections/os/nam", "Unknown field 'nam'. Did you mean 'name'?"),
        ("/sections/os/major", "This must be text, not a number. Put it in quotes."),
        ("/sections/os/past_support", "'past_support' is worked out by Twiceshy; leave it out."),
        ("/sections/backup", "Unknown section 'backup'. Did you mean 'backups'?"),
        (
            "/sections/backups/0/last_success",
            "The time '2026-01-01T00:00:00' has no zone; add Z for UTC, or +01:00.",
        ),
        ("/sections/backups/1/size_mb", "This must be a number in MiB, not text."),
        (
            "/sections/storage/raids/0/state",
            "This must be one of optimal, degraded, rebuilding, failed; it is 'optimum'. "
            "Did you mean 'optimal'?",
        ),
        (
            "/sections/storage/swap_mb",
            "This must be a whole number of MiB, not true or false.",
        ),
        (
            "/sections/hardware/bios_date",
            "This must be a day such as 2026-11-23; it is '2019-02-30'.",
        ),
        ("/sections/hardware/cpus", "This must be a whole number, not a number."),
    ]


@pytest.mark.parametrize("raw", [[], "os", None, 3])
def test_sections_that_are_no_object_are_refused(raw):
    assert "must be a JSON object" in errors_of(raw)[0][1]


def test_examples_may_give_what_is_otherwise_worked_out():
    example = {
        "os": {"name": "Debian", "past_support": True, "eol_on_in_days": -3},
        "backups": [{"last_success_days": 43}],
    }
    assert parse_sections(example, derived=True) == example
    assert [pointer for pointer, _ in errors_of(example)] == [
        "/os/past_support",
        "/os/eol_on_in_days",
        "/backups/0/last_success_days",
    ]


def test_custom_takes_anything_but_keeps_no_nulls():
    assert parse_sections({"custom": {"rack": {"u": [1, None], "x": None}}}) == {
        "custom": {"rack": {"u": [1]}}
    }


def test_dates_as_yaml_reads_them_are_understood():
    day, moment = date(2026, 1, 31), datetime(2026, 1, 31, 2, tzinfo=UTC)
    assert parse_sections(
        {
            "os": {"eol_on": day},
            "backups": [{"last_success": moment, "last_attempt": day}],
            "custom": {"since": day},
        }
    ) == {
        "os": {"eol_on": "2026-01-31"},
        "backups": [
            {"last_success": "2026-01-31T02:00:00Z", "last_attempt": "2026-01-31T00:00:00Z"}
        ],
        "custom": {"since": "2026-01-31"},
    }


def test_ages_are_offered_as_fields():
    paths = {field.path for field in fields_of("backups")}
    assert {"backups[].last_success", "backups[].last_success_days"} <= paths
    assert "os.eol_on_in_days" in all_fields()
    assert "os.eol_on_days" not in all_fields()


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("storage.raids[0].level", True),
        ("storage.raids[md0].devices[1].serial", True),
        ("os.supported_until_in_days", True),
        ("custom.anything.at.all", True),
        ("backups", True),
        ("backups[3]", True),
        ("storage.raid", False),
        ("os.eol_on_days", False),
    ],
)
def test_paths_are_known_or_not(path, known):
    assert known_path(path) is known


def test_a_typo_gets_a_suggestion():
    assert suggest("storge", SECTIONS) == " Did you mean 'storage'?"
    assert suggest("zzz", SECTIONS) == ""


def test_natural_keys_and_volatile_paths_exist_in_the_schema():
    assert [path for path in VOLATILE if path not in all_fields()] == []
    listed = [path for path in NATURAL_KEYS if path not in (*all_fields(), *SECTIONS)]
    assert listed == []
    for path, keys in NATURAL_KEYS.items():
        for name in {name for key in keys for name in key}:
            assert f"{path}[].{name}" in all_fields()
