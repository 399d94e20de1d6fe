"""The few words each field carries: what it means, its unit, how it behaves over time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

Time = datetime
"""A moment. Stored as UTC, `2026-11-23T02:00:00Z`."""

Day = date
"""A calendar day, `2026-11-23`."""


class Section(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of everything in a fact document: each field optional, nothing unknown."""


def say(
    description: str,
    unit: str = "",
    *,
    ahead: bool = False,
    volatile: bool = False,
    derived: bool = False,
) -> msgspec.Meta:
    """The description of a field.

    `ahead`: a date that by its meaning lies in the future (gains `x_in_days`, not `x_days`).
    `volatile`: changes with every report, so it stays out of the digest.
    `derived`: worked out when patterns are evaluated; a report may not send it.
    """
    notes: dict[str, Any] = {
        "unit": unit,
        "ahead": ahead,
        "volatile": volatile,
        "derived": derived,
    }
    schema: dict[str, Any] = {"x-unit": unit} if unit else {}
    schema.update({f"x-{name}": True for name in ("ahead", "volatile", "derived") if notes[name]})
    return msgspec.Meta(description=description, extra=notes, extra_json_schema=schema or None)
