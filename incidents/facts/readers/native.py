"""Our own JSON: an envelope with `sections`, or the sections alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..document import SECTIONS, parse_sections, suggest
from ..errors import FactsError, Problem, step
from .report import Identity, Reading, check_host, check_source

NAME = "native"

ENVELOPE = ("host", "source", "observed_at", "sections")


def recognises(raw: Any) -> bool:
    """An object with `sections`, or with the name of a section."""
    return isinstance(raw, dict) and ("sections" in raw or any(name in raw for name in SECTIONS))


def read(raw: Any) -> list[Reading]:
    """One reading; FactsError names every fault with its place."""
    if not isinstance(raw, dict):
        raise FactsError("A native report is a JSON object with sections.")
    if "sections" not in raw and any(name in raw for name in ENVELOPE):
        bare = [name for name in raw if name not in ENVELOPE]
        mend = f' Put {bare[0]!r} inside "sections".' if bare else ""
        raise FactsError(f'The report has no "sections".{mend}', "/sections")
    if "sections" not in raw:
        return [_reading({}, parse_sections(raw, shaped=True))]
    errors: list[Problem] = [
        (step("", name), f"Unknown key {name!r}.{suggest(str(name), (*ENVELOPE, *SECTIONS))}")
        for name in raw
        if name not in ENVELOPE
    ]
    try:
        sections = parse_sections(raw["sections"], pointer="/sections", shaped=True)
    except FactsError as error:
        errors.extend(error.errors)
    if errors:
        raise FactsError(errors)
    return [_reading(raw, sections)]


def _reading(envelope: dict[str, Any], sections: dict[str, Any]) -> Reading:
    if not sections:
        raise FactsError(
            "The report has no sections, so it says nothing. Sections are: "
            + ", ".join(SECTIONS)
            + ".",
            "/sections",
        )
    host, source = envelope.get("host"), envelope.get("source")
    runtime = sections.get("runtime", {})
    return Reading(
        sections,
        host=check_host(host) if host is not None else None,
        source=check_source(source) if source is not None else None,
        observed_at=moment_of(envelope.get("observed_at")),
        identity=_identity(sections, bool(runtime.get("is_chroot"))),
        parsed=True,
    )


def _identity(sections: dict[str, Any], is_chroot: bool) -> Identity:
    if is_chroot:
        return Identity(is_chroot=True, kind="chroot")
    hardware = sections.get("hardware", {})
    physical = hardware.get("virtual") is False
    return Identity(
        fqdn=sections.get("network", {}).get("fqdn"),
        serial=hardware.get("serial") if physical else None,
    )


def moment_of(value: Any) -> datetime | None:
    """When an envelope says it was seen, or None; FactsError where that is no time."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and value[10:] else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise FactsError(
            f"{str(value)[:60]!r} is not a time with a zone, such as 2026-11-23T02:00:00Z.",
            "/observed_at",
        )
    return moment


def host_from_file(raw: Any, file_name: str) -> str | None:
    """A native report names its host itself, or is told."""
    return None
