"""osquery result sets: one object with a list of rows per table.

    osqueryi --json has one table per call, so they are put together:
    {"host": "db-01", "os_version": [{…}], "mounts": [{…}]}

The snapshots that osqueryd logs (`name`, `hostIdentifier`, `snapshot`) are read as well, one or
many.  Every value is text.  Tables: osquery's schema.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from ..document.parse import iso
from ..errors import FactsError
from .machine import is_disk, is_real, used_pct
from .report import HOST_NAME, Identity, Reading
from .values import american_day, earlier, known, mapping, moment, number, text, whole

NAME = "osquery"
Tables = dict[str, list[dict[str, Any]]]

TABLES = {
    "system_info", "os_version", "kernel_info", "uptime", "mounts", "block_devices", "md_devices",
    "md_drives", "deb_packages", "rpm_packages", "portage_packages", "homebrew_packages",
    "interface_addresses", "interface_details", "dns_resolvers", "platform_info", "memory_info",
    "time", "certificates", "chassis_info", "routes",
}  # fmt: skip

_MD_STATES = {"clean": "optimal", "active": "optimal", "active-idle": "optimal",
              "write-pending": "optimal", "readonly": "optimal", "read-auto": "optimal",
              "inactive": "failed", "clear": "failed"}  # fmt: skip


def recognises(raw: Any) -> bool:
    """Tables by their names, or lines of osqueryd's snapshot log."""
    if isinstance(raw, list):
        return bool(raw) and all(_is_snapshot(one) for one in raw)
    return _is_snapshot(raw) or (
        isinstance(raw, dict)
        and any(name in TABLES and isinstance(rows, list) for name, rows in raw.items())
    )


def _is_snapshot(raw: Any) -> bool:
    return isinstance(raw, dict) and isinstance(raw.get("snapshot"), list) and "name" in raw


def read(raw: Any) -> list[Reading]:
    """One reading per host."""
    if not recognises(raw):
        raise FactsError(
            "These are no osquery tables; send an object such as "
            '{"os_version": [...], "mounts": [...]} of `osqueryi --json` results.'
        )
    if isinstance(raw, dict) and not _is_snapshot(raw):
        return [_reading(_tables(raw), text(raw.get("host")), None)]
    hosts: dict[str, Tables] = {}
    times: dict[str, datetime] = {}
    for one in raw if isinstance(raw, list) else [raw]:
        host = text(one.get("hostIdentifier")) or ""
        name = str(one["name"]).rsplit("_pack_")[-1].rsplit("/")[-1]
        table = next((t for t in sorted(TABLES, key=len, reverse=True) if name.endswith(t)), None)
        if table:
            hosts.setdefault(host, {})[table] = _rows(one["snapshot"])
        seconds = number(one.get("unixTime"))
        if seconds and 4e8 < seconds < 2e11:
            times[host] = datetime.fromtimestamp(seconds, UTC)
    return [
        _reading(tables, host or None, times.get(host)) for host, tables in sorted(hosts.items())
    ]


def host_from_file(raw: Any, file_name: str) -> str | None:
    """A file of tables is often called after the host."""
    return file_name.removesuffix(".json")


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _tables(raw: dict[str, Any]) -> Tables:
    return {name: _rows(rows) for name, rows in raw.items() if name in TABLES and rows is not None}


def _first(tables: Tables, name: str) -> dict[str, Any]:
    rows = tables.get(name) or [{}]
    return rows[0]


def _reading(tables: Tables, host: str | None, observed_at: datetime | None) -> Reading:
    clock = _first(tables, "time")
    seconds = number(clock.get("unix_time"))
    if observed_at is None and seconds and 4e8 < seconds < 2e11:
        observed_at = datetime.fromtimestamp(seconds, UTC)
    observed_at = observed_at or moment(clock.get("iso_8601"))
    sections: dict[str, Any] = {
        "os": _os(tables),
        "hardware": _hardware(tables),
        "storage": _storage(tables),
        "network": _network(tables),
        "runtime": _runtime(tables, observed_at),
        "software": _software(tables),
    }
    sections = {name: value for name, value in sections.items() if value}
    if not sections:
        raise FactsError("There is nothing in these tables that we keep.")
    system = _first(tables, "system_info")
    name = host if host and HOST_NAME.fullmatch(host) else None
    return Reading(
        sections,
        host=name,
        observed_at=observed_at,
        identity=Identity(
            name=name, hostname=text(system.get("hostname")), machine_id=None, kind=None
        ),
    )


def _os(tables: Tables) -> dict[str, Any]:
    row = _first(tables, "os_version")
    name = text(row.get("name"))
    if name is None:
        return {}
    pretty = text(row.get("version"))
    major, minor = whole(row.get("major")), whole(row.get("minor"))
    found = re.match(r"[\d.]+", pretty or "")
    version = found[0].rstrip(".") if found else None
    if version is None and major is not None:
        version = f"{major}.{minor}" if minor else str(major)
    return known(
        {
            "family": text(row.get("platform_like")) or text(row.get("platform")),
            "name": name,
            "version": version,
            "major": str(major) if major else (version or "").split(".")[0] or None,
            "codename": text(row.get("codename")),
            "edition": "Stream" if "stream" in f"{name} {pretty}".lower() else None,
            "pretty_name": pretty,
            "kernel": text(_first(tables, "kernel_info").get("version")),
            "arch": text(row.get("arch")) or text(_first(tables, "system_info").get("cpu_type")),
        }
    )


def _hardware(tables: Tables) -> dict[str, Any]:
    row, firmware = _first(tables, "system_info"), _first(tables, "platform_info")
    memory = number(row.get("physical_memory"))
    return known(
        {
            "vendor": text(row.get("hardware_vendor")),
            "model": text(row.get("hardware_model")),
            "serial": _serial(row.get("hardware_serial")),
            "bios_version": text(firmware.get("version")),
            "bios_date": american_day(firmware.get("date")),
            "cpu_model": text(row.get("cpu_brand")),
            "cpus": whole(row.get("cpu_logical_cores")),
            "memory_mb": round(memory / 2**20) if memory else None,
        }
    )


def _serial(value: Any) -> str | None:
    found = text(value)
    return None if found in ("-1", "0") else found


def _storage(tables: Tables) -> dict[str, Any]:
    section: dict[str, Any] = {}
    if "md_devices" in tables:
        section["raids"] = [_array(row, tables) for row in tables["md_devices"]]
    disks = [disk for row in tables.get("block_devices", []) if (disk := _disk(row))]
    mounts = [mount for row in tables.get("mounts", []) if (mount := _mount(row))]
    swap = number(_first(tables, "memory_info").get("swap_total"))
    return section | known(
        {
            "disks": disks or None,
            "mounts": mounts or None,
            "swap_mb": round(swap / 2**20) if swap is not None else None,
        }
    )


def _array(row: dict[str, Any], tables: Tables) -> dict[str, Any]:
    name = (text(row.get("device_name")) or "").removeprefix("/dev/")
    wanted, active = whole(row.get("raid_disks")), whole(row.get("nr_raid_disks"))
    working = whole(row.get("working_disks"))
    failed, recovery = whole(row.get("failed_disks")), text(row.get("recovery_progress"))
    works = active if working is None else working
    state = _MD_STATES.get((text(row.get("status")) or "").lower())
    if (failed or 0) > 0 or (wanted is not None and works is not None and works < wanted):
        state = "rebuilding" if recovery else "degraded"
    drives = [
        known({"name": text(one.get("drive_name")), "state": text(one.get("state"))})
        for one in tables.get("md_drives", [])
        if (text(one.get("md_device_name")) or "").removeprefix("/dev/") == name
    ]
    return known(
        {
            "name": name or None,
            "kind": "md",
            "level": text(row.get("raid_level")),
            "state": state,
            "devices": drives or None,
            "devices_wanted": wanted,
            "devices_active": works,
            "spares": whole(row.get("spare_disks")),
        }
    )


def _disk(row: dict[str, Any]) -> dict[str, Any]:
    name = (text(row.get("name")) or "").removeprefix("/dev/")
    blocks, each = number(row.get("size")), number(row.get("block_size")) or 512
    if not name or text(row.get("parent")) or not is_disk(name) or not blocks:
        return {}
    return known(
        {
            "name": name,
            "vendor": text(row.get("vendor")),
            "model": text(row.get("model")),
            "serial": text(row.get("serial")),
            "size_gb": round(blocks * each / 1e9, 1),
        }
    )


def _mount(row: dict[str, Any]) -> dict[str, Any]:
    each, blocks = number(row.get("blocks_size")), number(row.get("blocks"))
    path, fstype = text(row.get("path")), text(row.get("type"))
    size = blocks * each if blocks and each else None
    if not is_real(path, fstype, size, (text(row.get("flags")) or "").split(",")):
        return {}
    free, inodes = number(row.get("blocks_available")), number(row.get("inodes"))
    spare = number(row.get("inodes_free"))
    return known(
        {
            "path": path,
            "device": text(row.get("device")),
            "fstype": fstype,
            "size_mb": round((size or 0) / 2**20, 1),
            "used_pct": used_pct(blocks, blocks - free if blocks and free is not None else None),
            "inodes_used_pct": used_pct(
                inodes, inodes - spare if inodes and spare is not None else None
            ),
        }
    )


def _network(tables: Tables) -> dict[str, Any]:
    details = {row.get("interface"): row for row in tables.get("interface_details", [])}
    addresses: dict[str, list[str]] = {}
    for row in tables.get("interface_addresses", []):
        name, address = text(row.get("interface")), text(row.get("address"))
        if name and address and name not in ("lo", "lo0"):
            addresses.setdefault(name, []).append(address.split("%")[0])
    interfaces = [
        known(
            {
                "name": name,
                "mac": text(mapping(details.get(name)).get("mac")),
                "ipv4": [a for a in found if "." in a] or None,
                "ipv6": [a for a in found if ":" in a and not a.startswith("fe80:")] or None,
                "mtu": whole(mapping(details.get(name)).get("mtu")),
            }
        )
        for name, found in sorted(addresses.items())
    ]
    servers = [
        address
        for row in tables.get("dns_resolvers", [])
        if row.get("type", "nameserver") == "nameserver" and (address := text(row.get("address")))
    ]
    stub = any(one.startswith("127.") or one == "::1" for one in servers)
    return known(
        {
            "interfaces": interfaces or None,
            "resolvers": servers if servers and not stub else None,
            "local_stub": stub if servers else None,
        }
    )


def _runtime(tables: Tables, observed_at: datetime | None) -> dict[str, Any]:
    seconds = _first(tables, "uptime").get("total_seconds")
    booted = earlier(observed_at, seconds) if observed_at and seconds else None
    return known({"booted_at": iso(booted) if booted else None})


def _software(tables: Tables) -> list[dict[str, Any]]:
    sources = {"deb_packages": "apt", "rpm_packages": "rpm", "portage_packages": "portage",
               "homebrew_packages": "homebrew"}  # fmt: skip
    found = []
    for table, source in sources.items():
        for row in tables.get(table, []):
            name = text(row.get("name")) or text(row.get("package"))
            version, release = text(row.get("version")), text(row.get("release"))
            if name and version:
                whole_version = (
                    f"{version}-{release}" if table == "rpm_packages" and release else version
                )
                found.append(
                    known(
                        {
                            "name": name,
                            "version": whole_version,
                            "arch": text(row.get("arch")),
                            "source": source,
                        }
                    )
                )
    return found
