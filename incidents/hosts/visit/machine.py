"""One machine on a visit sheet: what stands there, what is in it, what hangs on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incidents.facts.ages import days_since
from incidents.hosts.models import Host, HostKind, Upkeep, UpkeepKind
from incidents.hosts.systems import system_of
from kb.web.words import count

UNKNOWN = "unknown"
DISKS = 12
ADDRESSES = 4


@dataclass(frozen=True, slots=True)
class Disk:
    name: str
    model: str
    serial: str
    says: str


@dataclass(frozen=True, slots=True)
class Array:
    """An array with its members; ``says`` is its level and state."""

    name: str
    says: str
    members: list[Disk]


@dataclass(frozen=True, slots=True)
class BackupLine:
    """One backup job: to where, when it last worked, when somebody last got data back from it."""

    job: str
    target: str
    worked: str
    restored: str


@dataclass(frozen=True, slots=True)
class Machine:
    """``pairs`` are (label, words); what nobody knows says so."""

    name: str
    kind: str
    pairs: list[tuple[str, str]]
    arrays: list[Array]
    disks: list[Disk]
    storage_known: bool
    depends: list[tuple[str, str]]
    backups: list[BackupLine]
    trust: str
    console: str
    parts: set[str] = field(default_factory=set)


def machine(host: Host, upkeep: Sequence[Upkeep], now: datetime) -> Machine:
    """From the host with its services, groups and guests at hand: asks nothing more."""
    storage = _section(host, "storage")
    arrays = [_array(one) for one in storage.get("raids") or ()]
    in_arrays = {disk.serial or disk.name for one in arrays for disk in one.members}
    disks = [_disk(one) for one in storage.get("disks") or ()]
    loose = [one for one in disks if (one.serial or one.name) not in in_arrays][:DISKS]
    jobs = host.facts.get("backups")
    return Machine(
        name=host.name,
        kind="" if host.kind == HostKind.UNKNOWN else host.get_kind_display().lower(),
        pairs=_pairs(host, now),
        arrays=arrays,
        disks=loose,
        storage_known="raids" in storage or "disks" in storage,
        depends=_depends(host),
        backups=[_backup(one, now) for one in jobs or ()],
        trust=_trust(host, jobs, upkeep, now),
        console=str(_section(host, "access").get("console") or ""),
        parts={one.model for one in [*disks, *(d for a in arrays for d in a.members)] if one.model},
    )


def _section(host: Host, name: str) -> Mapping[str, Any]:
    found = host.facts.get(name)
    return found if isinstance(found, Mapping) else {}


def _pairs(host: Host, now: datetime) -> list[tuple[str, str]]:
    box, system = _section(host, "hardware"), system_of(_section(host, "os"), now)
    model = " ".join(str(box[n]) for n in ("vendor", "model") if box.get(n))
    feeds, supplies = box.get("power_feeds"), box.get("power_supplies")
    power = ", ".join(map(str, feeds)) if feeds else count(supplies, "supply") if supplies else ""
    power = power.replace("supplys", "supplies")
    told = system.words + (f" ({system.end})" if system.end else "") if system else ""
    pairs = [
        ("Stands", _where(host)),
        ("Model", model),
        ("Serial", host.serial or str(box.get("serial") or "")),
        ("System", told),
        ("Addresses", ", ".join(_addresses(host))),
        ("Console", _console(host, now)),
        ("Power", power),
        ("Owner", _owner(host)),
    ]
    if host.parent is not None:
        pairs.insert(1, ("Runs inside", host.parent.name))
    return [(label, words or UNKNOWN) for label, words in pairs]


def _where(host: Host) -> str:
    site, rack = host.site.name if host.site else "", f"rack {host.rack}" if host.rack else ""
    return ", ".join(filter(None, (site, rack)))


def _owner(host: Host) -> str:
    if host.owner is None:
        return ""
    return f"{host.owner.name}{f', {host.owner.email}' if host.owner.email else ''}"


def _addresses(host: Host) -> list[str]:
    cards = _section(host, "network").get("interfaces") or ()
    cards = [card for card in cards if card.get("name") != "lo"]
    found = [str(one) for card in cards for one in card.get("ipv4") or ()]
    names = [host.fqdn] if host.fqdn and host.fqdn != host.name else []
    return [*names, *found[:ADDRESSES]]


def _console(host: Host, now: datetime) -> str:
    access = _section(host, "access")
    console = access.get("console")
    if not console:
        return ""
    if console == "none":
        return "none: bring screen and keyboard"
    tested = days_since(str(access.get("console_tested") or ""), now)
    if tested is None:
        return f"{console}, nobody said when it was last tested"
    return f"{console}, tested {_ago(tested)}"


def _array(raw: Mapping[str, Any]) -> Array:
    says = ", ".join(str(raw[n]) for n in ("level", "state", "controller") if raw.get(n))
    members = [_disk(one) for one in raw.get("devices") or ()]
    return Array(str(raw.get("name") or "array"), says or "level and state unknown", members)


def _disk(raw: Mapping[str, Any]) -> Disk:
    hours, firmware, size = raw.get("power_on_hours"), raw.get("firmware"), raw.get("size_gb")
    says = [
        str(raw.get("state") or ""),
        f"{size:g} GB" if isinstance(size, (int, float)) else "",
        f"firmware {firmware}" if firmware else "",
        f"{hours:,.0f} h" if isinstance(hours, (int, float)) else "",
        "SMART: failing" if raw.get("smart_ok") is False else "",
    ]
    name, model = str(raw.get("name") or ""), str(raw.get("model") or "")
    return Disk(name, model, str(raw.get("serial") or ""), ", ".join(filter(None, says)))


def _depends(host: Host) -> list[tuple[str, str]]:
    found = []
    for service in host.services.all():
        words = [service.get_criticality_display().lower() if service.criticality else ""]
        if service.needs_hosts:
            words.append(f"needs {count(service.needs_hosts, 'host')}")
        if service.rto_minutes:
            words.append(f"back within {service.rto_minutes} min")
        if service.runbook:
            words.append(f"runbook: {service.runbook}")
        found.append((service.name, ", ".join(filter(None, words))))
    for group in host.redundancy_groups.all():
        others = [one.name for one in group.members.all() if one.pk != host.pk]
        said = f"with {', '.join(others)}" if others else "it is the only member"
        found.append((group.name, f"redundancy group, {said}"))
    found += [(guest.name, "runs inside it") for guest in host.guests.all()]
    return found


# --- backups ----------------------------------------------------------------------------------


def _backup(raw: Mapping[str, Any], now: datetime) -> BackupLine:
    target = [str(raw[n]) for n in ("target_host", "target", "site") if raw.get(n)]
    target += ["off site"] if raw.get("offsite") else []
    return BackupLine(
        _job(raw),
        ", ".join(dict.fromkeys(target)) or "to where is unknown",
        _when(raw.get("last_success"), now, "never seen to work"),
        _when(raw.get("last_restore_test"), now, "no restore on record"),
    )


def _job(raw: Mapping[str, Any]) -> str:
    return " ".join(str(raw[n]) for n in ("tool", "job") if raw.get(n)) or "a job without a name"


def _trust(host: Host, jobs: Any, upkeep: Sequence[Upkeep], now: datetime) -> str:
    """Which backup to trust, in a sentence; the one that data came back from goes first."""
    tests = [one for one in upkeep if one.kind == UpkeepKind.RESTORE_TEST]
    record = _restore_in_words(tests, now)
    if jobs is None:
        return f"Unknown: nobody told of any backup. {record}".strip()
    if not jobs:
        return f"None: a tool looked and found no backup. {record}".strip()
    tried = [one for one in jobs if one.get("last_restore_test")]
    newest = max(tried, key=lambda one: str(one["last_restore_test"]), default=None)
    if newest is not None:
        ago = _when(newest["last_restore_test"], now, "")
        return f"{_job(newest)}: data came back from it {ago}. {record}".strip()
    working = [one for one in jobs if one.get("last_success")]
    latest = max(working, key=lambda one: str(one["last_success"]), default=None)
    if latest is None:
        return f"Unknown: no job was ever seen to work. {record}".strip()
    worked = _when(latest["last_success"], now, "")
    said = f"{_job(latest)} worked last, {worked}"
    return f"{said}. {record}" if record else f"{said}, but nobody ever got data back from it."


def _restore_in_words(tests: Sequence[Upkeep], now: datetime) -> str:
    if not tests:
        return ""
    last = max(tests, key=lambda one: one.happened_at)
    days = (now - last.happened_at).days
    how = {"ok": "worked", "failed": "failed", "partial": "worked in part"}[last.result]
    which = f" of {last.detail}" if last.detail else ""
    return f"The last restore test on record{which} {how}, {_ago(days)}."


def _when(text: Any, now: datetime, none: str) -> str:
    days = days_since(str(text or ""), now)
    return _ago(days) if days is not None else none


def _ago(days: int) -> str:
    return "today" if days <= 0 else f"{count(days, 'day')} ago"
