"""A list of hosts as CSV: a line a host, columns by name.

Which column means what is guessed from its heading, and can be said: `{"Hostname": "name"}`.
A line that is wrong is told with its number and spoils no other.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..document import parse_sections
from ..errors import FactsError
from .report import HOST_NAME, Identity, Kind, Reading, Register
from .values import known, text, yes_no

NAME = "csv"

REGISTER = ("site", "role", "environment", "criticality", "rack", "owner", "parent", "tags")
FIELDS = {
    "os": "os.name",
    "os version": "os.version",
    "kernel": "os.kernel",
    "vendor": "hardware.vendor",
    "model": "hardware.model",
    "serial": "hardware.serial",
    "warranty until": "hardware.warranty_until",
    "cpus": "hardware.cpus",
    "memory mb": "hardware.memory_mb",
    "fqdn": "network.fqdn",
    "console": "access.console",
    "console address": "access.console_address",
    "managed by": "management.tool",
    "monitored": "monitoring.monitored",
}
"""Column → path in the fact document."""

TARGETS = ("name", "kind", *REGISTER, *FIELDS)
"""Everything a column can mean; any other column is left out."""

_ALIASES = {
    "name": ("name", "host", "hostname", "host name", "server", "machine", "device", "node"),
    "kind": ("kind", "type", "host type"),
    "site": ("site", "location", "datacenter", "data center", "dc"),
    "role": ("role", "function", "purpose", "device role"),
    "environment": ("environment", "env", "stage"),
    "criticality": ("criticality", "priority", "importance"),
    "rack": ("rack", "cabinet"),
    "owner": ("owner", "team", "tenant", "owned by"),
    "parent": ("parent", "hypervisor", "runs on", "inside"),
    "tags": ("tags", "labels"),
    "os": ("os", "operating system", "os name", "distribution", "platform"),
    "os version": ("os version", "osversion", "release", "os release"),
    "kernel": ("kernel", "kernel version"),
    "vendor": ("vendor", "manufacturer", "make"),
    "model": ("model", "product", "device type", "hardware model"),
    "serial": ("serial", "serial number", "serialnumber", "service tag"),
    "warranty until": ("warranty until", "warranty", "warranty end", "warranty expires"),
    "cpus": ("cpus", "cpu", "vcpus", "cores"),
    "memory mb": ("memory mb", "memory", "ram", "ram mb"),
    "fqdn": ("fqdn", "dns name", "full name"),
    "console": ("console", "oob", "out of band"),
    "console address": ("console address", "oob ip", "ipmi", "ipmi address", "idrac", "ilo"),
    "managed by": ("managed by", "config management", "management"),
    "monitored": ("monitored", "monitoring"),
}
_MEANS = {alias: target for target, aliases in _ALIASES.items() for alias in aliases}
_KINDS: dict[str, Kind] = {
    "physical": "physical", "server": "physical", "bare metal": "physical", "hardware": "physical",
    "virtual": "virtual", "vm": "virtual", "virtual machine": "virtual", "container": "container",
    "lxc": "container", "chroot": "chroot",
}  # fmt: skip
_CRITICALITIES = ("low", "normal", "high", "critical")
_DELIMITERS = ",;\t|"

Row = tuple[int, Reading | FactsError]


def recognises(raw: Any) -> bool:
    """Text whose first line is a row of headings, one of which names hosts."""
    return isinstance(raw, str) and "name" in guess(headings(raw)).values()


def headings(raw: str) -> list[str]:
    """The columns as their first line calls them."""
    first = next((line for line in raw.splitlines() if line.strip()), "")
    if len(first) > 10_000:
        return []
    delimiter = _delimiter(first)
    found = next(csv.reader([first], delimiter=delimiter), []) if delimiter else []
    return [heading.strip() for heading in found]


def guess(columns: list[str]) -> dict[str, str]:
    """Column → what it most likely means; each meaning goes to one column only."""
    found: dict[str, str] = {}
    for column in columns:
        plain = re.sub(r"[\s_.-]+", " ", column).strip().lower()
        target = _MEANS.get(plain)
        if target and target not in found.values():
            found[column] = target
    return found


def read(raw: Any, mapping: Mapping[str, str] | None = None) -> list[Reading]:
    """A reading for every line; FactsError names every line that is wrong."""
    readings: list[Reading] = []
    faults: list[tuple[str, str]] = []
    for line, one in rows(raw, mapping):
        if isinstance(one, FactsError):
            faults += [(f"/{line}{pointer}", why) for pointer, why in one.errors]
        else:
            readings.append(one)
    if faults:
        raise FactsError(faults)
    return readings


def rows(raw: Any, mapping: Mapping[str, str] | None = None) -> Iterator[Row]:
    """(number of the line, its reading or what is wrong with it), one after the other."""
    if not isinstance(raw, str) or not headings(raw):
        raise FactsError("This is no CSV: its first line should name the columns, with commas.")
    columns = headings(raw)
    means = _checked(columns, mapping) if mapping else guess(columns)
    if "name" not in means.values():
        raise FactsError(
            "No column names the hosts. Call one 'name', or say which: Hostname=name. "
            f"The columns are: {', '.join(columns)[:500]}."
        )
    lines = csv.reader(io.StringIO(raw.replace("\0", "")), delimiter=_delimiter(_first(raw)) or ",")
    seen: dict[str, int] = {}
    begun = False
    try:
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if not begun:
                begun = True
                continue
            yield lines.line_num, _row(lines.line_num, cells, columns, means, seen)
    except csv.Error as error:
        yield lines.line_num, FactsError(f"The rest can't be read as CSV: {error}.")


def host_from_file(raw: Any, file_name: str) -> str | None:
    """Each line names its host."""
    return None


def _first(raw: str) -> str:
    return next((line for line in raw.splitlines() if line.strip()), "")


def _delimiter(first: str) -> str | None:
    counts = {sign: first.count(sign) for sign in _DELIMITERS}
    best = max(counts, key=lambda sign: counts[sign])
    return best if counts[best] else None


def _checked(columns: list[str], mapping: Mapping[str, str]) -> dict[str, str]:
    faults = [
        ("", f"There is no column {column!r}; they are: {', '.join(columns)[:300]}.")
        for column in mapping
        if column not in columns
    ]
    faults += [
        ("", f"A column can't mean {target!r}; it can mean: {', '.join(TARGETS)}.")
        for target in mapping.values()
        if target and target not in TARGETS
    ]
    used = [target for target in mapping.values() if target]
    faults += [("", f"Two columns mean {t!r}.") for t in sorted(set(used)) if used.count(t) > 1]
    if faults:
        raise FactsError(faults)
    return {column: target for column, target in mapping.items() if target}


def _row(
    line: int, cells: list[str], columns: list[str], means: dict[str, str], seen: dict[str, int]
) -> Reading | FactsError:
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        return FactsError(
            f"The line has {len(cells)} cells, but there are {len(columns)} columns; "
            "put quotes around a cell that holds the separator."
        )
    said = {
        means[column]: found
        for column, cell in zip(columns, cells, strict=False)
        if column in means and (found := text(cell)) is not None
    }
    name = said.get("name")
    if name is None or not HOST_NAME.fullmatch(name):
        why = f"{name[:80]!r} can't be a host name" if name else "The line names no host"
        return FactsError(f"{why}: use letters, digits, '.', '-' and '_'.", "/name")
    if name in seen:
        return FactsError(f"{name} stands in line {seen[name]} already.", "/name")
    seen[name] = line
    try:
        return _reading(name, said)
    except FactsError as error:
        return error


def _reading(name: str, said: dict[str, str]) -> Reading:
    kind = _KINDS.get(said.get("kind", "").lower())
    if "kind" in said and kind is None:
        raise FactsError(f"{said['kind'][:60]!r} is no kind of host; physical or virtual?", "/kind")
    criticality = said.get("criticality", "").lower() or None
    if criticality and criticality not in _CRITICALITIES:
        raise FactsError(f"Criticality is one of {', '.join(_CRITICALITIES)}.", "/criticality")
    tags = [tag.strip() for tag in re.split(r"[,;\s]+", said.get("tags", "")) if tag.strip()]
    words = {target: said.get(target) for target in REGISTER if target != "tags"}
    serial = said.get("serial") if kind in (None, "physical") else None
    return Reading(
        _sections(said, kind),
        host=name,
        identity=Identity(
            name=name, serial=serial, fqdn=said.get("fqdn"), kind=kind, is_chroot=kind == "chroot"
        ),
        register=Register(**known(words | {"criticality": criticality}), tags=tuple(tags[:50])),
        parsed=True,
    )


def _sections(said: dict[str, str], kind: Kind | None) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {}
    for target, path in FIELDS.items():
        if target in said:
            section, name = path.split(".")
            found.setdefault(section, {})[name] = _value(target, said[target])
    if kind in ("physical", "virtual"):
        found.setdefault("hardware", {})["virtual"] = kind == "virtual"
    version = found.get("os", {}).get("version")
    if version and version[0].isdigit():
        found["os"]["major"] = version.split(".")[0]
    # A fault points at its cell, not at a place of the document nobody typed.
    columns = {"/" + path.replace(".", "/"): f"/{target}" for target, path in FIELDS.items()}
    try:
        return parse_sections(found)
    except FactsError as error:
        raise FactsError([(columns.get(at, at), why) for at, why in error.errors]) from None


def _value(target: str, cell: str) -> Any:
    if target == "monitored":
        return cell if (found := yes_no(cell)) is None else found
    if target in ("cpus", "memory mb"):
        return int(cell) if re.fullmatch(r"\d{1,9}", cell) else cell
    return cell
