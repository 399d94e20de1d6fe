"""Operating system, machine, clock, what runs and what is installed, as Ansible sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...document.parse import iso
from ..report import Kind
from ..values import (
    american_day,
    earlier,
    known,
    mapping,
    moment,
    number,
    text,
    texts,
    whole,
)

Facts = dict[str, Any]

_CPU_VENDORS = {
    "GenuineIntel", "AuthenticAMD", "CentaurHauls", "HygonGenuine", "ARM", "IBM/S390", "POWER",
}  # fmt: skip


def os_of(facts: Facts, kind: Kind | None) -> dict[str, Any]:
    """The `os` section. A chroot runs on its parent's kernel, which is not its own fact."""
    name = text(facts.get("distribution"))
    lsb = mapping(facts.get("lsb"))
    version = _version(facts, name)
    codename = text(facts.get("distribution_release")) or text(lsb.get("codename"))
    pretty = text(lsb.get("description"))
    stream = any("stream" in (said or "").lower() for said in (name, codename, pretty))
    if not name:
        return {}
    return known(
        {
            "family": text(facts.get("os_family")),
            "name": name,
            "version": version,
            "major": _major(facts, version),
            "codename": codename,
            "edition": "Stream" if stream else None,
            "pretty_name": pretty,
            "kernel": text(facts.get("kernel")) if kind != "chroot" else None,
            "arch": text(facts.get("architecture")),
        }
    )


def hardware_of(facts: Facts, kind: Kind | None) -> dict[str, Any]:
    """The `hardware` section. Firmware dates are told for physical machines only."""
    physical = kind == "physical"
    role = text(facts.get("virtualization_role"))
    return known(
        {
            "vendor": text(facts.get("system_vendor")),
            "model": text(facts.get("product_name")),
            "serial": text(facts.get("product_serial")),
            "form_factor": text(facts.get("form_factor")) if physical else None,
            "bios_version": text(facts.get("bios_version")) if physical else None,
            "bios_date": american_day(facts.get("bios_date")) if physical else None,
            "virtual": None if kind is None else not physical,
            "virtual_type": text(facts.get("virtualization_type")),
            "virtual_role": role if role in ("guest", "host") else None,
            "cpu_model": _cpu_model(facts.get("processor")),
            "cpus": _positive(facts.get("processor_vcpus"), facts.get("processor_nproc")),
            "memory_mb": _positive(facts.get("memtotal_mb")),
        }
    )


def runtime_of(facts: Facts, kind: Kind | None, observed_at: datetime | None) -> dict[str, Any]:
    """The `runtime` section. Containers and chroots show the uptime and load of their parent."""
    own = kind not in ("container", "chroot")
    chroot = facts.get("is_chroot")
    booted = moment(facts.get("lastboot"))
    if booted is None and observed_at:
        booted = earlier(observed_at, facts.get("uptime_seconds"))
    return known(
        {
            "booted_at": iso(booted) if booted and own else None,
            "load": number(mapping(facts.get("loadavg")).get("15m")) if own else None,
            "service_manager": text(facts.get("service_mgr")) if kind != "chroot" else None,
            "is_chroot": chroot if isinstance(chroot, bool) else None,
            "failed_units": _failed_units(facts.get("services")),
        }
    )


def clock_of(facts: Facts) -> dict[str, Any]:
    """The `clock` section."""
    return known({"timezone": text(mapping(facts.get("date_time")).get("tz"))})


def packages_of(facts: Facts) -> dict[str, Any]:
    """The `packages` section: only the manager, all that `setup` knows."""
    manager = text(facts.get("pkg_mgr"))
    return {"manager": manager} if manager else {}


def software_of(facts: Facts) -> list[dict[str, Any]]:
    """The `software` section, from `package_facts`."""
    found = []
    for name, entries in mapping(facts.get("packages")).items():
        for entry in entries if isinstance(entries, list) else [entries]:
            item = mapping(entry)
            version, release = text(item.get("version")), text(item.get("release"))
            one = {
                "name": text(item.get("name")) or text(name),
                "version": f"{version}-{release}" if version and release else version,
                "arch": text(item.get("arch")),
                "source": text(item.get("source")),
            }
            if one["name"] and one["version"]:
                found.append(known(one))
    return found


def _version(facts: Facts, name: str | None) -> str | None:
    """The version; OpenBSD says "release" there and has it in the kernel's."""
    version = text(facts.get("distribution_version"))
    if name == "OpenBSD" and (version is None or not version[0].isdigit()):
        return text(facts.get("kernel"))
    return version


def _major(facts: Facts, version: str | None) -> str | None:
    if version and version[0].isdigit():
        return version.split(".")[0].split("-")[0]
    return text(facts.get("distribution_major_version"))


def _cpu_model(processor: Any) -> str | None:
    """The list runs "0", vendor, model, "1", vendor, model …; some systems give only models."""
    names = [
        name for name in texts(processor or []) if not name.isdigit() and name not in _CPU_VENDORS
    ]
    return max(names, key=len, default=None)


def _positive(*values: Any) -> int | None:
    counts = (whole(value) for value in values)
    return next((count for count in counts if count and count > 0), None)


def _failed_units(services: Any) -> list[str] | None:
    """From `service_facts`; None where it was not gathered or systemd was not asked."""
    units = {name: mapping(unit) for name, unit in mapping(services).items()}
    if not any(text(unit.get("source")) == "systemd" for unit in units.values()):
        return None
    return sorted(
        name
        for name, unit in units.items()
        if "failed" in (text(unit.get("state")), text(unit.get("status")))
    )
