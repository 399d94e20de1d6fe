"""One line per section of a host's facts: what somebody in a hurry wants to know of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from incidents.facts.ages import days_since, days_until
from incidents.hosts.systems import system_of
from kb.web.words import count, value

Line = Callable[[Any, datetime], str]


def summary(section: str, said: Any, now: datetime) -> str:
    """``1 array (raid5, optimal), 4 disks, fullest /srv 71 %``; ``none`` for an empty list."""
    line = _LINES.get(section)
    if said in ([], {}):
        return "none"
    return (line(said, now) if line else "") or value(said, most=3)


def _joined(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def _os(os: Mapping[str, Any], now: datetime) -> str:
    system = system_of(os, now)
    kernel = os.get("kernel")
    return _joined(system.words if system else None, f"kernel {kernel}" if kernel else None)


def _hardware(box: Mapping[str, Any], now: datetime) -> str:
    made = " ".join(str(box[name]) for name in ("vendor", "model") if box.get(name))
    if box.get("virtual") and box.get("virtual_type"):
        made = f"{box['virtual_type']} guest"
    memory = box.get("memory_mb")
    return _joined(
        made,
        count(box["cpus"], "processor") if box.get("cpus") else None,
        f"{memory / 1024:.0f} GiB" if memory and memory >= 1024 else None,
        f"{memory} MiB" if memory and memory < 1024 else None,
    )


def _storage(store: Mapping[str, Any], now: datetime) -> str:
    return _joined(
        _arrays(store["raids"]) if "raids" in store else None,
        count(len(store["disks"]), "disk") if store.get("disks") else None,
        _fullest(store.get("mounts") or ()),
    )


def _arrays(arrays: Sequence[Mapping[str, Any]]) -> str:
    if not arrays:
        return "no array"
    known = [
        ", ".join(str(array[name]) for name in ("level", "state") if array.get(name))
        for array in arrays
    ]
    said = "; ".join(dict.fromkeys(words for words in known if words))
    return count(len(arrays), "array") + (f" ({said})" if said else "")


def _fullest(mounts: Sequence[Mapping[str, Any]]) -> str:
    full = [mount for mount in mounts if mount.get("used_pct") is not None]
    if not full:
        return count(len(mounts), "mount") if mounts else ""
    most = max(full, key=lambda mount: float(mount["used_pct"]))
    return (
        f"{count(len(mounts), 'mount')}, fullest {most.get('path', '?')} {most['used_pct']:.0f} %"
    )


def _backups(jobs: Sequence[Mapping[str, Any]], now: datetime) -> str:
    tools = ", ".join(dict.fromkeys(str(job["tool"]) for job in jobs if job.get("tool")))
    last = _latest(jobs, "last_success", now)
    restored = _latest(jobs, "last_restore_test", now)
    return _joined(
        count(len(jobs), "job") + (f" ({tools})" if tools else ""),
        f"last good {last}" if last else "no good run on record",
        f"restored {restored}" if restored else "no restore on record",
    )


def _latest(jobs: Sequence[Mapping[str, Any]], name: str, now: datetime) -> str:
    ages = [days_since(str(job[name]), now) for job in jobs if job.get(name)]
    known = [age for age in ages if age is not None]
    return _days_ago(min(known)) if known else ""


def _days_ago(days: int) -> str:
    return "today" if days == 0 else f"{count(days, 'day')} ago"


def _packages(state: Mapping[str, Any], now: datetime) -> str:
    upgraded = days_since(str(state.get("last_upgrade", "")), now)
    waiting, urgent = state.get("pending"), state.get("pending_security")
    return _joined(
        state.get("manager"),
        f"{waiting} waiting" if waiting is not None else None,
        f"{urgent} of them for security" if urgent else None,
        f"last upgrade {_days_ago(upgraded)}" if upgraded is not None else None,
        "restart needed" if state.get("reboot_required") else None,
    )


def _software(pieces: Sequence[Mapping[str, Any]], now: datetime) -> str:
    if len(pieces) > 4:
        return count(len(pieces), "package")
    return ", ".join(f"{p.get('name', '?')} {p.get('version', '')}".strip() for p in pieces)


def _network(net: Mapping[str, Any], now: datetime) -> str:
    cards = [card for card in net.get("interfaces") or () if card.get("name") != "lo"]
    addresses = [address for card in cards for address in card.get("ipv4") or ()]
    return _joined(
        net.get("fqdn"),
        ", ".join(map(str, addresses[:2])) or None,
        count(len(cards), "interface") if cards else None,
    )


def _certificates(papers: Sequence[Mapping[str, Any]], now: datetime) -> str:
    left = [days_until(str(paper["not_after"]), now) for paper in papers if paper.get("not_after")]
    known = [days for days in left if days is not None]
    if not known:
        return count(len(papers), "certificate")
    first = min(known)
    when = f"ends in {count(first, 'day')}" if first >= 0 else f"ended {_days_ago(-first)}"
    return f"{len(papers)}, the first {when}" if len(papers) > 1 else f"1, {when}"


def _clock(clock: Mapping[str, Any], now: datetime) -> str:
    synced = clock.get("synced")
    return _joined(
        None if synced is None else ("in time" if synced else "not synchronised"),
        ", ".join(map(str, (clock.get("sources") or [])[:2])) or None,
        clock.get("timezone"),
    )


def _runtime(running: Mapping[str, Any], now: datetime) -> str:
    up = days_since(str(running.get("booted_at", "")), now)
    failed = running.get("failed_units")
    return _joined(
        f"up {count(up, 'day')}" if up is not None else None,
        f"load {running['load']:.2f}" if running.get("load") is not None else None,
        f"{count(len(failed), 'failed unit')}" if failed else None,
        "inside a chroot" if running.get("is_chroot") else None,
    )


def _management(by: Mapping[str, Any], now: datetime) -> str:
    ran = days_since(str(by.get("last_run", "")), now)
    return _joined(
        by.get("tool"),
        f"ran {_days_ago(ran)}" if ran is not None else None,
        "the last run failed" if by.get("last_run_ok") is False else None,
        "drifted" if by.get("drift") else None,
    )


def _monitoring(watch: Mapping[str, Any], now: datetime) -> str:
    watched = watch.get("monitored")
    told = ", ".join(map(str, watch.get("alerts_to") or ()))
    return _joined(
        None if watched is None else ("watched" if watched else "not watched"),
        f"tells {told}" if told else None,
    )


_LINES: dict[str, Line] = {
    "os": _os,
    "hardware": _hardware,
    "storage": _storage,
    "backups": _backups,
    "packages": _packages,
    "software": _software,
    "network": _network,
    "certificates": _certificates,
    "clock": _clock,
    "runtime": _runtime,
    "management": _management,
    "monitoring": _monitoring,
}
