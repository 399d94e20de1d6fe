"""Backups and hardware at the edges: one more and one less than each threshold, one thing of
several, and what makes a match worse."""

from datetime import UTC, datetime
from typing import Any

import pytest

from incidents.patterns.evaluate import ask
from incidents.patterns.examples import example_view
from incidents.patterns.library import shipped
from incidents.patterns.spec import Example, compile_spec
from incidents.patterns.verdict import State, Verdict

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC).isoformat()
SPECS = {spec.pattern: spec for spec in shipped()}

MATCH, CLEAR, UNKNOWN = State.MATCH, State.CLEAR, State.UNKNOWN
IMPORTANT = {"kind": "physical", "important": True}
CRITICAL = {**IMPORTANT, "criticality": "critical"}
PHYSICAL = {"kind": "physical"}


def verdict(slug: str, facts: dict[str, Any]) -> Verdict:
    view = example_view(Example(facts=facts, verdict=State.UNKNOWN, now=NOW))
    return ask(compile_spec(SPECS[slug]), view)


def raids(*arrays: dict[str, Any], **more: Any) -> dict[str, Any]:
    named = [{"name": f"md{n}", "level": "raid1", **one} for n, one in enumerate(arrays)]
    return {"storage": {"raids": named, **more.pop("storage", {})}, **more}


def twins(apart: int = 0, oldest: int = 9_000, **more: Any) -> dict[str, Any]:
    """Two drives of one model, some hours apart."""
    hours = [oldest, oldest - apart]
    return {"devices": [{"name": f"d{h}-{n}", "model": "M1", "power_on_hours": h, **more}
                        for n, h in enumerate(hours)]}  # fmt: skip


def made(*days: str, **more: Any) -> dict[str, Any]:
    devices = [{"name": f"d{n}", "model": "M1", "manufactured_on": day, **more}
               for n, day in enumerate(days)]  # fmt: skip
    return {"devices": devices}


def serials(*words: str) -> dict[str, Any]:
    return {"devices": [{"name": word, "model": "M1", "serial": word} for word in words]}


def job(**said: Any) -> dict[str, Any]:
    return {"tool": "restic", "job": "j", **said}


def jobs(*said: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"backups": [job(**one) for one in said], **more}


def disk(**said: Any) -> dict[str, Any]:
    whole = {"power_on_hours": 10, "smart_ok": True, "reallocated_sectors": 0, **said}
    return {"host": PHYSICAL, "storage": {"raids": [], "disks": [{"name": "nvme0n1", **whole}]}}


def memory(days: int, corrected: int) -> dict[str, Any]:
    counts = {"memory_errors_corrected": corrected, "memory_errors_uncorrected": 0}
    return {
        "host": IMPORTANT,
        "hardware": {"ecc": True, **counts},
        "runtime": {"booted_at_days": days},
    }


def held(used: float, days: int) -> dict[str, Any]:
    return {
        "host": {"stateful": True},
        "storage": {"mounts": [{"path": "/", "fstype": "ext4", "used_mb": used}]},
        **jobs({"paths": ["/"], "last_success_days": days}),
    }


HERE = {"site": "north", "copies": []}
ACCOUNT = {"access": {"accounts": ["root"]}}
MINE = {"account": "root", "immutable": False, "copies": []}
PG = [{"name": "postgresql-15", "version": "15.1", "source": "apt"}]
OLD_DUMP = {"tool": "pg_dump", "tool_version": "13.1"}


@pytest.mark.parametrize(
    ("slug", "facts", "state"),
    [
        ("backup-same-site",
         jobs({**HERE, "last_success_days": 30}, host={"site": "north"}), MATCH),
        ("backup-same-site",
         jobs({**HERE, "last_success_days": 31}, host={"site": "north"}), State.NOT_APPLICABLE),
        ("backup-same-site",
         jobs({**HERE, "last_success_days": 1}, {"site": "south", "last_success_days": 30},
              host={"site": "north"}), CLEAR),
        ("backup-same-account", jobs({**MINE, "last_success_days": 30}, **ACCOUNT), MATCH),
        ("backup-same-account",
         jobs({**MINE, "last_success_days": 31}, **ACCOUNT), State.NOT_APPLICABLE),
        ("backup-same-account",
         jobs({**MINE, "last_success_days": 1}, {"account": "x", "last_success_days": 30},
              **ACCOUNT), CLEAR),
        ("backup-same-account",
         jobs({**MINE, "last_success_days": 1}, {"account": "x", "last_success_days": 31},
              **ACCOUNT), MATCH),
        ("backup-stale-or-silent", jobs({"last_success_days": 35}), UNKNOWN),
        ("backup-stale-or-silent", jobs({"last_success_days": 36}), MATCH),
        ("backup-stale-or-silent", jobs({"last_success_days": 14, "every_hours": 168}), MATCH),
        ("backup-stale-or-silent", jobs({"last_success_days": 13, "every_hours": 168}), CLEAR),
        ("backup-stale-or-silent",
         jobs({"last_success": "2026-11-22T10:00:00Z", "every_hours": 1.5}), CLEAR),
        ("backup-stale-or-silent",
         jobs({"last_success": "2026-11-22T09:00:00Z", "every_hours": 1.5}), MATCH),
        ("backup-stale-or-silent",
         jobs({"last_success_days": 0, "every_hours": 24},
              {"job": "k", "last_success_days": 2, "every_hours": 24}), MATCH),
        ("backup-stale-or-silent",
         jobs({"last_success_days": 0, "every_hours": 24},
              {"job": "k", "last_success": "2026-11-22T09:00:00Z", "every_hours": 1}), MATCH),
        ("backup-stale-or-silent",
         jobs({"last_success_days": 0, "every_hours": 24},
              {"job": "k", "last_success": "2026-11-22T10:00:00Z", "every_hours": 1}), CLEAR),
        ("backup-stale-or-silent",
         jobs({"last_success_days": 0, "size_mb": 50, "usual_size_mb": 100}), CLEAR),
        ("backup-stale-or-silent",
         jobs({"last_success_days": 0, "size_mb": 49.9, "usual_size_mb": 100}), MATCH),
        ("backup-stale-or-silent",
         jobs({"last_success_days": 0},
              {"job": "k", "last_success_days": 0, "enabled": True, "size_mb": 50,
               "usual_size_mb": 100}), CLEAR),
        ("backup-coverage-gap", held(1024, 31), CLEAR),
        ("backup-coverage-gap", held(1024.1, 31), MATCH),
        ("backup-coverage-gap", held(9999, 30), CLEAR),
        ("backup-tool-version-mismatch", jobs(OLD_DUMP, {"last_success_days": 0}, software=PG),
         MATCH),
        ("backup-tool-version-mismatch", jobs(OLD_DUMP, software=[]), State.NOT_APPLICABLE),
        ("backup-restore-slower-than-rto",
         {"services": [{"name": "a", "rto_minutes": 60, "rebuild_minutes": 60}]}, CLEAR),
        ("array-degraded", raids({"state": "optimal"}, {"level": "raid0"}, {"state": "degraded"}),
         MATCH),
        ("array-same-batch-drives", raids(twins(500)), MATCH),
        ("array-same-batch-drives", raids(twins(501)), CLEAR),
        ("array-same-batch-drives", raids(twins(2_000, 40_000)), MATCH),
        ("array-same-batch-drives", raids(twins(2_100, 40_000)), CLEAR),
        ("array-same-batch-drives", raids(made("2020-01-01", "2020-01-08")), MATCH),
        ("array-same-batch-drives",
         raids(made("2020-01-01", "2020-01-09", power_on_hours=None)), UNKNOWN),
        ("array-same-batch-drives", raids(serials("AAA111", "AAA222")), MATCH),
        ("array-same-batch-drives", raids(serials("AAA1111", "AAA2222")), UNKNOWN),
        ("array-same-batch-drives", raids(twins(9_000), twins(3)), MATCH),
        ("array-same-batch-drives", raids({"devices": [{"name": "a"}]}), State.NOT_APPLICABLE),
        ("array-never-scrubbed", raids({"last_scrub_days": 45}, host={"age_days": 900}), CLEAR),
        ("array-never-scrubbed", raids({"last_scrub_days": 46}, host={"age_days": 900}), MATCH),
        ("array-never-scrubbed", raids({"ever_scrubbed": False}, host={"age_days": 45}), CLEAR),
        ("array-never-scrubbed", raids({"ever_scrubbed": False}, host={"age_days": 46}), MATCH),
        ("array-never-scrubbed", raids({"last_scrub_days": 99}, {"level": "raid0"}), MATCH),
        ("drive-old", disk(power_on_hours=43_800), CLEAR),
        ("drive-old", disk(power_on_hours=43_801), MATCH),
        ("drive-old", disk(reallocated_sectors=20), CLEAR),
        ("drive-old", disk(reallocated_sectors=20, media_errors=1), MATCH),
        ("hardware-out-of-support",
         {"host": PHYSICAL,
          "hardware": {"warranty_until_in_days": 0, "bios_date_days": 1826}}, CLEAR),
        ("no-ecc-or-memory-errors", memory(0, 24), CLEAR),
        ("no-ecc-or-memory-errors", memory(0, 25), MATCH),
        ("no-ecc-or-memory-errors", memory(9, 240), CLEAR),
        ("no-ecc-or-memory-errors", memory(9, 241), MATCH),
    ],
)  # fmt: skip
def test_at_the_edge(slug: str, facts: dict[str, Any], state: State) -> None:
    assert verdict(slug, facts).state is state


CARD = {"raids": [{"name": "v0", "kind": "hardware"}, {"name": "md0", "kind": "md"}]}
ALONE = {"name": "shop", "machines": ["db-01"], "fine_alone": False}
TWICE = {"name": "web", "machines": ["web-01", "web-02"], "fine_alone": False}
SPARE = {"part": "controller", "count": 1}


@pytest.mark.parametrize(
    ("models", "spares", "services", "state"),
    [
        (["H730"], [{**SPARE, "model": "H730"}], [ALONE], CLEAR),
        (["H730"], [{**SPARE, "model": "PERC H730 Mini"}], [ALONE], CLEAR),
        (["PERC H730 Mini"], [{**SPARE, "model": "H730"}], [ALONE], CLEAR),
        (["H730"], [{**SPARE, "model": "H330"}], [ALONE], MATCH),
        (["H730"], [{**SPARE, "model": "H730", "count": 0}], [ALONE], MATCH),
        (["H730"], [{"part": "drive", "count": 9, "model": "H730"}], [ALONE], MATCH),
        # One card under two names, as two tools call it.
        (["LSI 3108", "H730"], [{**SPARE, "model": "H730"}], [ALONE], CLEAR),
        (["H730"], [], [ALONE, TWICE], MATCH),
        (["H730"], [], [TWICE], CLEAR),
        (["H730"], [], [{**ALONE, "fine_alone": True}], CLEAR),
        ([None], [{**SPARE, "model": "H730"}], [ALONE], UNKNOWN),
    ],
)
def test_a_spare_for_the_controller(
    models: list[str | None],
    spares: list[dict[str, Any]],
    services: list[dict[str, Any]],
    state: State,
) -> None:
    cards = [{"name": f"c{n}"} | ({"model": m} if m else {}) for n, m in enumerate(models)]
    storage = {**CARD, "controllers": cards}
    facts = {"storage": storage, "spares": spares, "services": services}
    assert verdict("raid-controller-spof", facts).state is state


def card(*cards: dict[str, Any]) -> dict[str, Any]:
    named = [{"name": f"c{n}", "model": "H730", **one} for n, one in enumerate(cards)]
    return {"storage": {**CARD, "controllers": named}, "spares": [], "services": [ALONE]}


def batch(*peers: list[dict[str, Any]], firmware: str = "F1") -> dict[str, Any]:
    groups = [{"name": "db", "peers": [{"name": "p", "drives": one} for one in peers]}]
    return raids(twins(10, 9_000, firmware=firmware), groups=groups)


def drive(hours: int, model: str = "M1") -> dict[str, Any]:
    return {"model": model, "power_on_hours": hours}


def alone(slug: str, **peer: Any) -> dict[str, Any]:
    """A critical host on one feed or one switch, whose peer says ``peer``."""
    facts: dict[str, Any] = {"host": CRITICAL, "groups": [{"name": "g", "peers": [peer]}]}
    if slug == "single-psu-or-feed":
        return facts | {"hardware": {"power_supplies": 1}}
    return facts | {"network": {"interfaces": [{"name": "eth0", "type": "ether", "up": True}]}}


ROOT = {"path": "/", "device": "/dev/nvme0n1p1", "fstype": "ext4"}
ON_ONE = {"disks": [{"name": "nvme0n1"}], "mounts": [ROOT]}


@pytest.mark.parametrize(
    ("slug", "facts", "severity"),
    [
        ("array-degraded", raids({"level": "raid5", "state": "rebuilding"}), "high"),
        ("array-degraded", raids({"state": "degraded"}), "high"),
        ("array-degraded", raids({"state": "rebuilding"}, {"state": "failed"}), "critical"),
        ("raid-controller-spof", card({"battery_made_on_days": 1826}), "high"),
        ("raid-controller-spof", card({"battery_made_on_days": 1827}), "critical"),
        ("raid-controller-spof", card({"manufactured_on_days": 2557}), "high"),
        ("raid-controller-spof", card({"manufactured_on_days": 2558}), "critical"),
        ("raid-controller-spof", card({"battery_state": "Learning"}), "high"),
        ("raid-controller-spof",
         card({"battery_state": "optimal", "battery_made_on_days": 1, "manufactured_on_days": 1},
              {"battery_state": "Dgd"}), "critical"),
        ("array-same-batch-drives", batch(), "high"),
        ("array-same-batch-drives", batch([drive(9_500)]), "critical"),
        ("array-same-batch-drives", batch([drive(8_500)]), "critical"),
        ("array-same-batch-drives", batch([drive(9_501)]), "high"),
        ("array-same-batch-drives", batch([drive(8_499)]), "high"),
        ("array-same-batch-drives", batch([drive(9_000, "M2")]), "high"),
        ("array-same-batch-drives", batch([drive(1), drive(9_000)]), "critical"),
        ("array-same-batch-drives", batch([drive(9_000)], [drive(1)]), "high"),
        ("array-same-batch-drives", batch([drive(9_000)], []), "high"),
        ("drive-firmware-known-bad",
         {"host": PHYSICAL,
          "advisories": {"kept": 1, "hits": [{"affected": True, "days_left": 90}]}}, "high"),
        ("drive-firmware-known-bad",
         {"host": PHYSICAL,
          "advisories": {"kept": 1, "hits": [{"affected": True, "days_left": 89}]}}, "critical"),
        ("hardware-out-of-support",
         {"host": IMPORTANT,
          "hardware": {"warranty_until_in_days": 0, "bios_date_days": 1827}}, "medium"),
        ("disk-single-nonredundant", {"host": CRITICAL, "groups": [], "storage": ON_ONE},
         "critical"),
        ("disk-single-nonredundant",
         {"host": CRITICAL, "groups": [{"peers": [{"name": "p"}]}], "storage": ON_ONE}, "high"),
        ("disk-single-nonredundant", {"host": IMPORTANT, "groups": [], "storage": ON_ONE}, "high"),
        ("single-psu-or-feed", alone("single-psu-or-feed", same_feed=True), "critical"),
        ("single-psu-or-feed", alone("single-psu-or-feed", same_feed=False), "high"),
        ("single-psu-or-feed", alone("single-psu-or-feed"), "high"),
        ("single-nic-or-switch", alone("single-nic-or-switch", same_switch=True), "high"),
        ("single-nic-or-switch", alone("single-nic-or-switch", same_switch=False), "medium"),
        ("single-nic-or-switch", alone("single-nic-or-switch"), "medium"),
    ],
)  # fmt: skip
def test_how_bad_it_is(slug: str, facts: dict[str, Any], severity: str) -> None:
    found = verdict(slug, facts)
    assert (found.state, found.severity) == (MATCH, severity)


def test_a_worn_drive_is_worse_where_nothing_carries_it() -> None:
    arrays = [{"name": "md0", "level": "raid1", "devices": [{"name": "sda1"}, {"name": "sdb1"}]}]
    disks = [
        {"name": "sda", "vendor": "ATA", "power_on_hours": 50_000},
        {"name": "nvme0n1", "power_on_hours": 10, "smart_ok": True, "media_errors": 0},
    ]
    carried = {"host": PHYSICAL, "storage": {"raids": arrays, "disks": disks}}
    loose = {"host": PHYSICAL, "storage": {"raids": [], "disks": disks}}
    assert verdict("drive-old", carried).severity == "medium"
    assert verdict("drive-old", loose).severity == "high"
