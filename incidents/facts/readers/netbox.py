"""NetBox: devices and virtual machines from its REST API, and the sites they stand at.

A page (`{"count": …, "results": […]}`), a list, or a single object. Shapes of every version: the
role was `device_role` until 3.6, statuses were numbers until 2.7, `vcpus` may be a fraction.
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import FactsError, step
from .report import HOST_NAME, Identity, Reading, Register
from .values import known, mapping, number, text, texts, whole

NAME = "netbox"

_STATUS = {
    "0": "offline", "1": "active", "2": "planned", "3": "staged", "4": "failed",
    "5": "inventory", "6": "decommissioning", "true": "active", "false": "offline",
}  # fmt: skip
_PLATFORM = re.compile(r"(.+?)[ _-]+v?(\d[\w.]*)(?: .*)?")
_DEVICE, _MACHINE, _SITE = "device", "virtual machine", "site"


def recognises(raw: Any) -> bool:
    """A page, list or object of devices, virtual machines or sites."""
    found = _objects(raw)
    return bool(found) and all(kind_of(one) is not None for one in found[:20])


def kind_of(raw: Any) -> str | None:
    """What an object is: a device, a virtual machine, a site, or nothing we know."""
    if not isinstance(raw, dict) or not {"id", "name"} <= raw.keys():
        return None
    if isinstance(raw.get("device_type"), dict):
        return _DEVICE
    if "vcpus" in raw and "memory" in raw:
        return _MACHINE
    return _SITE if "slug" in raw and "physical_address" in raw else None


def read(raw: Any) -> list[Reading]:
    """One reading for each device and virtual machine; those without a usable name are told."""
    if not recognises(raw):
        raise FactsError(
            "This is no answer of NetBox about devices, virtual machines or sites; take it from "
            "/api/dcim/devices/ or /api/virtualization/virtual-machines/."
        )
    found: list[Reading] = []
    faults: list[tuple[str, str]] = []
    for place, one in enumerate(_objects(raw)):
        if kind_of(one) == _SITE:
            continue
        try:
            found.append(read_one(one))
        except FactsError as error:
            faults += [(_pointer(raw, place) + pointer, why) for pointer, why in error.errors]
    if not found:
        raise FactsError(
            faults
            or "These are sites, which have no facts of their own. They come along with "
            "`manage.py pull_netbox`, and by name with each device."
        )
    skipped = [f"{pointer}: {why}" if pointer else why for pointer, why in faults]
    return [
        Reading(
            one.sections, one.host, one.source, one.observed_at, one.identity,
            [*one.notes, *(skipped if place == 0 else ())], register=one.register,
        )
        for place, one in enumerate(found)
    ]  # fmt: skip


def read_one(raw: dict[str, Any]) -> Reading:
    """What NetBox says of one device or virtual machine."""
    name = text(raw.get("name"))
    kind = kind_of(raw)
    if kind not in (_DEVICE, _MACHINE):
        raise FactsError("This is neither a device nor a virtual machine.")
    if name is None:
        raise FactsError(f"The {kind} has no name; give it one in NetBox.", "/name")
    if not HOST_NAME.fullmatch(name):
        raise FactsError(
            f"{name[:80]!r} can't be a host name here: letters, digits, '.', '-' and '_' are.",
            "/name",
        )
    physical = kind == _DEVICE
    serial = text(raw.get("serial")) if physical else None
    sections = {
        "os": _system(raw),
        "hardware": _hardware(raw, serial, physical),
        "network": known({"fqdn": text(_address(raw, "primary_ip").get("dns_name"))}),
        "access": known({"console_address": _bare(raw, "oob_ip")}),
        "custom": {"netbox": _other(raw)},
    }
    return Reading(
        {section: value for section, value in sections.items() if value},
        host=name,
        identity=Identity(
            name=name,
            serial=serial,
            fqdn=sections["network"].get("fqdn"),
            kind="physical" if physical else "virtual",
            addresses=tuple(
                one for field in ("primary_ip4", "primary_ip6") if (one := _bare(raw, field))
            ),
        ),
        register=_register(raw, physical),
    )


def place_of(raw: dict[str, Any]) -> dict[str, str]:
    """Of a site what the register keeps: slug, name and address."""
    address = "\n".join((text(raw.get("physical_address")) or "").splitlines())
    name, slug = text(raw.get("name")), text(raw.get("slug"))
    if not name or not slug:
        raise FactsError("The site has no name or no slug.", "/slug")
    return known({"slug": slug, "name": name, "address": address or None})


def host_from_file(raw: Any, file_name: str) -> str | None:
    """NetBox names its hosts itself."""
    return None


def _objects(raw: Any) -> list[Any]:
    if isinstance(raw, dict) and isinstance(raw.get("results"), list):
        return list(raw["results"])
    if isinstance(raw, list):
        return raw
    return [raw] if isinstance(raw, dict) else []


def _pointer(raw: Any, place: int) -> str:
    if isinstance(raw, list):
        return step("", place)
    return step("/results", place) if "results" in raw else ""


def _system(raw: dict[str, Any]) -> dict[str, Any]:
    """The platform is a name people gave, such as `Debian 12`; its version may be missing."""
    said = text(mapping(raw.get("platform")).get("name"))
    if said is None:
        return {}
    found = _PLATFORM.fullmatch(said)
    version = found[2] if found else None
    return known(
        {
            "name": found[1].strip() if found else said,
            "version": version,
            "major": version.split(".")[0] if version and version[0].isdigit() else None,
        }
    )


def _hardware(raw: dict[str, Any], serial: str | None, physical: bool) -> dict[str, Any]:
    type_ = mapping(raw.get("device_type"))
    if physical:
        feeds = whole(raw.get("power_port_count"))
        return known(
            {
                "vendor": text(mapping(type_.get("manufacturer")).get("name")),
                "model": text(type_.get("model")),
                "serial": serial,
                "virtual": False,
                "power_supplies": feeds if feeds else None,
            }
        )
    cpus, memory = number(raw.get("vcpus")), whole(raw.get("memory"))
    return known(
        {
            "virtual": True,
            "virtual_role": "guest",
            "cpus": int(cpus) if cpus and cpus >= 1 else None,
            "memory_mb": memory,
        }
    )


def _other(raw: dict[str, Any]) -> dict[str, Any]:
    """What has no place of its own in the document."""
    return known(
        {
            "id": whole(raw.get("id")),
            "status": _status(raw),
            "asset_tag": text(raw.get("asset_tag")),
            "tenant": text(mapping(raw.get("tenant")).get("name")),
            "cluster": text(mapping(raw.get("cluster")).get("name")),
            "primary_ip4": _bare(raw, "primary_ip4"),
            "primary_ip6": _bare(raw, "primary_ip6"),
        }
    )


def _status(raw: dict[str, Any]) -> str | None:
    status = raw.get("status")
    said = status.get("value") if isinstance(status, dict) else status
    plain = text(str(said).lower()) if isinstance(said, (str, int)) else None
    return _STATUS.get(plain, plain) if plain else None


def _address(raw: dict[str, Any], field: str) -> dict[str, Any]:
    return mapping(raw.get(field))


def _bare(raw: dict[str, Any], field: str) -> str | None:
    """An address without its prefix length."""
    said = text(_address(raw, field).get("address"))
    return said.split("/")[0] if said else None


def _register(raw: dict[str, Any], physical: bool) -> Register:
    site, rack = mapping(raw.get("site")), mapping(raw.get("rack"))
    role = mapping(raw.get("role")) or mapping(raw.get("device_role"))
    inside = mapping(raw.get("parent_device")) if physical else mapping(raw.get("device"))
    words = {
        "site": text(site.get("slug")) or text(site.get("name")),
        "site_name": text(site.get("name")),
        "role": text(role.get("slug")) or text(role.get("name")),
        "rack": text(rack.get("name")),
        "owner": text(mapping(raw.get("tenant")).get("slug")),
        "parent": None if physical else text(inside.get("name")),
    }
    raw_tags = raw.get("tags") if isinstance(raw.get("tags"), list) else []
    named = [mapping(tag).get("slug") or mapping(tag).get("name") or tag for tag in raw_tags or []]
    return Register(**known(words), tags=tuple(texts(named)))
