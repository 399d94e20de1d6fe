"""After any changes, the flags are those of a full sweep: nobody who depends is forgotten.

Changes come through the doors that people and tools use: reports, upkeep, the register.  Then
the outbox is drained, and then a full sweep of the same moment must find nothing to change.
"""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.facts.readers import read
from incidents.hosts import register, upkeep
from incidents.hosts.models import Host, HostStatus, RedundancyGroup, Service, UpkeepKind
from incidents.intake.take import take
from incidents.patterns import sweeps
from incidents.patterns.models import Flag, HostVerdicts
from kb.outbox.drain import drain
from tests.support.factories import make_group, make_host, make_service, make_site, make_team

pytestmark = pytest.mark.django_db

OSES = [
    ("Debian", "12", "12.11"), ("Debian", "13", "13.1"), ("Gentoo", "", ""),
    ("Debian", "8", "8.11"),
]  # fmt: skip
CHANGES = 40


class Fleet:
    """Nine hosts in groups, nests and services, and somebody who changes things at random."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.sites = [make_site("lon"), make_site("ams")]
        team = make_team("ops")
        self.machines = [
            make_host(f"m{n}", environment="production", role="web", site=self.sites[n % 2],
                      owner=team if n % 3 else None)
            for n in range(6)
        ]  # fmt: skip
        self.guests = [
            make_host(f"m{n}.guest", parent=self.machines[n], kind="chroot") for n in range(3)
        ]
        self.groups = [make_group("pair", members=tuple(self.machines[:2])), make_group("trio")]
        self.services = [make_service("git", hosts=(self.guests[0],)), make_service("www")]
        self.hosts = [*self.machines, *self.guests]

    def change(self) -> None:
        kinds = [self.report] * 6 + [self.keep_up, self.regroup, self.serve, self.edit, self.retire]
        self.dice.choice(kinds)()

    def report(self) -> None:
        host = self.dice.choice(self.hosts)
        sections = {self.dice.choice(SECTIONS) for _ in range(self.dice.randint(1, 4))}
        body = {name: MAKERS[name](self.dice) for name in sorted(sections)}
        now = timezone.now()
        source = self.dice.choice(["ansible", "script"])
        age = timedelta(days=self.dice.choice([0, 0, 0, 5, 20]))
        for one in read(body, arrived_at=now, host=host.name, source=source, observed_at=now - age):
            take(one, arrived_at=now)

    def keep_up(self) -> None:
        subjects = [*self.hosts, *self.groups, *self.services, *self.sites]
        upkeep.record(
            self.dice.choice(subjects),
            self.dice.choice(UpkeepKind.values),
            by=None,
            result=self.dice.choice(["ok", "failed"]),
            happened_at=timezone.now() - timedelta(days=self.dice.randint(0, 500)),
        )

    def regroup(self) -> None:
        group = RedundancyGroup.objects.get(pk=self.dice.choice(self.groups).pk)
        members = names(self.dice.sample(self.machines, self.dice.randint(0, 4)))
        changes = {"min_members": self.dice.choice([None, 1, 2])}
        register.save(
            group, expected=group.revision, by=None, changes=changes,
            relations={"members": members},
        )  # fmt: skip

    def serve(self) -> None:
        service = Service.objects.get(pk=self.dice.choice(self.services).pk)
        changes = {
            "criticality": self.dice.choice(["", "normal", "critical"]),
            "fine_alone": self.dice.choice([False, True]),
        }
        hosts = names(self.dice.sample(self.hosts, self.dice.randint(0, 3)))
        register.save(
            service, expected=service.revision, by=None, changes=changes,
            relations={"hosts": hosts},
        )  # fmt: skip

    def edit(self) -> None:
        host = Host.objects.get(pk=self.dice.choice(self.machines).pk)
        changes: dict[str, Any] = {
            "role": self.dice.choice(["web", "database", ""]),
            "environment": self.dice.choice(["production", "staging", ""]),
            "criticality": self.dice.choice(["", "low", "critical"]),
            "rack": self.dice.choice(["", "a1", "b2"]),
            "kind": self.dice.choice(["physical", "physical", "virtual"]),
        }
        register.save(host, expected=host.revision, by=None, changes=changes)

    def retire(self) -> None:
        host = Host.objects.get(pk=self.dice.choice(self.hosts).pk)
        if host.status == HostStatus.ACTIVE and self.dice.random() < 0.4:
            register.retire(host, by=None)
        elif host.status == HostStatus.RETIRED:
            register.bring_back(host, by=None)


def _os(dice: random.Random) -> dict[str, Any]:
    name, major, version = dice.choice(OSES)
    known = {"name": name, "major": major, "version": version, "arch": "x86_64"}
    return {key: value for key, value in known.items() if value}


def _storage(dice: random.Random) -> dict[str, Any]:
    state = dice.choice(["optimal", "degraded"])
    drives = [
        {"name": name, "model": "X", "firmware": "1", "power_on_hours": dice.choice([9, 50_000])}
        for name in ("sda", "sdb")
    ]
    raids = [{"name": "md0", "level": "raid1", "state": state, "devices": drives}]
    return {"raids": dice.choice([[], raids]), "swap_mb": dice.choice([0, 2048])}


def _packages(dice: random.Random) -> dict[str, Any]:
    return {
        "pending_security": dice.choice([0, 4]),
        "reboot_required": dice.choice([True, False]),
        "unattended": dice.choice([True, False]),
        "unattended_window": dice.choice(["06:00-07:00 UTC", "02:00-03:00 UTC"]),
    }


def _software(dice: random.Random) -> list[dict[str, Any]]:
    return [{"name": "postgresql", "version": dice.choice(["9.6.3", "15.4", "15.6"])}]


def _backups(dice: random.Random) -> list[dict[str, Any]]:
    last = timezone.now() - timedelta(days=dice.choice([0, 3, 60]))
    restore = {"last_restore_test": (last - timedelta(days=9)).isoformat()}
    job = {"tool": "restic", "job": "all", "last_success": last.isoformat()}
    return dice.choice([[], [job], [job | restore]])


MAKERS = {
    "os": _os,
    "storage": _storage,
    "packages": _packages,
    "software": _software,
    "backups": _backups,
    "hardware": lambda dice: {"model": dice.choice(["R740", "R650"]), "memory_mb": 2048},
    "monitoring": lambda dice: {"monitored": dice.choice([True, False])},
    "access": lambda dice: {"console": dice.choice(["none", "idrac"])},
}
SECTIONS = sorted(MAKERS)


def names(hosts: list[Host]) -> list[str]:
    return [host.name for host in hosts]


def verdicts() -> dict[str, dict[str, Any]]:
    return {
        row.host.name: {slug: (said["state"], said["missing"]) for slug, said in known.items()}
        for row in HostVerdicts.objects.select_related("host")
        if (known := row.verdicts)
    }


def different(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[Any, ...]]:
    """(host, pattern, verdict as followed, verdict by the sweep) wherever they are not equal."""
    return [
        (host, slug, before.get(host, {}).get(slug), after.get(host, {}).get(slug))
        for host in sorted(before.keys() | after.keys())
        for slug in sorted(before.get(host, {}).keys() | after.get(host, {}).keys())
        if before.get(host, {}).get(slug) != after.get(host, {}).get(slug)
    ]


def standing() -> list[tuple[Any, ...]]:
    return sorted(
        Flag.objects.values_list("host__name", "pattern__slug", "state", "severity", "last_verdict")
    )


@pytest.mark.parametrize("seed", range(4))
def test_after_any_changes_a_full_sweep_finds_nothing_to_do(library: None, seed: int) -> None:
    fleet = Fleet(seed)
    sweeps.run(sweeps.start(now=timezone.now(), background=False), timezone.now)
    for _ in range(CHANGES):
        fleet.change()
        if fleet.dice.random() < 0.3:
            drain()
    while drain().done:  # what follows may have something that follows in its turn
        pass
    followed, stood = verdicts(), standing()

    sweep = sweeps.run(sweeps.start(now=timezone.now(), background=False), timezone.now)
    assert different(followed, verdicts()) == []
    assert standing() == stood
    assert (sweep.opened, sweep.resolved) == (0, 0)
