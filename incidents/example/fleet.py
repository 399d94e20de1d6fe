"""The example's hosts: a small company's machines as a table, and the reports their tools send.

Everything is made up.  Times are days before the day the example is loaded, so that it never
grows old.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

DOMAIN = "example.net"
SITE = "london-hosting-centre"
GONE = 10_000  # days ago: never happened


@dataclass(frozen=True)
class Machine:
    """One host as its owners know it; ``upgraded`` is how many days ago packages last changed.

    ``upgrade_every`` says that packages are upgraded every so many days, up to ``upgraded``.
    ``backup_to`` names the host of its repository, ``restored`` the last restore test.
    """

    name: str
    role: str
    os: tuple[str, str, str] = ("Debian", "12.12", "bookworm")
    kind: str = "virtual"
    model: tuple[str, str] = ("QEMU", "Standard PC (Q35 + ICH9, 2009)")
    parent: str = ""
    environment: str = "production"
    criticality: str = "normal"
    stateful: bool | None = None
    raid: tuple[str, str, int] | None = None  # level, controller or "md", drives
    mounts: tuple[tuple[str, int, int], ...] = (("/", 32, 41),)  # path, GiB, per cent used
    upgraded: int = 6
    upgrade_every: int = 14
    booted: int = 40
    backup_to: str | None = None
    backup_age: int = 0
    backups_known: bool = True
    silent_since: int = 0
    first_seen: int = 400
    gone_after: int = 0
    upgradable: bool | None = None
    tags: tuple[str, ...] = ()
    owner: str = "platform"


TRIXIE = ("Debian", "13.2", "trixie")
BOOKWORM = ("Debian", "12.12", "bookworm")
BUSTER = ("Debian", "10.13", "buster")
GENTOO = ("Gentoo", "2.14", "")
JAMMY = ("Ubuntu", "22.04", "jammy")
R740 = ("Dell Inc.", "PowerEdge R740")
R640 = ("Dell Inc.", "PowerEdge R640")
DL380 = ("HPE", "ProLiant DL380 Gen10")

FLEET: list[Machine] = [
    Machine(
        "robert",
        "web",
        GENTOO,
        "physical",
        R740,
        criticality="critical",
        stateful=True,
        raid=("raid5", "PERC H740P Mini", 4),
        mounts=(("/", 60, 58), ("/srv", 3400, 71)),
        upgraded=287,
        upgrade_every=GONE,
        booted=287,
        upgradable=False,
        tags=("big-system",),
    ),
    Machine(
        "robert.php",
        "web",
        BUSTER,
        "chroot",
        parent="robert",
        mounts=(),
        upgraded=270,
        upgrade_every=GONE,
        first_seen=300,
        backups_known=False,
        owner="web",
    ),
    Machine("lb-01", "load-balancer", TRIXIE, upgraded=3, tags=("edge",)),
    Machine("lb-02", "load-balancer", TRIXIE, upgraded=3, tags=("edge",)),
    Machine("web-01", "web", BOOKWORM, owner="web", upgraded=5),
    Machine("web-02", "web", BOOKWORM, owner="web", upgraded=5),
    Machine("web-03", "web", BOOKWORM, owner="web", upgraded=5),
    Machine("web-04", "web", BOOKWORM, owner="web", upgraded=103, upgrade_every=GONE, booted=103),
    Machine("web-05", "web", TRIXIE, owner="web", upgraded=2, first_seen=60),
    Machine("web-06", "web", TRIXIE, owner="web", upgraded=2, first_seen=60),
    Machine("app-01", "application", BOOKWORM, owner="web", upgraded=9),
    Machine("app-02", "application", BOOKWORM, owner="web", upgraded=9),
    Machine("app-03", "application", BOOKWORM, owner="web", upgraded=9),
    Machine(
        "db-01",
        "database",
        BOOKWORM,
        "physical",
        R640,
        criticality="high",
        raid=("raid1", "md", 2),
        mounts=(("/", 30, 35), ("/var/lib/postgresql", 1800, 62)),
        backup_to="backup-01",
        upgraded=12,
    ),
    Machine(
        "db-02",
        "database",
        BOOKWORM,
        "physical",
        R640,
        criticality="high",
        raid=("raid1", "md", 2),
        mounts=(("/", 30, 35), ("/var/lib/postgresql", 1800, 62)),
        backup_to="backup-01",
        upgraded=12,
    ),
    Machine(
        "db-03",
        "database",
        BOOKWORM,
        "physical",
        R640,
        criticality="high",
        raid=("raid10", "md", 4),
        mounts=(("/", 30, 33), ("/var/lib/postgresql", 3600, 48)),
        backup_to="backup-01",
        upgraded=12,
    ),
    Machine(
        "db-04",
        "database",
        TRIXIE,
        backup_to="backup-02",
        upgraded=4,
        first_seen=120,
        mounts=(("/", 32, 28), ("/var/lib/postgresql", 200, 39)),
    ),
    Machine(
        "mail-01",
        "mail",
        BOOKWORM,
        criticality="high",
        backup_to="backup-01",
        upgraded=8,
        mounts=(("/", 32, 52), ("/var/mail", 500, 66)),
    ),
    Machine(
        "mail-02",
        "mail",
        BUSTER,
        backup_to="backup-01",
        upgraded=140,
        upgrade_every=GONE,
        booted=311,
        mounts=(("/", 32, 74), ("/var/mail", 500, 61)),
    ),
    Machine(
        "backup-01",
        "storage",
        BOOKWORM,
        "physical",
        DL380,
        criticality="high",
        raid=("raid6", "md", 8),
        mounts=(("/", 30, 22), ("/srv/backup", 36000, 68)),
        backup_to="backup-02",
        upgraded=7,
    ),
    Machine(
        "backup-02",
        "storage",
        TRIXIE,
        "physical",
        DL380,
        raid=("raid6", "md", 8),
        mounts=(("/", 30, 19), ("/srv/backup", 36000, 40)),
        backup_to="backup-01",
        upgraded=7,
        first_seen=200,
    ),
    Machine(
        "file-01",
        "file",
        BOOKWORM,
        "physical",
        R640,
        raid=("raid1", "md", 2),
        mounts=(("/", 30, 31), ("/srv/files", 7200, 77)),
        backup_to="file-01",
        upgraded=11,
    ),
    Machine(
        "vm-01",
        "hypervisor",
        BOOKWORM,
        "physical",
        DL380,
        criticality="high",
        raid=("raid10", "md", 6),
        mounts=(("/", 60, 25), ("/var/lib/libvirt", 5200, 55)),
        backup_to="backup-01",
        upgraded=15,
        stateful=False,
    ),
    Machine(
        "vm-02",
        "hypervisor",
        BOOKWORM,
        "physical",
        DL380,
        criticality="high",
        raid=("raid10", "md", 6),
        mounts=(("/", 60, 25), ("/var/lib/libvirt", 5200, 51)),
        backup_to="backup-01",
        upgraded=15,
        stateful=False,
    ),
    Machine(
        "git-01",
        "git",
        BOOKWORM,
        criticality="high",
        backup_to="backup-01",
        upgraded=10,
        mounts=(("/", 32, 30), ("/srv/git", 300, 44)),
    ),
    Machine("dns-01", "dns", TRIXIE, upgraded=3),
    Machine("dns-02", "dns", TRIXIE, upgraded=3),
    Machine(
        "mon-01",
        "monitoring",
        BOOKWORM,
        upgraded=13,
        backup_to="backup-02",
        backup_age=37,
        mounts=(("/", 32, 40), ("/var/lib/prometheus", 400, 70)),
    ),
    Machine("build-01", "build", JAMMY, environment="office", upgraded=17, backups_known=False),
    Machine("build-02", "build", BOOKWORM, environment="office", upgraded=17, backups_known=False),
    Machine(
        "dev-01",
        "development",
        BOOKWORM,
        environment="office",
        silent_since=41,
        upgraded=50,
        backups_known=False,
    ),
    Machine(
        "wiki-01",
        "application",
        BOOKWORM,
        environment="office",
        stateful=True,
        backups_known=False,
        upgraded=20,
    ),
    Machine("cache-01", "cache", TRIXIE, upgraded=4, stateful=False),
    Machine("cache-02", "cache", TRIXIE, upgraded=4, stateful=False),
]

CONTROLLER_DIED = 34

DAVID_BEFORE = Machine(
    "david",
    "web",
    GENTOO,
    "physical",
    R740,
    criticality="critical",
    stateful=True,
    raid=("raid5", "PERC H740P Mini", 4),
    mounts=(("/", 60, 58), ("/srv", 3400, 71)),
    upgraded=287,
    upgrade_every=GONE,
    booted=287,
    upgradable=False,
    tags=("big-system",),
    gone_after=CONTROLLER_DIED,
)
DAVID_AFTER = Machine(
    "david",
    "web",
    BOOKWORM,
    "physical",
    R740,
    criticality="critical",
    stateful=True,
    raid=("raid5", "PERC H740P Mini", 4),
    mounts=(("/", 60, 21), ("/srv", 3400, 70)),
    upgraded=CONTROLLER_DIED - 1,
    upgrade_every=GONE,
    booted=CONTROLLER_DIED - 1,
    backup_to="backup-01",
    tags=("big-system",),
    first_seen=CONTROLLER_DIED - 1,
)
DAVIDS_NEST = [
    Machine(
        "david.gentoo",
        "web",
        GENTOO,
        "chroot",
        parent="david",
        mounts=(),
        upgraded=287,
        upgrade_every=GONE,
        upgradable=False,
        first_seen=CONTROLLER_DIED - 1,
        backups_known=False,
    ),
    Machine(
        "david.gentoo.php",
        "web",
        BUSTER,
        "chroot",
        parent="david.gentoo",
        mounts=(),
        upgraded=270,
        upgrade_every=GONE,
        first_seen=CONTROLLER_DIED - 1,
        backups_known=False,
        owner="web",
        tags=("never-started",),
    ),
]
# Somebody tried to upgrade robert, and wrote down that it cannot be done.
UPGRADE_TRIED = 150
# The backup of david began some days after they came home.
DAVID_BACKED_UP = 20

MACHINES: list[Machine] = [DAVID_BEFORE, DAVID_AFTER, *FLEET, *DAVIDS_NEST]


@dataclass(frozen=True)
class Told:
    """A native envelope and the days before today when it arrived."""

    days_ago: float
    envelope: dict[str, Any] = field(hash=False)


def reports(machine: Machine, days_ago: float, today: datetime) -> list[Told]:
    """What the tools say of a machine on one day; nothing while it is silent or not there."""
    alive = machine.first_seen >= days_ago >= max(machine.silent_since, machine.gone_after)
    if not alive:
        return []
    at = today - timedelta(days=days_ago)
    told = [_envelope(machine, "ansible", at, _ansible(machine, days_ago, today))]
    if machine.raid and machine.raid[1] == "md":
        told.append(_envelope(machine, "mdstat", at, {"storage": {"raids": [_array(machine)]}}))
    elif machine.kind == "virtual" and machine.environment == "production":
        told.append(_envelope(machine, "mdstat", at, {"storage": {"raids": []}}))
    elif machine.raid:
        told.append(_envelope(machine, "storcli", at, {"storage": {"raids": [_array(machine)]}}))
    if days_ago <= UPGRADE_TRIED and machine.name in ("robert", "david"):
        way = machine.upgradable is not False
        by_hand = {"os": {"upgradable": way, "installable": way}}
        told.append(_envelope(machine, "manual", at, by_hand))
    if machine.backups_known:
        told.append(
            _envelope(machine, "restic", at, {"backups": _backups(machine, days_ago, today)})
        )
    return [Told(days_ago, envelope) for envelope in told]


def _envelope(
    machine: Machine, source: str, at: datetime, sections: dict[str, Any]
) -> dict[str, Any]:
    return {
        "host": machine.name,
        "source": source,
        "observed_at": at.isoformat(),
        "sections": sections,
    }


def _ansible(machine: Machine, days_ago: float, today: datetime) -> dict[str, Any]:
    family = {"Gentoo": "Gentoo"}.get(machine.os[0], "Debian")
    name, version, codename = machine.os
    os = {
        "family": family,
        "name": name,
        "version": version,
        "major": version.split(".")[0],
        "kernel": _kernel(machine),
        "arch": "x86_64",
    }
    if name == "Gentoo":
        os["rolling"] = True  # type: ignore[assignment]
    if codename:
        os["codename"] = codename
    sections: dict[str, Any] = {"os": os, "packages": _packages(machine, days_ago, today)}
    if machine.kind == "chroot":
        sections["runtime"] = {"is_chroot": True}
        return sections
    sections["hardware"] = _hardware(machine)
    sections["storage"] = {
        "mounts": [_mount(machine, *mount) for mount in machine.mounts],
        "swap_mb": 4096,
    }
    sections["network"] = _network(machine)
    if machine.booted >= days_ago:
        booted = today - timedelta(days=machine.booted)
        sections["runtime"] = {"booted_at": booted.isoformat()}
    return sections


def _kernel(machine: Machine) -> str:
    return {"13": "6.12.57+deb13-amd64", "12": "6.1.0-41-amd64", "10": "4.19.0-27-amd64"}.get(
        machine.os[1].split(".")[0],
        "5.15.0-160-generic" if machine.os[0] == "Ubuntu" else "4.14.65-gentoo",
    )


def _packages(machine: Machine, days_ago: float, today: datetime) -> dict[str, Any]:
    """The last upgrade as that day knew it: a machine kept up was upgraded every so often."""
    last = float(machine.upgraded)
    if machine.upgrade_every != GONE:
        while last < days_ago:
            last += machine.upgrade_every
    if last < days_ago:  # it happened later than this report
        last = days_ago + 20
    when = today - timedelta(days=last)
    return {
        "manager": "portage" if machine.os[0] == "Gentoo" else "apt",
        "last_upgrade": when.isoformat(),
        "unattended": machine.upgrade_every != GONE,
        "reboot_required": False,
    }


def _hardware(machine: Machine) -> dict[str, Any]:
    vendor, model = machine.model
    hardware: dict[str, Any] = {"vendor": vendor, "model": model, "memory_mb": 65536, "cpus": 16}
    if machine.kind == "physical":
        number = sum(ord(letter) * (index + 3) for index, letter in enumerate(machine.name))
        return hardware | {"virtual": False, "serial": f"EX{number:05d}", "power_supplies": 2}
    return hardware | {
        "virtual": True,
        "virtual_type": "kvm",
        "virtual_role": "guest",
        "memory_mb": 8192,
        "cpus": 4,
    }


def _array(machine: Machine) -> dict[str, Any]:
    assert machine.raid is not None
    level, controller, drives = machine.raid
    md = controller == "md"
    array: dict[str, Any] = {
        "name": "md0" if md else "data",
        "kind": "md" if md else "hardware",
        "level": level,
        "state": "optimal",
        "devices": [{"name": f"sd{chr(97 + n)}", "state": "active"} for n in range(drives)],
    }
    if not md:
        array["controller"] = controller
    return array


def _mount(machine: Machine, path: str, size_gib: int, used_pct: int) -> dict[str, Any]:
    device = "/dev/vda1" if machine.kind == "virtual" else "/dev/md0" if path != "/" else "/dev/md1"
    return {
        "path": path,
        "device": device,
        "fstype": "ext4",
        "size_mb": size_gib * 1024,
        "used_pct": used_pct,
        "inodes_used_pct": max(3, used_pct // 4),
    }


def _network(machine: Machine) -> dict[str, Any]:
    names = [m.name for m in FLEET]
    number = names.index(machine.name) + 20 if machine.name in names else 11
    return {
        "fqdn": f"{machine.name}.{DOMAIN}",
        "interfaces": [
            {"name": "eth0", "ipv4": [f"10.0.3.{number}"], "up": True, "speed_mbps": 1000}
        ],
        "resolvers": ["10.0.3.45", "10.0.3.46"],
        "gateway": "10.0.3.1",
    }


def _backups(machine: Machine, days_ago: float, today: datetime) -> list[dict[str, Any]]:
    started = DAVID_BACKED_UP if machine is DAVID_AFTER else GONE
    if machine.backup_to is None or days_ago > started:
        return []
    last = max(days_ago, float(machine.backup_age)) + 0.3
    return [
        {
            "tool": "restic",
            "job": "nightly",
            "target": f"sftp:{machine.backup_to}:/srv/backup/{machine.name}"
            if machine.backup_to != machine.name
            else "/srv/files/.backup",
            "target_host": machine.backup_to,
            "site": SITE,
            "enabled": True,
            "offsite": False,
            "last_success": (today - timedelta(days=last)).isoformat(),
            "size_mb": 84_000,
            "retention_days": 90,
        }
    ]
