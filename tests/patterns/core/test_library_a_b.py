"""Backups and hardware: what the patterns say of documents that real tools report, and that less
knowledge never makes good news."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from incidents.facts import readers
from incidents.facts.merge import SourceRow, merge
from incidents.patterns.evaluate import ask
from incidents.patterns.examples import example_view
from incidents.patterns.library import shipped
from incidents.patterns.spec import Example, PatternSpec, compile_spec
from incidents.patterns.verdict import State, Verdict

NOW = "2026-11-23T12:00:00+00:00"
MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)

BACKUPS = [
    "backup-same-site",
    "backup-same-account",
    "backup-stale-or-silent",
    "backup-tool-version-mismatch",
    "backup-coverage-gap",
    "backup-restore-slower-than-rto",
]
HARDWARE = [
    "array-degraded",
    "array-same-batch-drives",
    "drive-firmware-known-bad",
    "drive-old",
    "raid-controller-spof",
    "disk-single-nonredundant",
    "boot-not-mirrored",
    "array-never-scrubbed",
    "single-psu-or-feed",
    "single-nic-or-switch",
    "hardware-out-of-support",
    "no-ecc-or-memory-errors",
]
OURS = {spec.pattern: spec for spec in shipped() if spec.pattern in {*BACKUPS, *HARDWARE}}
READY = {slug: compile_spec(spec) for slug, spec in OURS.items()}
EACH = [pytest.param(spec, id=slug) for slug, spec in sorted(OURS.items())]


def verdict(slug: str, facts: dict[str, Any], now: str = NOW) -> Verdict:
    example = Example(facts=facts, verdict=State.UNKNOWN, now=now)
    return ask(READY[slug], example_view(example))


def states(facts: dict[str, Any], slugs: list[str]) -> dict[str, str]:
    """What each pattern that is not simply unknown says."""
    found = {slug: str(verdict(slug, facts).state) for slug in slugs}
    return {slug: state for slug, state in found.items() if state != State.UNKNOWN}


def reported(*bodies: Any, **formats: Any) -> dict[str, Any]:
    """The document that comes of several tools telling of one host."""
    rows: list[SourceRow] = []
    for number, body in enumerate(bodies):
        raw = body if isinstance(body, str) else json.dumps(body)
        for report in readers.read(raw.encode(), arrived_at=MOMENT, host="db-01"):
            rows += [
                SourceRow(section, f"{report.source}-{number}", value, MOMENT)
                for section, value in report.sections.items()
            ]
    return merge(rows).document | formats


PHYSICAL = {"kind": "physical", "important": True, "stateful": True, "age_days": 900}

MDSTAT = """Personalities : [raid1]
md0 : active raid1 sdb2[1] sda2[0]
      488254464 blocks super 1.2 [2/{active}] [{letters}]

unused devices: <none>
"""
WHOLE = MDSTAT.format(active=2, letters="UU")
HURT = MDSTAT.format(active=1, letters="U_")


def smart(name: str, serial: str, hours: int, *, passed: bool = True) -> dict[str, Any]:
    return {
        "json_format_version": [1, 0],
        "smartctl": {"version": [7, 3]},
        "device": {"name": f"/dev/{name}", "type": "sat"},
        "model_name": "ST4000NM0035",
        "serial_number": serial,
        "firmware_version": "TN05",
        "smart_status": {"passed": passed},
        "power_on_time": {"hours": hours},
        "ata_smart_attributes": {"table": [{"id": 5, "raw": {"value": 0}}]},
    }


def lsblk(*, boot: bool) -> dict[str, Any]:
    def disk(name: str) -> dict[str, Any]:
        md = {"name": "md0", "type": "raid1", "size": 1e12, "fstype": "ext4", "mountpoint": "/"}
        parts = [{"name": f"{name}2", "type": "part", "size": 1e12, "children": [md]}]
        if boot and name == "sda":
            esp = {"fstype": "vfat", "mountpoint": "/boot/efi"}
            parts.append({"name": "sda1", "type": "part", "size": 5e8, **esp})
        return {"name": name, "type": "disk", "size": 1e12, "vendor": "ATA", "children": parts}

    return {"blockdevices": [disk("sda"), disk("sdb")]}


def snapshot(paths: list[str], time: str) -> dict[str, Any]:
    return {"time": time, "tree": "ab", "paths": paths, "hostname": "db-01", "id": "1"}


def test_a_mirror_that_lost_a_leg_as_the_kernel_tells_it() -> None:
    assert states(reported(HURT), HARDWARE) == {
        "array-degraded": "match",
        "raid-controller-spof": "not applicable",
    }
    assert verdict("array-degraded", reported(HURT)).severity == "critical"


def test_a_whole_mirror_with_its_drives_and_file_systems() -> None:
    disks = [smart("sda", "ZC11AB17", 41_000), smart("sdb", "ZC11AB19", 41_010)]
    facts = reported(WHOLE, lsblk(boot=True), disks, host=PHYSICAL)

    assert states(facts, HARDWARE) == {
        "array-degraded": "clear",
        "array-same-batch-drives": "match",
        "drive-old": "clear",
        "raid-controller-spof": "not applicable",
        "disk-single-nonredundant": "clear",
    }
    assert verdict("array-same-batch-drives", facts).severity == "high"
    assert verdict("boot-not-mirrored", facts).missing == ("storage.boot_synced",)


def test_somebody_adds_that_no_job_copies_the_boot_files() -> None:
    by_hand = {"sections": {"storage": {"boot_synced": False}}}
    facts = reported(WHOLE, lsblk(boot=True), by_hand, host=PHYSICAL)
    assert verdict("boot-not-mirrored", facts).severity == "high"
    assert verdict("boot-not-mirrored", facts).state is State.MATCH


def test_drives_of_several_years() -> None:
    disks = [smart("sda", "ZC11AB17", 52_000), smart("sdb", "Z1F0AB19", 12_000, passed=False)]
    facts = reported(WHOLE, lsblk(boot=False), disks, host=PHYSICAL)
    found = verdict("drive-old", facts)
    assert (found.state, found.severity) == (State.MATCH, "medium"), "the mirror bears it"
    assert verdict("array-same-batch-drives", facts).state is State.CLEAR
    assert verdict("boot-not-mirrored", facts).state is State.CLEAR


STORCLI = {
    "Controllers": [
        {
            "Command Status": {"Controller": 0, "Status": "Success"},
            "Response Data": {
                "Basics": {"Model": "PERC H730P Mini", "Mfg Date": "10/23/14"},
                "VD LIST": [
                    {"DG/VD": "0/0", "TYPE": "RAID6", "State": "Dgrd", "Size": "10.913 TB"}
                ],
                "PD LIST": [
                    {"EID:Slt": f"32:{slot}", "DG": 0, "State": state, "Model": "ST4000NM0023"}
                    for slot, state in enumerate(["Onln", "Onln", "Onln", "Failed"])
                ],
                "BBU_Info": [{"State": "Failed"}],
            },
        }
    ]
}


def test_a_controller_with_a_lost_drive_and_a_dead_battery() -> None:
    services = [{"name": "shop", "machines": ["db-01"], "fine_alone": False}]
    facts = reported(STORCLI, host=PHYSICAL, services=services, spares=[])

    assert states(facts, HARDWARE) == {"array-degraded": "match", "raid-controller-spof": "match"}
    assert verdict("array-degraded", facts).severity == "high"
    assert verdict("raid-controller-spof", facts).severity == "critical"


def test_snapshots_of_restic_never_tell_where_they_lie() -> None:
    shots = [snapshot(["/etc", "/srv"], "2026-11-23T02:00:00Z")]
    facts = reported(shots, lsblk(boot=False), host={**PHYSICAL, "site": "north"})

    assert states(facts, BACKUPS) == {
        "backup-stale-or-silent": "clear",
        "backup-coverage-gap": "clear",
        "backup-tool-version-mismatch": "not applicable",
    }
    assert verdict("backup-same-site", facts).missing == (
        "backups[].offsite",
        "backups[].copies",
    )


def test_old_snapshots_of_a_path_that_was_given_up_alarm_nobody() -> None:
    shots = [
        snapshot(["/srv"], "2025-03-01T02:00:00Z"),
        snapshot(["/home", "/srv"], "2026-11-23T02:00:00Z"),
    ]
    found = verdict("backup-stale-or-silent", reported(shots))
    assert found.state is State.UNKNOWN
    assert "backups[].enabled" in found.missing


def test_a_stanza_in_trouble_is_no_backup() -> None:
    stanza = [{"name": "main", "backup": [], "status": {"code": 2, "message": "no valid backups"}}]
    assert states(reported(stanza), BACKUPS) == {
        "backup-stale-or-silent": "match",
        "backup-tool-version-mismatch": "not applicable",
    }


# -- less knowledge is never good news -----------------------------------------------------------

#: Silence about these means something that is written down in the guide of facts: the last run is
#: the last that is known of, a job leaves out nothing and stops nowhere unless it says so, and a
#: backup is held against its usual size only where both are told.
SPEAKING_SILENCE = {"last_ok", "last_attempt", "excludes", "size_mb", "usual_size_mb"}


def without_one(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of every field, however deep."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield (*place, name)
            yield from without_one(part, (*place, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from without_one(part, (*place, number))


def less(facts: dict[str, Any], place: tuple[Any, ...]) -> dict[str, Any]:
    facts = copy.deepcopy(facts)
    around: Any = facts
    for step in place[:-1]:
        around = around[step]
    del around[place[-1]]
    return facts


@pytest.mark.parametrize("spec", EACH)
def test_a_field_less_never_turns_into_clear(spec: PatternSpec) -> None:
    for example in spec.examples:
        if example.verdict == State.CLEAR:
            continue
        for place in without_one(example.facts):
            if SPEAKING_SILENCE.isdisjoint(place):
                fewer = msgspec.structs.replace(example, facts=less(example.facts, place))
                found = ask(READY[spec.pattern], example_view(fewer)).state
                assert found is not State.CLEAR, (example.name, place)


@pytest.mark.parametrize("spec", EACH)
def test_a_section_less_is_unknown_or_what_it_was(spec: PatternSpec) -> None:
    for example in spec.examples:
        for name in example.facts:
            fewer = msgspec.structs.replace(example, facts=less(example.facts, (name,)))
            found = ask(READY[spec.pattern], example_view(fewer)).state
            assert found in (State.UNKNOWN, example.verdict), (example.name, name)


@pytest.mark.parametrize("spec", EACH)
def test_it_runs_natively_and_cheaply(spec: PatternSpec) -> None:
    ready = READY[spec.pattern]
    assert all(one.nesting <= 3 for one in ready.expressions)
    for one in ready.expressions:
        assert one.nesting < 2 or "software" not in one.variables
