"""What a team's own scripts say (`ansible_local`): `custom`, and native sections of ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ...document import parse_sections
from ...document.parse import strip_nulls
from ...merge import MANUAL, SourceRow, merge
from ..values import mapping

OURS = "twiceshy"

_NEVER_KEPT = {"env", "environment", "ansible_env"}


def custom_of(facts: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    """The `custom` section: every local fact that is not for us."""
    found = {}
    for name, value in mapping(facts.get("local")).items():
        if name == OURS:
            continue
        if name.lower() in _NEVER_KEPT:
            notes.append(f"The local fact {name!r} was left out: environments are never stored.")
        elif isinstance(value, str) and value.startswith("error loading fact"):
            notes.append(f"The local fact {name!r} could not be gathered: {value[:200]}")
        elif value is not None:
            found[name] = strip_nulls(value)
    return found


def native_of(facts: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    """Sections from `ansible_local.twiceshy`; FactsError points at what is wrong in it."""
    local = mapping(facts.get("local"))
    if OURS not in local:
        return {}
    value = local[OURS]
    if not isinstance(value, dict):
        notes.append(f"The local fact {OURS!r} could not be read: {str(value)[:200]}")
        return {}
    pointer = f"/ansible_facts/ansible_local/{OURS}"
    if "sections" in value:
        return parse_sections(value["sections"], pointer=f"{pointer}/sections")
    return parse_sections(value, pointer=pointer)


def combined(gathered: dict[str, Any], native: dict[str, Any]) -> dict[str, Any]:
    """Both, field by field; what the team's own script says comes first."""
    if not native:
        return dict(sorted(gathered.items()))
    at = datetime(2000, 1, 1, tzinfo=UTC)
    rows = [SourceRow(name, "gathered", value, at) for name, value in gathered.items()]
    rows += [SourceRow(name, MANUAL, value, at) for name, value in native.items()]
    return merge(rows).document
