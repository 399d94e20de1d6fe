"""The answer to one pattern asked of one host."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """The four honest answers, and ``broken`` for a pattern that is itself at fault."""

    MATCH = "match"
    CLEAR = "clear"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact an expression read: ``value`` is small enough to show, ``age_days`` is None where
    no source is known (what the register itself knows has no age)."""

    path: str
    value: Any
    source: str | None = None
    age_days: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """``missing`` are the absent or stale paths an ``unknown`` hangs on; ``reason`` is a short
    sentence; ``severity`` is set for a match only; ``error`` for ``broken`` only.

    ``stale`` tells since when (ISO time) each section is past its shelf life that the answer hangs
    on: an ``unknown`` with it would be decided by fresh facts, a ``match`` with it rests on old
    ones.  It is empty where nothing stale could change the answer.
    """

    state: State
    evidence: tuple[Evidence, ...] = ()
    missing: tuple[str, ...] = ()
    reason: str = ""
    error: str | None = None
    severity: str | None = None
    stale: Mapping[str, str] = field(default_factory=dict)
