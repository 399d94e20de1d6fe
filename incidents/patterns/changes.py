"""What a week did to the flags, read from the append-only log alone.

The state of a flag at a moment is what its last transition before that moment left.  So the
changes of consecutive weeks add up to the change between their ends, whatever happened since.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from incidents.patterns.models import ACTIVE_STATES, NEEDS_EYES, FlagState, FlagTransition

RANK = {"low": 1, "medium": 2, "high": 3, "critical": 4}


@dataclass(frozen=True, slots=True)
class Change:
    """One flag's week: where it stood at the start, where it stands, and the last word on it."""

    before: FlagTransition | None
    last: FlagTransition
    opened: FlagTransition | None

    @property
    def is_new(self) -> bool:
        stood = self.before is not None and self.before.after in ACTIVE_STATES
        return not stood and self.last.after in NEEDS_EYES

    @property
    def is_again(self) -> bool:
        """New in this week, and it had been open before."""
        return self.is_new and self.before is not None and self.before.after != FlagState.PENDING

    @property
    def is_worse(self) -> bool:
        return (
            self.before is not None
            and self.before.after in NEEDS_EYES
            and self.last.after in NEEDS_EYES
            and RANK[self.last.severity] > RANK[self.before.severity]
        )

    @property
    def is_waiver_ended(self) -> bool:
        """It was accepted at the start and somebody has to look at it again."""
        accepted = self.before is not None and self.before.after == FlagState.ACCEPTED
        return accepted and self.last.after in NEEDS_EYES

    @property
    def is_recovered(self) -> bool:
        stood = self.before is not None and self.before.after in ACTIVE_STATES
        return stood and self.last.after == FlagState.RESOLVED


def changes(flag_ids: Iterable[int], start: datetime, end: datetime) -> list[Change]:
    """Every flag among ``flag_ids`` that moved in ``start <= t < end``."""
    ids = list(flag_ids)
    moved = (
        FlagTransition.objects.filter(flag__in=ids, at__gte=start, at__lt=end)
        .select_related("flag__pattern", "flag__host")
        .order_by("at", "pk")
    )
    week: dict[int, list[FlagTransition]] = {}
    for transition in moved:
        week.setdefault(transition.flag_id, []).append(transition)
    earlier = last_before(week, start)
    return [
        Change(
            before=earlier.get(flag),
            last=rows[-1],
            opened=next((row for row in rows if row.after == FlagState.OPEN), None),
        )
        for flag, rows in week.items()
    ]


def last_before(flag_ids: Iterable[int], moment: datetime) -> dict[int, FlagTransition]:
    """The last transition of each flag before ``moment``."""
    rows = FlagTransition.objects.filter(flag__in=list(flag_ids), at__lt=moment).order_by(
        "at", "pk"
    )
    return {row.flag_id: row for row in rows}


def open_at(flag_ids: Iterable[int], moment: datetime) -> dict[str, int]:
    """How many flags needed eyes at ``moment``, by severity."""
    counts: dict[str, int] = {}
    for transition in last_before(flag_ids, moment).values():
        if transition.after in NEEDS_EYES:
            counts[transition.severity] = counts.get(transition.severity, 0) + 1
    return counts
