"""What the register says of two records of one host, column by column, and what to keep."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from incidents.hosts.models import Host, HostKind
from kb.wiki.tracking import tracked

KEPT, LOST, BOTH = "kept", "lost", "both"
#: Columns that people wrote or tools reported of themselves, in the order in which they are shown.
COLUMNS = (
    "kind", "parent", "environment", "role", "criticality", "important", "stateful", "site", "rack",
    "owner", "status", "upgrade_planned_on", "maintenance_until", "fqdn", "serial", "machine_id",
    "tags", "notes",
)  # fmt: skip
REPORTED = frozenset({"fqdn", "serial", "machine_id"})
UNITED = frozenset({"tags", "notes"})


@dataclass(frozen=True, slots=True)
class Difference:
    """A column of which both records say something, and not the same.

    ``ways`` are the choices, ``default`` the one that counts where nobody chooses.
    """

    name: str
    label: str
    kept: str
    lost: str
    ways: tuple[str, ...]
    default: str


def differences(kept: Host, lost: Host) -> list[Difference]:
    """The columns where somebody has to choose."""
    found = []
    for name in COLUMNS:
        ours, theirs = _said(kept, name), _said(lost, name)
        if _empty(name, ours) or _empty(name, theirs) or ours == theirs:
            continue
        ways = (BOTH, KEPT, LOST) if name in UNITED else (KEPT, LOST)
        found.append(
            Difference(
                name,
                _label(name),
                _shown(name, ours),
                _shown(name, theirs),
                ways,
                _default(name, kept, lost),
            )
        )
    return found


def _label(name: str) -> str:
    if name == "fqdn":
        return "Full name"
    return str(Host._meta.get_field(name).verbose_name).capitalize()  # type: ignore[union-attr]


def check(chosen: Mapping[str, str], asked: list[Difference]) -> None:
    """Raises ``ValidationError`` by the field where a choice is none of the ways."""
    known = {one.name: one for one in asked}
    wrong = {}
    for name, way in chosen.items():
        if name not in COLUMNS:
            wrong[name] = f"There is nothing to choose by that name: {', '.join(known) or 'none'}."
        elif name in known and way not in known[name].ways:
            wrong[name] = f"Choose {' or '.join(known[name].ways)}."
    if wrong:
        raise ValidationError(wrong)


def united(kept: Host, lost: Host, chosen: Mapping[str, str]) -> dict[str, Any]:
    """The columns of the one record, by attname."""
    asked = {one.name: chosen.get(one.name, one.default) for one in differences(kept, lost)}
    values: dict[str, Any] = {}
    for name in COLUMNS:
        ours, theirs = _said(kept, name), _said(lost, name)
        way = asked.get(name, LOST if _empty(name, ours) else KEPT)
        values[_attname(name)] = _together(name, ours, theirs) if way == BOTH else (
            theirs if way == LOST else ours
        )  # fmt: skip
    whose = lost if asked.get("status") == LOST else kept
    values["retired_at"] = whose.retired_at
    return values


def _together(name: str, ours: Any, theirs: Any) -> Any:
    if name == "tags":
        return list(dict.fromkeys([*ours, *theirs]))
    return f"{ours.rstrip()}\n\n{theirs.lstrip()}"


def _default(name: str, kept: Host, lost: Host) -> str:
    if name in UNITED:
        return BOTH
    if name in REPORTED and lost.last_report_at is not None:
        newer = kept.last_report_at is None or lost.last_report_at > kept.last_report_at
        return LOST if newer else KEPT
    return KEPT


def _said(host: Host, name: str) -> Any:
    return getattr(host, _attname(name))


def _attname(name: str) -> str:
    return Host._meta.get_field(name).attname  # type: ignore[union-attr]


def _empty(name: str, value: Any) -> bool:
    return value in (None, "", []) or (name == "kind" and value == HostKind.UNKNOWN)


def _shown(name: str, value: Any) -> str:
    return str(value) if name in REPORTED else tracked(Host).shown(name, value)
