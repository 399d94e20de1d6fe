"""A host as its page shows it: sections in a line each, its nest, its system's end of life."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import reverse

from incidents.facts.eol import Catalogue, annotate_os
from incidents.facts.merge import ShelfLives, is_stale
from incidents.hosts.models import Host
from kb.web.plots import Nest

ORDER = (
    "os", "hardware", "storage", "backups", "packages", "software", "network", "certificates",
    "clock", "runtime", "management", "monitoring", "access", "custom",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """One section: what is known in a line, who said it, when last, and whether that is stale."""

    name: str
    line: str
    sources: list[str]
    seen: datetime
    stale: bool
    value: Any


@cache
def catalogue() -> Catalogue:
    """The end-of-life catalogue, read once in each process."""
    return Catalogue.load()


def sections(host: Host, now: datetime) -> list[Said]:
    """Every reported section in a fixed order."""
    lives = ShelfLives(default=settings.SHELF_LIFE_DAYS)
    found = []
    for name in sorted(host.facts, key=lambda s: ORDER.index(s) if s in ORDER else len(ORDER)):
        sources = host.observed.get(name, {}).get("sources", {})
        times = {source: datetime.fromisoformat(at) for source, at in sources.items()}
        if not times:
            continue
        stale = all(is_stale(name, source, at, now, lives) for source, at in times.items())
        line = summary(name, host.facts[name])
        newest = max(times.values())
        found.append(Said(name, line, sorted(times), newest, stale, host.facts[name]))
    return found


def system(host: Host, now: datetime) -> dict[str, Any]:
    """The ``os`` section with what the catalogue knows of it."""
    os = host.facts.get("os") or {}
    if not os:
        return {}
    return dict(annotate_os(os, catalogue(), now, settings.EXTENDED_SUPPORT_ENTITLED))


def system_name(os: dict[str, Any]) -> str:
    """``Debian 12.11``; empty where nobody said."""
    return " ".join(str(os[part]) for part in ("name", "version") if os.get(part))


def summary(section: str, value: Any) -> str:
    """What a section says, in one line."""
    if section in _LINES:
        return str(_LINES[section](value))
    if isinstance(value, list):
        return _count(len(value), "entry", "entries") if value else "looked, there is none"
    return ", ".join(f"{name.replace('_', ' ')} {_short(v)}" for name, v in list(value.items())[:4])


def _os(value: dict[str, Any]) -> str:
    said = [system_name(value), value.get("kernel", ""), value.get("arch", "")]
    return " · ".join(part for part in said if part)


def _hardware(value: dict[str, Any]) -> str:
    parts = [" ".join(filter(None, [value.get("vendor"), value.get("model")]))]
    if value.get("cpus"):
        parts.append(f"{value['cpus']} CPUs")
    if value.get("memory_mb"):
        parts.append(f"{round(value['memory_mb'] / 1024)} GiB")
    if value.get("serial"):
        parts.append(f"serial {value['serial']}")
    return " · ".join(part for part in parts if part)


def _storage(value: dict[str, Any]) -> str:
    parts = []
    if "raids" in value:
        raids = [f"{r.get('name', 'array')} {r.get('level', '')}".strip() for r in value["raids"]]
        parts.append(", ".join(raids) or "no array")
    if value.get("disks"):
        parts.append(_count(len(value["disks"]), "disk"))
    full = [m for m in value.get("mounts", []) if m.get("used_pct") is not None]
    if full:
        fullest = max(full, key=lambda m: m["used_pct"])
        parts.append(f"fullest {fullest.get('path')} {round(fullest['used_pct'])} %")
    return " · ".join(parts) or "nothing told in detail"


def _backups(value: list[dict[str, Any]]) -> str:
    if not value:
        return "looked, there is none"
    jobs = [f"{b.get('tool', 'backup')} {b.get('job', '')}".strip() for b in value]
    targets = sorted({b["target_host"] for b in value if b.get("target_host")})
    return ", ".join(jobs) + (f" to {', '.join(targets)}" if targets else "")


def _network(value: dict[str, Any]) -> str:
    addresses = [a for i in value.get("interfaces", []) for a in i.get("ipv4", [])]
    return " · ".join([*filter(None, [value.get("fqdn")]), *addresses[:3]]) or "no address told"


def _packages(value: dict[str, Any]) -> str:
    parts = [str(value.get("manager", ""))]
    if value.get("last_upgrade"):
        parts.append(f"last upgrade {value['last_upgrade'][:10]}")
    if value.get("pending_security") is not None:
        parts.append(f"{value['pending_security']} security updates waiting")
    if value.get("reboot_required"):
        parts.append("restart needed")
    return " · ".join(part for part in parts if part)


def _software(value: list[dict[str, Any]]) -> str:
    return _count(len(value), "package")


def _runtime(value: dict[str, Any]) -> str:
    parts = []
    if value.get("booted_at"):
        parts.append(f"running since {value['booted_at'][:10]}")
    if value.get("is_chroot"):
        parts.append("a chroot")
    if value.get("failed_units"):
        parts.append(f"failed: {', '.join(value['failed_units'][:3])}")
    return " · ".join(parts) or "running"


_LINES: dict[str, Any] = {
    "os": _os,
    "hardware": _hardware,
    "storage": _storage,
    "backups": _backups,
    "network": _network,
    "packages": _packages,
    "software": _software,
    "runtime": _runtime,
}


def nest(host: Host) -> Nest | None:
    """The nest this host is part of, from its outermost wall in; None when it is alone."""
    root, seen = host, {host.pk}
    while root.parent is not None and root.parent.pk not in seen:
        root = root.parent
        seen.add(root.pk)
    tree = _nest(root, host, set())
    return tree if tree.children else None


def _nest(host: Host, here: Host, seen: set[int]) -> Nest:
    seen.add(host.pk)
    guests = [guest for guest in host.guests.all() if guest.pk not in seen]
    os = host.facts.get("os") or {}
    detail = " · ".join(filter(None, [system_name(os), host.get_kind_display().lower()]))
    return Nest(
        name=host.name,
        detail=detail,
        url=reverse("hosts:detail", args=[host.name]),
        here=host.pk == here.pk,
        stopped="never-started" in host.tags,
        note="never started" if "never-started" in host.tags else "",
        children=tuple(_nest(guest, here, seen) for guest in guests),
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, dict)):
        return str(len(value))
    return str(value)[:60]
