"""`smartctl -j` and its text form: the health of one drive, or of several in one list.

A report about one drive has a source of its own (`smartctl:sda`), so that the report about the
next drive does not take its place.  Fields: smartmontools' JSON output, version 1.
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import FactsError
from .report import SOURCE_NAME, Reading
from .values import known, mapping, number, text, whole, yes_no

NAME = "smartctl"
TEXT = True

_REALLOCATED, _HOURS, _UNCORRECTABLE = 5, 9, 187
_LINE = re.compile(r"^(?P<name>[A-Za-z][A-Za-z /-]+?)(?: is)?:\s+(?P<value>.+?)\s*$", re.MULTILINE)
_ATTRIBUTE = re.compile(
    r"^\s*(?P<id>\d+)\s+\S+\s+0x[0-9a-f]+(?:\s+\S+){6}\s+(?P<raw>\d+)", re.MULTILINE
)
_ARGUMENT = re.compile(r"/dev/(?P<name>[A-Za-z0-9]+)")


def recognises(raw: Any) -> bool:
    """The JSON of one drive, a list of them, or the text that starts with smartctl's name."""
    if isinstance(raw, str):
        return raw.lstrip().startswith("smartctl ") and "smartmontools" in raw[:400]
    if isinstance(raw, list):
        return bool(raw) and all(_is_drive(one) for one in raw)
    return _is_drive(raw)


def _is_drive(raw: Any) -> bool:
    return isinstance(raw, dict) and "smartctl" in raw and "json_format_version" in raw


def read(raw: Any) -> list[Reading]:
    """One reading with the drives it tells of."""
    if not recognises(raw):
        raise FactsError("This is nothing that smartctl prints; run `smartctl -j -a /dev/sda`.")
    if isinstance(raw, str):
        disks, notes = [_from_text(raw)], []
    else:
        many = raw if isinstance(raw, list) else [raw]
        disks = [_from_json(one) for one in many]
        notes = [line for one in many for line in _said(one)]
    disks = [one for one in disks if one.keys() & {"name", "serial"} and len(one) > 1]
    if not disks:
        raise FactsError("smartctl said nothing of a drive. " + " ".join(notes))
    source = f"{NAME}:{disks[0].get('name') or disks[0].get('serial')}" if len(disks) == 1 else None
    if source and not SOURCE_NAME.fullmatch(source):
        source = None
    return [Reading({"storage": {"disks": disks}}, source=source, notes=notes)]


def host_from_file(raw: Any, file_name: str) -> str | None:
    """It names no host."""
    return None


def _said(raw: dict[str, Any]) -> list[str]:
    messages = mapping(raw.get("smartctl")).get("messages")
    return [
        f"smartctl says: {words}"
        for one in (messages if isinstance(messages, list) else [])
        if (words := text(mapping(one).get("string")))
    ]


def _from_json(raw: dict[str, Any]) -> dict[str, Any]:
    attributes = {
        whole(mapping(one).get("id")): whole(mapping(mapping(one).get("raw")).get("value"))
        for one in mapping(raw.get("ata_smart_attributes")).get("table") or []
    }
    nvme = mapping(raw.get("nvme_smart_health_information_log"))
    capacity = number(mapping(raw.get("user_capacity")).get("bytes"))
    scsi = mapping(mapping(raw.get("scsi_error_counter_log")).get("read"))
    rate = whole(raw.get("rotation_rate"))
    return known(
        {
            "name": _device(str(mapping(raw.get("device")).get("name", "")), raw),
            "vendor": text(raw.get("vendor")) or text(raw.get("scsi_vendor")),
            "model": text(raw.get("model_name")) or text(raw.get("scsi_model_name")),
            "serial": text(raw.get("serial_number")),
            "firmware": text(raw.get("firmware_version")) or text(raw.get("scsi_revision")),
            "size_gb": round(capacity / 1e9, 1) if capacity else None,
            "rotational": None if rate is None else rate > 0,
            "smart_ok": yes_no(mapping(raw.get("smart_status")).get("passed")),
            "power_on_hours": whole(mapping(raw.get("power_on_time")).get("hours")),
            "reallocated_sectors": _first(
                attributes.get(_REALLOCATED), whole(raw.get("scsi_grown_defect_list"))
            ),
            "media_errors": _first(
                whole(nvme.get("media_errors")),
                attributes.get(_UNCORRECTABLE),
                whole(scsi.get("total_uncorrected_errors")),
            ),
        }
    )


def _from_text(raw: str) -> dict[str, Any]:
    said = {found["name"].strip(): found["value"] for found in _LINE.finditer(raw)}
    attributes = {int(found["id"]): int(found["raw"]) for found in _ATTRIBUTE.finditer(raw)}
    capacity = re.match(r"([\d,.']+) bytes", said.get("User Capacity", ""))
    size = number(re.sub(r"[,.']", "", capacity[1])) if capacity else None
    health = said.get("SMART overall-health self-assessment test result") or said.get(
        "SMART Health Status"
    )
    rate = said.get("Rotation Rate", "")
    argument = _ARGUMENT.search(raw[:400])
    return known(
        {
            "name": argument["name"] if argument else None,
            "vendor": text(said.get("Vendor")),
            "model": text(said.get("Device Model") or said.get("Model Number"))
            or text(said.get("Product")),
            "serial": text(said.get("Serial Number") or said.get("Serial number")),
            "firmware": text(said.get("Firmware Version") or said.get("Revision")),
            "size_gb": round(size / 1e9, 1) if size else None,
            "rotational": True if "rpm" in rate else (False if "Solid" in rate else None),
            "smart_ok": None if health is None else health.upper() in ("PASSED", "OK"),
            "power_on_hours": attributes.get(_HOURS),
            "reallocated_sectors": attributes.get(_REALLOCATED),
            "media_errors": attributes.get(_UNCORRECTABLE),
        }
    )


def _device(name: str, raw: dict[str, Any]) -> str | None:
    """`sda`; behind a controller also which of its drives (`sda-megaraid-4`)."""
    plain = name.removeprefix("/dev/")
    kind = str(mapping(raw.get("device")).get("type", ""))
    found = re.search(r"(megaraid|cciss|3ware|areca|aacraid),(\d+(?:/\d+)*)", kind)
    if found:
        plain += f"-{found[1]}-{found[2].replace('/', '-')}"
    return plain or None


def _first(*values: int | None) -> int | None:
    return next((one for one in values if one is not None), None)
