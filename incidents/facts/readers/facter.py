"""facter 1.x to 5, and what PuppetDB exports of it.

Old facter gives flat names and text for everything (`operatingsystem`, `"true"`); since 3 there are
structures (`os.name`); 4 and 5 have only those.  PuppetDB gives a list of single facts with their
`certname`, or an inventory with all facts of each node.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from ..document.parse import iso
from ..errors import FactsError
from .machine import CONTAINERS, in_bytes, is_disk, is_real, used_pct
from .report import HOST_NAME, Identity, Kind, Reading
from .values import american_day, earlier, known, mapping, moment, number, text, whole, yes_no

NAME = "facter"
Facts = dict[str, Any]

_TELLING = {"facterversion", "operatingsystem", "osfamily", "kernelrelease", "system_uptime"}
_LOOPBACK = ("lo", "lo0")


def recognises(raw: Any) -> bool:
    """Facts with `facterversion`, PuppetDB's list of facts, or its inventory."""
    if isinstance(raw, list):
        return bool(raw) and all(_is_exported(one) for one in raw)
    return isinstance(raw, dict) and (
        len(_TELLING & raw.keys()) > 1 or _is_inventory(raw) or _is_wrapped(raw)
    )


def _is_exported(one: Any) -> bool:
    return isinstance(one, dict) and (
        {"certname", "name", "value"} <= one.keys() or _is_inventory(one)
    )


def _is_inventory(one: dict[str, Any]) -> bool:
    return "certname" in one and isinstance(one.get("facts"), dict)


def _is_wrapped(raw: dict[str, Any]) -> bool:
    """`puppet facts show --render-as json` and the agent's cache: `values` beside a name."""
    return isinstance(raw.get("values"), dict) and len(_TELLING & raw["values"].keys()) > 1


def read(raw: Any) -> list[Reading]:
    """One reading for each node."""
    if not recognises(raw):
        raise FactsError("These are no facts of facter: there is no 'facterversion' among them.")
    if isinstance(raw, dict) and _is_wrapped(raw):
        return [_reading(raw["values"], text(raw.get("name")), moment(raw.get("timestamp")))]
    if isinstance(raw, dict) and not _is_inventory(raw):
        return [_reading(raw, None, None)]
    nodes: dict[str, Facts] = {}
    times: dict[str, datetime | None] = {}
    for place, one in enumerate(raw if isinstance(raw, list) else [raw]):
        name = text(one.get("certname"))
        if name is None:
            raise FactsError("This fact does not say whose it is.", f"/{place}/certname")
        if _is_inventory(one):
            nodes[name], times[name] = one["facts"], moment(one.get("timestamp"))
        else:
            nodes.setdefault(name, {})[str(one["name"])] = one["value"]
    return [_reading(facts, name, times.get(name)) for name, facts in sorted(nodes.items())]


def host_from_file(raw: Any, file_name: str) -> str | None:
    """facter's own facts name no inventory; files of them are often called after the node."""
    return re.sub(r"\.(json|ya?ml)$", "", file_name)


def _reading(facts: Facts, name: str | None, observed_at: datetime | None) -> Reading:
    kind = _kind(facts)
    sections = {
        "os": _os(facts),
        "hardware": _hardware(facts, kind),
        "storage": _storage(facts, kind),
        "network": _network(facts),
        "clock": known({"timezone": text(facts.get("timezone"))}),
        "runtime": _runtime(facts, kind, observed_at),
    }
    sections = {section: value for section, value in sections.items() if value}
    if not sections:
        raise FactsError("There is nothing in these facts that we keep.")
    host = name if name and HOST_NAME.fullmatch(name) else None
    return Reading(
        sections, host=host, observed_at=observed_at, identity=_identity(facts, kind, host)
    )


def _kind(facts: Facts) -> Kind | None:
    virtual = (text(facts.get("virtual")) or "").lower()
    if virtual in CONTAINERS:
        return "container"
    if virtual == "physical":
        return "physical"
    is_virtual = yes_no(facts.get("is_virtual"))
    if is_virtual is None:
        return "virtual" if virtual else None
    return "virtual" if is_virtual else "physical"


def _identity(facts: Facts, kind: Kind | None, name: str | None) -> Identity:
    net = mapping(facts.get("networking"))
    fqdn = text(net.get("fqdn")) or text(facts.get("fqdn"))
    if fqdn and fqdn.split(".")[0] == "localhost":
        fqdn = None
    container = kind == "container"
    return Identity(
        name=name,
        hostname=text(net.get("hostname")) or text(facts.get("hostname")),
        fqdn=None if container else fqdn,
        serial=_dmi(facts, "serialnumber", "product", "serial_number")
        if kind == "physical"
        else None,
        kind=kind,
        addresses=tuple(address for one in _interfaces(facts) for address in one.get("ipv4", [])),
    )


def _os(facts: Facts) -> dict[str, Any]:
    os = mapping(facts.get("os"))
    release = mapping(os.get("release"))
    distro = mapping(os.get("distro"))
    name = text(os.get("name")) or text(facts.get("operatingsystem"))
    if name is None:
        return {}
    version = text(release.get("full")) or text(facts.get("operatingsystemrelease"))
    pretty = text(distro.get("description")) or text(facts.get("lsbdistdescription"))
    codename = text(distro.get("codename")) or text(facts.get("lsbdistcodename"))
    stream = any("stream" in (said or "").lower() for said in (name, pretty, codename))
    return known(
        {
            "family": text(os.get("family")) or text(facts.get("osfamily")),
            "name": name,
            "version": version,
            "major": _major(release, version),
            "codename": codename,
            "edition": "Stream" if stream else None,
            "pretty_name": pretty,
            "kernel": text(facts.get("kernelrelease")),
            "arch": text(os.get("hardware"))
            or text(facts.get("hardwaremodel"))
            or text(facts.get("architecture")),
        }
    )


def _major(release: dict[str, Any], version: str | None) -> str | None:
    said = text(release.get("major"))
    if said:
        return said
    return version.split(".")[0].split("-")[0] if version and version[0].isdigit() else None


def _dmi(facts: Facts, flat: str, *path: str) -> str | None:
    """A value of the firmware's tables, in the new structure or under its old flat name."""
    value: Any = facts.get("dmi")
    for part in path:
        value = mapping(value).get(part)
    found = text(value) or text(facts.get(flat))
    return None if found in ("0", "Not Specified") else found


def _hardware(facts: Facts, kind: Kind | None) -> dict[str, Any]:
    physical = kind == "physical"
    memory = mapping(mapping(facts.get("memory")).get("system")).get("total_bytes")
    total = (
        in_bytes(memory) or in_bytes(facts.get("memorysize")) or in_bytes(facts.get("memorytotal"))
    )
    processors = mapping(facts.get("processors"))
    models = processors.get("models")
    return known(
        {
            "vendor": _dmi(facts, "manufacturer", "manufacturer"),
            "model": _dmi(facts, "productname", "product", "name"),
            "serial": _dmi(facts, "serialnumber", "product", "serial_number"),
            "form_factor": _dmi(facts, "chassistype", "chassis", "type") if physical else None,
            "bios_version": _dmi(facts, "bios_version", "bios", "version") if physical else None,
            "bios_date": american_day(_dmi(facts, "bios_release_date", "bios", "release_date"))
            if physical
            else None,
            "virtual": None if kind is None else not physical,
            "virtual_type": None if physical else text(facts.get("virtual")),
            "virtual_role": "guest" if kind in ("virtual", "container") else None,
            "cpu_model": text(models[0])
            if isinstance(models, list) and models
            else text(facts.get("processor0")),
            "cpus": whole(processors.get("count")) or whole(facts.get("processorcount")),
            "memory_mb": round(total / 2**20) if total else None,
        }
    )


def _storage(facts: Facts, kind: Kind | None) -> dict[str, Any]:
    disks = [
        known(
            {
                "name": name,
                "vendor": text(mapping(one).get("vendor")),
                "model": text(mapping(one).get("model")),
                "serial": text(mapping(one).get("serial") or mapping(one).get("serial_number")),
                "size_gb": round(size / 1e9, 1),
                "rotational": {"hdd": True, "ssd": False}.get(str(mapping(one).get("type"))),
            }
        )
        for name, one in sorted(mapping(facts.get("disks")).items())
        if is_disk(name) and (size := number(mapping(one).get("size_bytes")))
    ]
    mounts = [
        found
        for path, one in sorted(mapping(facts.get("mountpoints")).items())
        if (found := _mount(path, mapping(one)))
    ]
    swap = mapping(mapping(facts.get("memory")).get("swap"))
    swap_bytes = in_bytes(swap.get("total_bytes")) if swap else in_bytes(facts.get("swapsize"))
    own = kind not in ("container", "chroot")
    return known(
        {
            "disks": disks if disks and own else None,
            "mounts": mounts or None,
            "swap_mb": round(swap_bytes / 2**20) if swap_bytes is not None and own else None,
        }
    )


def _mount(path: str, raw: dict[str, Any]) -> dict[str, Any]:
    size, fstype = number(raw.get("size_bytes")), text(raw.get("filesystem"))
    options = raw.get("options")
    if not is_real(path, fstype, size, options if isinstance(options, list) else []):
        return {}
    used, free = number(raw.get("used_bytes")), number(raw.get("available_bytes"))
    if used is not None and free is not None and used + free > 0:
        full = used_pct(used + free, used)
    else:
        full = used_pct(size, used)
    return known(
        {
            "path": path,
            "device": text(raw.get("device")),
            "fstype": fstype,
            "size_mb": round((size or 0) / 2**20, 1),
            "used_pct": full,
        }
    )


def _network(facts: Facts) -> dict[str, Any]:
    net = mapping(facts.get("networking"))
    fqdn = text(net.get("fqdn")) or text(facts.get("fqdn"))
    return known(
        {
            "fqdn": fqdn if fqdn and fqdn.split(".")[0] != "localhost" else None,
            "interfaces": _interfaces(facts) or None,
        }
    )


def _interfaces(facts: Facts) -> list[dict[str, Any]]:
    structured = mapping(mapping(facts.get("networking")).get("interfaces"))
    if structured:
        return [
            _interface(name, mapping(one))
            for name, one in sorted(structured.items())
            if name not in _LOOPBACK
        ]
    names = (text(facts.get("interfaces")) or "").split(",")
    return [_flat_interface(name, facts) for name in names if name and name not in _LOOPBACK]


def _interface(name: str, raw: dict[str, Any]) -> dict[str, Any]:
    return known(
        {
            "name": name,
            "mac": text(raw.get("mac")),
            "ipv4": _bound(raw, "bindings", "ip") or None,
            "ipv6": [a for a in _bound(raw, "bindings6", "ip6") if not a.startswith("fe80:")]
            or None,
            "speed_mbps": whole(raw.get("speed")),
            "mtu": whole(raw.get("mtu")),
        }
    )


def _bound(raw: dict[str, Any], several: str, one: str) -> list[str]:
    listed = raw.get(several)
    found = [
        address
        for binding in (listed if isinstance(listed, list) else [])
        if (address := text(mapping(binding).get("address")))
    ]
    single = text(raw.get(one))
    return found or ([single] if single else [])


def _flat_interface(name: str, facts: Facts) -> dict[str, Any]:
    key = re.sub(r"[^A-Za-z0-9]", "_", name)
    address, mtu = text(facts.get(f"ipaddress_{key}")), whole(facts.get(f"mtu_{key}"))
    return known(
        {
            "name": name,
            "mac": text(facts.get(f"macaddress_{key}")),
            "ipv4": [address] if address else None,
            "mtu": mtu,
        }
    )


def _runtime(facts: Facts, kind: Kind | None, observed_at: datetime | None) -> dict[str, Any]:
    """When it started is only known where the facts say when they were gathered."""
    own = kind not in ("container", "chroot")
    seconds = mapping(facts.get("system_uptime")).get("seconds", facts.get("uptime_seconds"))
    booted = earlier(observed_at, seconds) if observed_at else None
    return known(
        {
            "booted_at": iso(booted) if booted and own else None,
            "load": number(mapping(facts.get("load_averages")).get("15m")) if own else None,
        }
    )
