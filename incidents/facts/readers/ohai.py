"""ohai, as Chef gathers it: node attributes, bare or under `automatic`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from ..document.parse import iso
from ..errors import FactsError
from .machine import CONTAINERS, in_bytes, is_disk, is_real, looks_virtual, used_pct
from .report import HOST_NAME, Identity, Kind, Reading
from .values import american_day, earlier, known, mapping, number, text, texts, whole

NAME = "ohai"
Facts = dict[str, Any]


def recognises(raw: Any) -> bool:
    """Attributes with `ohai_time`, or a Chef node that holds them."""
    return isinstance(raw, dict) and (
        "ohai_time" in raw or "ohai_time" in mapping(raw.get("automatic"))
    )


def read(raw: Any) -> list[Reading]:
    """One reading."""
    if not recognises(raw):
        raise FactsError("These are no attributes of ohai: there is no 'ohai_time'.")
    facts = mapping(raw.get("automatic")) or raw
    name = text(raw.get("name")) if "automatic" in raw else None
    host = name if name and HOST_NAME.fullmatch(name) else None
    seconds = number(facts.get("ohai_time"))
    observed_at = datetime.fromtimestamp(seconds, UTC) if seconds and 4e8 < seconds < 2e11 else None
    kind = _kind(facts)
    sections: dict[str, Any] = {
        "os": _os(facts),
        "hardware": _hardware(facts, kind),
        "storage": _storage(facts, kind),
        "network": _network(facts),
        "software": _software(facts),
        "runtime": _runtime(facts, kind, observed_at),
        "clock": known({"timezone": text(mapping(facts.get("time")).get("timezone"))}),
    }
    sections = {section: value for section, value in sections.items() if value}
    if not sections:
        raise FactsError("There is nothing in these attributes that we keep.")
    fqdn = text(facts.get("fqdn"))
    identity = Identity(
        name=host,
        hostname=text(facts.get("hostname")),
        fqdn=None if kind == "container" else fqdn,
        serial=_dmi(facts, "system", "serial_number") if kind == "physical" else None,
        machine_id=text(facts.get("machine_id")) if kind != "container" else None,
        kind=kind,
    )
    return [Reading(sections, host=host, observed_at=observed_at, identity=identity)]


def host_from_file(raw: Any, file_name: str) -> str | None:
    """`knife node show -F json` and ohai's files are called after the node."""
    return file_name.removesuffix(".json")


def _kind(facts: Facts) -> Kind | None:
    """ohai finds not every hypervisor; the firmware's tables often name what it missed."""
    virtualization = mapping(facts.get("virtualization"))
    system = (text(virtualization.get("system")) or "").lower()
    role = text(virtualization.get("role"))
    vendor, model = _dmi(facts, "system", "manufacturer"), _dmi(facts, "system", "product_name")
    if role == "guest":
        return "container" if system in CONTAINERS else "virtual"
    if role == "host":
        return "physical"
    if looks_virtual(vendor, model):
        return "virtual"
    return "physical" if model and not system else None


def _dmi(facts: Facts, part: str, name: str) -> str | None:
    found = text(mapping(mapping(facts.get("dmi")).get(part)).get(name))
    return None if found == "0" else found


def _os(facts: Facts) -> dict[str, Any]:
    name, version = text(facts.get("platform")), text(facts.get("platform_version"))
    lsb, kernel = mapping(facts.get("lsb")), mapping(facts.get("kernel"))
    if name is None:
        return {}
    pretty = text(lsb.get("description"))
    return known(
        {
            "family": text(facts.get("platform_family")),
            "name": name,
            "version": version,
            "major": re.split(r"[.-]", version)[0] if version and version[0].isdigit() else None,
            "codename": text(lsb.get("codename")),
            "edition": "Stream" if "stream" in f"{name} {pretty}".lower() else None,
            "pretty_name": pretty,
            "kernel": text(kernel.get("release")),
            "arch": text(kernel.get("machine")),
        }
    )


def _hardware(facts: Facts, kind: Kind | None) -> dict[str, Any]:
    virtualization = mapping(facts.get("virtualization"))
    memory = in_bytes(str(mapping(facts.get("memory")).get("total", "")).replace("kB", " kB"))
    cpu = mapping(facts.get("cpu"))
    role = text(virtualization.get("role"))
    physical = kind == "physical"
    return known(
        {
            "vendor": _dmi(facts, "system", "manufacturer"),
            "model": _dmi(facts, "system", "product_name"),
            "serial": _dmi(facts, "system", "serial_number"),
            "bios_version": _dmi(facts, "bios", "version") if physical else None,
            "bios_date": american_day(_dmi(facts, "bios", "release_date")) if physical else None,
            "virtual": None if kind is None else not physical,
            "virtual_type": text(virtualization.get("system")),
            "virtual_role": role if role in ("guest", "host") else None,
            "cpu_model": text(mapping(cpu.get("0")).get("model_name")),
            "cpus": whole(cpu.get("total")),
            "memory_mb": round(memory / 2**20) if memory else None,
        }
    )


def _storage(facts: Facts, kind: Kind | None) -> dict[str, Any]:
    disks = []
    for name, raw in sorted(mapping(facts.get("block_device")).items()):
        one = mapping(raw)
        sectors = number(one.get("size"))
        if is_disk(name) and sectors:
            disks.append(
                known(
                    {
                        "name": name,
                        "vendor": text(one.get("vendor")),
                        "model": text(one.get("model")),
                        "firmware": text(one.get("rev")) or text(one.get("firmware_rev")),
                        "size_gb": round(sectors * 512 / 1e9, 1),
                        "rotational": {"1": True, "0": False}.get(str(one.get("rotational"))),
                    }
                )
            )
    swap = in_bytes(
        str(mapping(mapping(facts.get("memory")).get("swap")).get("total", "")).replace("kB", " kB")
    )
    own = kind not in ("container", "chroot")
    return known(
        {
            "disks": disks if disks and own else None,
            "mounts": _mounts(facts) or None,
            "swap_mb": round(swap / 2**20) if swap is not None and own else None,
        }
    )


def _mounts(facts: Facts) -> list[dict[str, Any]]:
    filesystem = mapping(facts.get("filesystem"))
    pairs = mapping(filesystem.get("by_pair")) or filesystem
    found = []
    for raw in pairs.values():
        one = mapping(raw)
        path, fstype = text(one.get("mount")), text(one.get("fs_type"))
        size, used, free = (number(one.get(f"kb_{what}")) for what in ("size", "used", "available"))
        if not is_real(path, fstype, size, texts(one.get("mount_options") or [])):
            continue
        both = used + free if used is not None and free is not None else None
        inodes = str(one.get("inodes_percent_used", "")).rstrip("%")
        found.append(
            known(
                {
                    "path": path,
                    "device": text(one.get("device")),
                    "fstype": fstype,
                    "size_mb": round((size or 0) / 1024, 1),
                    "used_pct": used_pct(both, used),
                    "inodes_used_pct": number(inodes),
                }
            )
        )
    return sorted(found, key=lambda mount: str(mount["path"]))


def _network(facts: Facts) -> dict[str, Any]:
    network = mapping(facts.get("network"))
    interfaces = []
    for name, raw in sorted(mapping(network.get("interfaces")).items()):
        one = mapping(raw)
        if name in ("lo", "lo0") or "LOOPBACK" in texts(one.get("flags") or []):
            continue
        addresses = mapping(one.get("addresses"))
        by_family: dict[str, list[str]] = {}
        for address, about in addresses.items():
            by_family.setdefault(str(mapping(about).get("family")), []).append(address)
        interfaces.append(
            known(
                {
                    "name": name,
                    "mac": next(iter(by_family.get("lladdr", [])), None),
                    "ipv4": by_family.get("inet"),
                    "ipv6": [
                        a for a in by_family.get("inet6", []) if not a.lower().startswith("fe80:")
                    ]
                    or None,
                    "mtu": whole(one.get("mtu")),
                    "up": {"up": True, "down": False}.get(str(one.get("state"))),
                }
            )
        )
    gateway = text(network.get("default_gateway"))
    return known(
        {
            "fqdn": text(facts.get("fqdn")),
            "interfaces": interfaces or None,
            "gateway": gateway,
        }
    )


def _software(facts: Facts) -> list[dict[str, Any]]:
    return [
        known(
            {
                "name": name,
                "version": version,
                "arch": text(mapping(one).get("arch")),
                "source": "packages",
            }
        )
        for name, one in sorted(mapping(facts.get("packages")).items())
        if (version := text(mapping(one).get("version")))
    ]


def _runtime(facts: Facts, kind: Kind | None, observed_at: datetime | None) -> dict[str, Any]:
    if kind in ("container", "chroot") or observed_at is None:
        return {}
    booted = earlier(observed_at, facts.get("uptime_seconds"))
    return {"booted_at": iso(booted)} if booted else {}
