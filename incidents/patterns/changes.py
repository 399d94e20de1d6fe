"""What a week did to the flags, read from the append-only log alone.

The state of a flag at a moment is what its last transition before that moment left.  So the
changes of consecutive weeks add up to the change between their ends, whatever happened since.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, QuerySet, Subquery

from incidents.patterns.models import (
    ACTIVE_STATES,
    NEEDS_EYES,
    FlagQuerySet,
    FlagState,
    FlagTransition,
)

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
    def is_milder(self) -> bool:
        """It still stands, and matters less than it did."""
        return (
            self.before is not None
            and self.before.after in NEEDS_EYES
            and self.last.after in NEEDS_EYES
            and RANK[self.last.severity] < RANK[self.before.severity]
        )

    @property
    def is_accepted(self) -> bool:
        """Somebody accepted it within the week, and it still is."""
        accepted = self.before is not None and self.before.after == FlagState.ACCEPTED
        return not accepted and self.last.after == FlagState.ACCEPTED

    @property
    def is_closed(self) -> bool:
        """It stood, and its host was retired or its pattern switched off: over, yet not mended."""
        stood = self.before is not None and self.before.after in ACTIVE_STATES
        return stood and self.last.after == FlagState.CLOSED

    @property
    def is_passing(self) -> bool:
        """It opened and recovered within the same week: worth a word, though nothing remains."""
        stood = self.before is not None and self.before.after in ACTIVE_STATES
        return not stood and self.opened is not None and self.last.after == FlagState.RESOLVED

    @property
    def is_recovered(self) -> bool:
        """It stood and was resolved, though it may match again and be within its grace."""
        stood = self.before is not None and self.before.after in ACTIVE_STATES
        return stood and self.last.after in (FlagState.RESOLVED, FlagState.PENDING)


def changes(flags: FlagQuerySet, start: datetime, end: datetime) -> list[Change]:
    """Every flag among ``flags`` that moved in ``start <= t < end``."""
    moved = (
        FlagTransition.objects.filter(flag__in=flags.values("pk"), at__gte=start, at__lt=end)
        .select_related("flag__pattern", "flag__host__site")
        # A report of a host is long, and who asks what moved reads none of it.
        .defer("evidence", "flag__evidence", "flag__host__facts", "flag__host__observed")
        .order_by("at", "pk")
    )
    week: dict[int, list[FlagTransition]] = {}
    for transition in moved:
        week.setdefault(transition.flag_id, []).append(transition)
    stirred = flags.filter(transitions__at__gte=start, transitions__at__lt=end)
    earlier = {row.flag_id: row for row in last_before(stirred, start)}
    return [
        Change(
            before=earlier.get(flag),
            last=rows[-1],
            opened=next((row for row in rows if row.after == FlagState.OPEN), None),
        )
        for flag, rows in week.items()
    ]


def last_before(flags: FlagQuerySet, moment: datetime) -> QuerySet[FlagTransition]:
    """The last transition of each flag before ``moment``."""
    earlier = FlagTransition.objects.filter(flag=OuterRef("pk"), at__lt=moment)
    last = Subquery(earlier.order_by("-at", "-pk").values("pk")[:1])
    return FlagTransition.objects.filter(pk__in=flags.order_by().annotate(last=last).values("last"))


def open_at_each(flags: FlagQuerySet, moments: Sequence[datetime]) -> list[dict[str, int]]:
    """``open_at`` of many moments, given in order, in one walk through the log.

    Moments before anything was logged have nothing to tell: they are left out at the front.
    """
    log = FlagTransition.objects.all()
    if flags.query.where:
        log = log.filter(flag__in=flags.order_by().values("pk"))
    rows = log.filter(at__lt=moments[-1]).order_by("at", "pk")
    held: dict[int, str] = {}
    counts: Counter[str] = Counter()
    found: list[dict[str, int]] = []
    told, waiting = False, list(reversed(moments))
    for at, flag, after, severity in rows.values_list(
        "at", "flag_id", "after", "severity"
    ).iterator(chunk_size=2000):
        while at >= waiting[-1]:
            waiting.pop()
            if told:
                found.append(_standing(counts))
        told = True
        if (old := held.pop(flag, None)) is not None:
            counts[old] -= 1
        if after in NEEDS_EYES:
            held[flag] = severity
            counts[severity] += 1
    return found + [_standing(counts) for _ in waiting] if told else []


def _standing(counts: Mapping[str, int]) -> dict[str, int]:
    return {severity: count for severity, count in counts.items() if count}


def open_at(flags: FlagQuerySet, moment: datetime) -> dict[str, int]:
    """How many flags needed eyes at ``moment``, by severity."""
    standing = last_before(flags, moment).filter(after__in=NEEDS_EYES).order_by()
    counted = standing.values("severity").annotate(count=Count("pk"))
    return {row["severity"]: row["count"] for row in counted}
