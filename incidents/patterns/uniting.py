"""How two flags of one pattern become one when two records of a host do."""

from typing import Any

from incidents.hosts.merging.references import unites
from incidents.patterns.models import Flag, FlagState

#: What somebody did about it goes before what nobody looked at, what stands before what is over.
_WEIGHT = [
    FlagState.CLOSED, FlagState.RESOLVED, FlagState.PENDING, FlagState.OPEN,
    FlagState.ACKNOWLEDGED, FlagState.ACCEPTED,
]  # fmt: skip
_LIFE = (
    "state", "severity", "pattern_version", "sentence", "evidence", "matched_since", "opened_at",
    "resolved_at", "changed_at", "last_verdict", "last_verdict_at", "assigned_to_id",
    "accepted_until", "accepted_because", "accepted_by_id", "flapping", "turns",
)  # fmt: skip


def flags(stays: Flag, goes: Flag) -> dict[str, Any]:
    """The life of the one that weighs more; the transitions of both stand in its log."""
    if _weight(goes) <= _weight(stays):
        return {}
    return {name: getattr(goes, name) for name in _LIFE}


def _weight(flag: Flag) -> int:
    return _WEIGHT.index(FlagState(flag.state))


unites.register("patterns.flag", flags)
