"""The answer to one pattern asked of one host."""

from dataclasses import dataclass
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
    sentence; ``severity`` is set for a match only; ``error`` for ``broken`` only."""

    state: State
    evidence: tuple[Evidence, ...] = ()
    missing: tuple[str, ...] = ()
    reason: str = ""
    error: str | None = None
    severity: str | None = None
