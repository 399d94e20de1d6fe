"""A pattern's track record: how often an incident proved it right, and how early it had warned."""

from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from incidents.learning.models import Confirmation
from incidents.patterns.models import Pattern
from kb.accounts.models import User

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Record:
    """``times`` counts incidents; ``ahead`` is the median of how long the flag had stood."""

    confirmations: list[Confirmation]
    times: int
    ahead: timedelta | None


def record_of(pattern: Pattern, user: User) -> Record:
    """As this reader may know it."""
    rows = list(
        Confirmation.objects.visible_to(user)
        .standing()
        .filter(pattern=pattern)
        .select_related("incident", "host", "flag")
        .defer("host__facts", "host__observed", "flag__evidence")
    )
    ahead = [(one.at - one.opened_at).total_seconds() for one in rows]
    return Record(
        rows[:SHOWN],
        len({one.incident_id for one in rows}),
        timedelta(seconds=max(median(ahead), 0)) if ahead else None,
    )
