"""What Ansible gathers: `setup`, `package_facts`, `service_facts`; output, files and caches.

Only what has a place in the fact document is taken: environment, SSH keys and the like never
get past this reader.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ...errors import FactsError
from ..report import HOST_NAME, Reading
from ..values import mapping, moment, number
from .envelope import Wrapped, host_from_file, is_output, recognises, unwrap
from .kind import identity_of, kind_of
from .local import combined, custom_of, native_of
from .network import network_of
from .storage import storage_of
from .system import clock_of, hardware_of, os_of, packages_of, runtime_of, software_of

NAME = "ansible"

__all__ = ["NAME", "host_from_file", "is_output", "read", "recognises"]

CHROOT_NOTE = (
    "This is a chroot: names, addresses, hardware, disks and uptime it shows are its parent's and "
    "were left out."
)


def read(raw: Any) -> list[Reading]:
    """One reading per host in `raw`."""
    wrapped, notes = unwrap(raw)
    return [_reading(one, [*notes]) for one in wrapped]


def _reading(wrapped: Wrapped, notes: list[str]) -> Reading:
    facts = wrapped.facts
    name = _host_name(wrapped.name, notes)
    observed_at = observed_at_of(facts)
    sections = {
        section: value for section, value in _sections(facts, observed_at, notes).items() if value
    }
    sections = combined(sections, native_of(facts, notes))
    if not sections:
        raise FactsError(
            "There is nothing in these facts that we keep; gather them with `-m setup`.",
            "/ansible_facts",
        )
    return Reading(
        sections,
        host=name,
        observed_at=observed_at,
        identity=identity_of(facts, name),
        notes=notes,
    )


def _sections(
    facts: dict[str, Any], observed_at: datetime | None, notes: list[str]
) -> dict[str, Any]:
    kind, doubt = kind_of(facts)
    own = {
        "os": os_of(facts, kind),
        "packages": packages_of(facts),
        "software": software_of(facts),
        "runtime": runtime_of(facts, kind, observed_at),
        "custom": custom_of(facts, notes),
    }
    if kind == "chroot":
        notes.append(CHROOT_NOTE)
        return own
    if doubt and "distribution" in facts:
        notes.append(doubt)
    return own | {
        "hardware": hardware_of(facts, kind),
        "storage": storage_of(facts, kind, notes),
        "network": network_of(facts, notes),
        "clock": clock_of(facts),
    }


def observed_at_of(facts: dict[str, Any]) -> datetime | None:
    """When the facts were gathered, by the host's own clock; None where they don't say."""
    date_time = mapping(facts.get("date_time"))
    said = moment(date_time.get("iso8601")) or moment(date_time.get("iso8601_micro"))
    if said:
        return said.astimezone(UTC)
    epoch = number(date_time.get("epoch"))
    return datetime.fromtimestamp(epoch, UTC) if epoch and 4e8 < epoch < 2e11 else None


def _host_name(name: str | None, notes: list[str]) -> str | None:
    """The inventory's name, unless it is `localhost` or no name we can keep."""
    if name is None:
        return None
    if name.split(".")[0] == "localhost":
        notes.append("'localhost' names every machine, so it was not taken as this host's name.")
        return None
    if not HOST_NAME.fullmatch(name):
        notes.append(f"The inventory name {name[:80]!r} can't be a host name here.")
        return None
    return name
