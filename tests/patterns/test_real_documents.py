"""The whole library over what real tools say, with the verdict that each pattern owes.

The documents come out of Ansible, restic and borg run here and now, and of an mdstat as Linux
writes it; they enter by the same door as everybody's.  Where an answer depends on the machine that
the tests run on (its disks may be full), every decided verdict will do, but never `unknown`; how
its network is told depends on where it stands.
"""

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from incidents.facts.readers import read
from incidents.hosts.models import Host
from incidents.intake.take import take
from incidents.patterns.models import Flag, HostVerdicts
from tests.support.factories import make_host, make_site
from tests.support.strict import program

MATCH, CLEAR, UNKNOWN, NA = "match", "clear", "unknown", "not applicable"
DECIDED, ANY = "decided", "any"

MIRROR = """Personalities : [raid1]
md0 : active raid1 sdb1[1] sda1[0]
      1953382464 blocks super 1.2 [2/2] [UU]

unused devices: <none>
"""
DEGRADED = MIRROR.replace("sdb1[1] ", "").replace("[2/2] [UU]", "[2/1] [U_]")


def run(*words: str, **environment: str) -> str:
    done = subprocess.run(
        [program(words[0]), *words[1:]],
        env=os.environ | environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.fixture(scope="module")
def ansible(tmp_path_factory: pytest.TempPathFactory) -> str:
    return run(
        "ansible", "localhost", "-m", "setup", ANSIBLE_LOCALHOST_WARNING="0", ANSIBLE_NOCOLOR="1",
        HOME=str(tmp_path_factory.mktemp("home")),
    )  # fmt: skip


@pytest.fixture(scope="module")
def restic(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What restic lists of an empty repository, and of one with a backup of an hour ago."""
    folder = tmp_path_factory.mktemp("restic")
    about = {"RESTIC_PASSWORD": "x", "RESTIC_REPOSITORY": str(folder / "repo"),
             "RESTIC_CACHE_DIR": str(folder / "cache"), "HOME": str(folder)}  # fmt: skip
    run("restic", "init", **about)
    empty = run("restic", "snapshots", "--json", **about)
    ago = (datetime.now() - timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S")
    run("restic", "backup", "--host", "db-01", "--time", ago, str(Path(__file__).parent), **about)
    return {"empty": empty, "kept": run("restic", "snapshots", "--json", **about)}


@pytest.fixture(scope="module")
def borg(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A repository on the host itself, with an archive of last winter."""
    folder = tmp_path_factory.mktemp("borg")
    about = {"BORG_BASE_DIR": str(folder), "BORG_REPO": str(folder / "repo"), "TZ": "UTC",
             "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes"}  # fmt: skip
    run("borg", "init", "--encryption", "none", **about)
    run("borg", "create", "--timestamp", "2026-01-10T02:00:00", "::db-2026-01-10",
        str(Path(__file__).parent), **about)  # fmt: skip
    return run("borg", "info", "--json", "--last", "5", **about)


def tell(host: Host, body: str, **options: Any) -> None:
    now = datetime.now(UTC)
    for report in read(body.encode(), arrived_at=now, host=host.name, **options):
        take(report, arrived_at=now)


def verdicts(host: Host) -> dict[str, str]:
    return {
        slug: said["state"] for slug, said in HostVerdicts.objects.get(host=host).verdicts.items()
    }


#: Pattern → what it owes a machine of which only Ansible tells; a database with a degraded mirror
#: and an empty restic; one with a mirror and a backup of this hour; one with a mirror and a borg
#: archive of last winter.
EXPECTED = {
    "array-degraded": (NA, MATCH, CLEAR, CLEAR),
    "array-never-scrubbed": (NA, UNKNOWN, UNKNOWN, UNKNOWN),
    "array-same-batch-drives": (NA, NA, UNKNOWN, UNKNOWN),
    "backup-coverage-gap": (UNKNOWN, MATCH, CLEAR, MATCH),
    "backup-never-restored": (UNKNOWN, NA, UNKNOWN, UNKNOWN),
    "backup-restore-slower-than-rto": (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "backup-same-account": (UNKNOWN, NA, UNKNOWN, NA),
    "backup-same-host": (UNKNOWN, NA, UNKNOWN, UNKNOWN),
    "backup-same-site": (UNKNOWN, NA, UNKNOWN, NA),
    "backup-stale-or-silent": (UNKNOWN, NA, CLEAR, MATCH),
    "backup-tool-version-mismatch": (UNKNOWN, NA, NA, NA),
    "boot-not-mirrored": (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "cert-expiring": (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "clock-skew": (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "disk-nearly-full": (DECIDED, DECIDED, DECIDED, DECIDED),
    "disk-single-nonredundant": (NA, UNKNOWN, UNKNOWN, UNKNOWN),
    "drive-firmware-known-bad": (NA, NA, NA, NA),
    "drive-old": (NA, UNKNOWN, UNKNOWN, UNKNOWN),
    "facts-stale": (CLEAR, CLEAR, CLEAR, CLEAR),
    "filesystem-or-type-limit": (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "fleet-os-exception": (UNKNOWN, NA, UNKNOWN, UNKNOWN),
    "framework-unsupported-or-pinned": (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "group-degraded": (NA, NA, NA, NA),
    "hand-built-host": (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "hardware-out-of-support": (NA, UNKNOWN, UNKNOWN, UNKNOWN),
    "important-service-single-host": (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "lesson-repeated": (NA, NA, NA, NA),
    "long-since-upgrade": (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "long-uptime": (DECIDED, DECIDED, DECIDED, DECIDED),
    "nested-os-drift": (NA, NA, NA, NA),
    "no-ecc-or-memory-errors": (NA, UNKNOWN, UNKNOWN, UNKNOWN),
    "no-out-of-band-or-site-kit": (NA, UNKNOWN, UNKNOWN, UNKNOWN),
    "no-owner-or-owner-gone": (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "no-swap-small-memory": (DECIDED, DECIDED, DECIDED, DECIDED),
    "no-upgrade-path": (DECIDED, DECIDED, DECIDED, DECIDED),
    "not-monitored": (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "os-eol": (DECIDED, DECIDED, DECIDED, DECIDED),
    # Unknown once the catalogue that was shipped is too old to look ahead.
    "os-eol-soon": (ANY, ANY, ANY, ANY),
    "pair-never-failed-over": (NA, NA, NA, NA),
    "pair-os-mismatch": (NA, NA, NA, NA),
    "raid-controller-spof": (NA, NA, NA, NA),
    "raid-only-no-backup": (NA, MATCH, CLEAR, MATCH),
    "reboot-pending": (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "replicas-share-fate": (NA, NA, NA, NA),
    "runbook-missing-or-unproven": (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "security-updates-pending": (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "service-on-one-member": (NA, NA, NA, NA),
    "service-version-skew-in-group": (NA, NA, NA, NA),
    "single-dns-resolver": (ANY, ANY, ANY, ANY),
    "single-nic-or-switch": (ANY, ANY, ANY, ANY),
    "single-psu-or-feed": (NA, UNKNOWN, UNKNOWN, UNKNOWN),
    "too-important-to-touch": (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "unattended-upgrades-in-lockstep": (NA, NA, NA, NA),
}


@pytest.fixture
def told(library: None, ansible: str, restic: dict[str, str], borg: str) -> list[Host]:
    plain = make_host("plain", kind="unknown")
    tell(plain, ansible)
    about: dict[str, Any] = {"kind": "physical", "role": "database"}
    degraded = make_host("db-01", **about, environment="production", criticality="high",
                         site=make_site("lon"))  # fmt: skip
    kept, stale = make_host("db-02", **about), make_host("db-03", **about)
    for host in (degraded, kept, stale):
        tell(host, ansible)
        tell(host, DEGRADED if host == degraded else MIRROR)
    tell(degraded, restic["empty"], format="restic")
    tell(kept, restic["kept"])
    tell(stale, borg)
    return [plain, degraded, kept, stale]


@pytest.mark.django_db
def test_every_pattern_says_of_real_documents_what_it_owes(told: list[Host]) -> None:
    found = [verdicts(host) for host in told]
    assert all(said.keys() == EXPECTED.keys() for said in found)
    wrong = [
        (host.name, slug, expected, said[slug])
        for place, (host, said) in enumerate(zip(told, found, strict=True))
        for slug, row in EXPECTED.items()
        if not is_owed(said[slug], expected := row[place])
    ]
    assert wrong == []


def is_owed(found: str, expected: str) -> bool:
    if expected == ANY:
        return found != "broken"
    if expected == DECIDED:
        return found in (MATCH, CLEAR, NA)
    return found == expected


@pytest.mark.django_db
def test_what_is_flagged_is_said_from_what_the_tools_said(told: list[Host]) -> None:
    flags = Flag.objects.filter(host__name="db-01").values_list("pattern__slug", "sentence")
    said = dict(flags)
    assert said["raid-only-no-backup"] == "raid1 on md0; no backup at all."
    assert "md0" in said["array-degraded"]
    by = dict(Flag.objects.get(host__name="db-01", pattern__slug="raid-only-no-backup").evidence[0])
    assert (by["path"], by["source"]) == ("storage.raids", "mdstat")
