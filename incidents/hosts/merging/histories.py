"""Two histories of facts laid over one another.

Of each source and section the newer word counts while it lasts, and after it ends an older one
that was still being said comes back.  One present stays: what was seen last.  Of the register the
kept record's own words count from its first one on.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from incidents.hosts import inventory
from incidents.hosts.merging.journal import Journal
from incidents.hosts.models import FactHistory, Host

EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Span:
    """A row and for how long it counts, if nobody says anything newer."""

    row: FactHistory
    since: datetime
    end: datetime
    ours: bool

    @property
    def weight(self) -> tuple[datetime, datetime, bool]:
        return self.since, self.row.last_seen, self.ours


def lay_over(kept: Host, lost: Host, journal: Journal) -> int:
    """Bring the history of ``lost`` over to ``kept``; how many rows came."""
    both = FactHistory.objects.filter(host__in=(kept.pk, lost.pk)).order_by("since", "pk")
    keyed: dict[tuple[str, str], list[FactHistory]] = defaultdict(list)
    for row in both:
        keyed[row.section, row.source].append(row)
    resumed: list[FactHistory] = []
    gone: set[int] = set()
    theirs = [row.pk for row in both if row.host_id == lost.pk]
    for (section, _), rows in keyed.items():
        if len({row.host_id for row in rows}) == 2:
            if section == inventory.SECTION:
                gone |= _register(rows, kept, journal)
            else:
                gone |= _united(rows, kept, journal, resumed)
    journal.move(FactHistory, "host_id", [pk for pk in theirs if pk not in gone], kept.pk)
    for row in resumed:
        row.host_id = kept.pk
        journal.make(row)
    return len(theirs)


def _register(rows: Sequence[FactHistory], kept: Host, journal: Journal) -> set[int]:
    first = min(row.since for row in rows if row.host_id == kept.pk)
    gone = set()
    for row in (row for row in rows if row.host_id != kept.pk):
        if row.since >= first:
            gone.add(row.pk)
            journal.take_away(row)
        elif row.until is None or row.until > first:
            journal.change(row, {"until": first, "last_seen": min(row.last_seen, first)})
    return gone


def _united(
    rows: Sequence[FactHistory], kept: Host, journal: Journal, resumed: list[FactHistory]
) -> set[int]:
    spans = _spans(rows, kept)
    parts: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for span, start, end in _segments([span for span in spans if span.since < span.end]):
        parts[span.row.pk].append((start, end))
    taken = {start for those in parts.values() for start, _ in those}
    gone: set[int] = set()
    changes: list[tuple[FactHistory, dict[str, Any]]] = []
    for span in sorted(spans, key=lambda one: one.weight, reverse=True):
        row, those = span.row, parts.get(span.row.pk, [])
        first = those[0] if those else None
        if first is None and (span.since < span.end or span.since in taken):
            gone.add(row.pk)
            journal.take_away(row)
            continue
        if first is None:  # a moment, filed late
            taken.add(span.since)
            changes.append((row, {"until": span.end}))
            continue
        changes.append((row, _cut(row, *first)))
        resumed += [_copy(row, *part) for part in those[1:] if part[0] <= row.last_seen]
    # Ends first: of each source only one row may be the present.
    for row, values in sorted(changes, key=lambda one: one[1]["until"] is None):
        journal.change(row, values)
    return gone


def _spans(rows: Iterable[FactHistory], kept: Host) -> list[Span]:
    present = [row for row in rows if row.until is None]
    last = max(present, key=lambda row: (row.last_seen, row.host_id == kept.pk), default=None)
    found = []
    for row in rows:
        end = row.until or (EVER if row is last else max(row.last_seen, row.since))
        found.append(Span(row, row.since, end, row.host_id == kept.pk))
    return found


def _segments(spans: Sequence[Span]) -> Iterator[tuple[Span, datetime, datetime]]:
    """Who counts when: (span, from, to), in order of time."""
    bounds = sorted({edge for span in spans for edge in (span.since, span.end)})
    held: tuple[Span, datetime, datetime] | None = None
    for start, end in pairwise(bounds):
        those = [span for span in spans if span.since <= start < span.end]
        top = max(those, key=lambda one: one.weight, default=None)
        if held is not None and top is held[0] and held[2] == start:
            held = (held[0], held[1], end)
            continue
        if held is not None:
            yield held
        held = (top, start, end) if top is not None else None
    if held is not None:
        yield held


def _cut(row: FactHistory, start: datetime, end: datetime) -> dict[str, Any]:
    until = None if end == EVER else end
    seen = max(start, row.last_seen if until is None else min(row.last_seen, until))
    return {"since": start, "until": until, "last_seen": seen}


def _copy(row: FactHistory, start: datetime, end: datetime) -> FactHistory:
    values = {"section": row.section, "source": row.source, "value": row.value}
    return FactHistory(digest=row.digest, **values, **_cut(row, start, end))
