"""What a host has that others may have too: a model, a controller, a role, a place."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

MOST_SOFTWARE = 150  # of one host; in order of name
LONGEST = 200


class Trait(NamedTuple):
    kind: str
    value: str

    @property
    def key(self) -> int:
        """A number for the index; signed, as both databases keep 64 bits."""
        digest = hashlib.blake2b(f"{self.kind}\x1f{self.value}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, signed=True)

    @property
    def words(self) -> str:
        """As a person would name it."""
        return f"{KINDS[self.kind].words} {self.value}"

    @property
    def path(self) -> str:
        """Where a pattern would read it; empty where none can."""
        return KINDS[self.kind].path


@dataclass(frozen=True, slots=True)
class Kind:
    """``words`` go before the value; ``plural`` says what hosts share in "3 of 412 hosts …"."""

    words: str
    shared: str
    path: str = ""


KINDS: dict[str, Kind] = {
    "model": Kind("model", "are of this model", "hardware.model"),
    "bios": Kind("firmware", "run this firmware", "hardware.bios_version"),
    "virtual": Kind("virtual by", "are virtual this way", "hardware.virtual_type"),
    "controller": Kind("controller", "have this controller", "storage.controllers[].model"),
    "raid": Kind("array", "keep an array like this", "storage.raids[].level"),
    "drive": Kind("drive", "have this drive", "storage.disks[].model"),
    "drive-firmware": Kind("drive firmware", "have drives with this firmware"),
    "os": Kind("system", "run this system", "os.name"),
    "release": Kind("release", "run this release"),
    "kernel": Kind("kernel", "run this kernel", "os.kernel"),
    "software": Kind("software", "have this software"),
    "role": Kind("role", "have this role", "host.role"),
    "site": Kind("site", "stand at this site"),
    "rack": Kind("rack", "stand in this rack"),
    "nest": Kind("inside", "are inside the same host"),
    "kind": Kind("kind", "are of this kind"),
    "tag": Kind("tag", "carry this tag"),
    "service": Kind("service", "carry this service"),
    "group": Kind("group", "are in this group"),
}


def of_facts(facts: Mapping[str, Any]) -> set[Trait]:
    """What the current document, or one of a moment, says."""
    found: list[tuple[str, Any]] = []
    hardware, os = _section(facts, "hardware"), _section(facts, "os")
    found += [("model", hardware.get("model")), ("virtual", hardware.get("virtual_type"))]
    if not hardware.get("virtual"):
        found.append(("bios", hardware.get("bios_version")))
    name, version = os.get("name"), os.get("version") or os.get("major")
    found += [("os", name), ("kernel", os.get("kernel"))]
    if name and version:
        found.append(("release", f"{name} {version}"))
    found += _of_storage(_section(facts, "storage"))
    software = facts.get("software")
    told = sorted(
        f"{one['name']} {one['version']}"
        for one in (software if isinstance(software, list) else [])
        if isinstance(one, dict) and one.get("name") and one.get("version")
    )
    found += [("software", one) for one in told[:MOST_SOFTWARE]]
    return _told(found)


def _of_storage(storage: Mapping[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    raids, disks = _entries(storage, "raids"), _entries(storage, "disks")
    for one in _entries(storage, "controllers"):
        found.append(("controller", one.get("model") or one.get("name")))
    for one in raids:
        found += [("raid", one.get("level")), ("controller", one.get("controller"))]
        disks = [*disks, *_entries(one, "devices")]
    for one in disks:
        if one.get("is_array"):
            continue
        found.append(("drive", one.get("model")))
        if one.get("model") and one.get("firmware"):
            found.append(("drive-firmware", f"{one['model']} {one['firmware']}"))
    return found


def of_register(
    *, kind: str, role: str, site: str, rack: str, parent: str, tags: Iterable[str]
) -> set[Trait]:
    """What the register says."""
    place = f"{site} {rack}" if site and rack else ""
    found: list[tuple[str, Any]] = [
        ("kind", kind), ("role", role), ("site", site), ("rack", place), ("nest", parent),
    ]  # fmt: skip
    return _told([*found, *(("tag", tag) for tag in tags)])


def digest(traits: Iterable[Trait]) -> str:
    """The same for the same traits, whatever their order."""
    return hashlib.sha256("\x1e".join(sorted(map("\x1f".join, traits))).encode()).hexdigest()


def _told(found: Iterable[tuple[str, Any]]) -> set[Trait]:
    return {
        Trait(kind, " ".join(str(value).split())[:LONGEST])
        for kind, value in found
        if isinstance(value, (str, int)) and str(value).strip()
    }


def _section(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = facts.get(name)
    return section if isinstance(section, dict) else {}


def _entries(section: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    entries = section.get(name)
    return [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
