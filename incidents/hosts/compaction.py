"""Letting the history of facts grow old: less of it the further back, and never the present.

For ``HISTORY_DETAIL_DAYS`` every change is kept.  Of what ended before that, each source keeps one
value of each section a month: the one that stood last, so that the end of every month can still be
looked back to exactly.  After ``HISTORY_KEEP_DAYS`` that goes too, but for the last value before
that day, on which the oldest day one may look back to rests.  What a source says now and what the
register says (who stood in which group, say) always stay.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction

from incidents.hosts import inventory
from incidents.hosts.models import FactHistory, FactSample

BATCH = 500
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Compacted:
    """How many ended values and daily samples went, or would go."""

    values: int = 0
    samples: int = 0


def compact(
    now: datetime, *, dry_run: bool = False, progress: Progress = lambda done: None
) -> Compacted:
    """Let go of what is past keeping.  Safe to interrupt and to repeat; the same again does
    nothing."""
    values = _in_batches(surplus(now), None if dry_run else _forget_values, progress)
    old = _old_samples(now)
    samples = _in_batches(old, None if dry_run else _forget_samples, progress)
    return Compacted(values, samples)


def surplus(now: datetime) -> Iterator[int]:
    """The primary keys of ended values that are past keeping."""
    detail = _before(now, settings.HISTORY_DETAIL_DAYS)
    if detail is None:
        return
    rows = (
        FactHistory.objects.filter(until__lt=detail)
        .exclude(section=inventory.SECTION)
        .order_by("host_id", "section", "source", "since", "pk")
        .values_list("pk", "host_id", "section", "source", "since", "until")
    )
    last_of_all = _before(now, settings.HISTORY_KEEP_DAYS)
    held: tuple[int, tuple[object, ...]] | None = None
    for pk, host, section, source, since, until in rows.iterator(chunk_size=2000):
        gone = last_of_all is not None and until is not None and until < last_of_all
        month = "before" if gone else f"{since.astimezone(UTC):%Y-%m}"
        place = (host, section, source, month)
        if held is not None and held[1] == place:  # another of its month stood later
            yield held[0]
        held = (pk, place)


def _before(now: datetime, days: int) -> datetime | None:
    return now - timedelta(days=days) if days > 0 else None


def _old_samples(now: datetime) -> Iterator[int]:
    before = _before(now, settings.SAMPLES_KEEP_DAYS)
    if before is not None:
        old = FactSample.objects.filter(day__lt=before.date()).order_by("pk")
        yield from old.values_list("pk", flat=True).iterator(chunk_size=2000)


def _in_batches(
    pks: Iterable[int], forget: Callable[[list[int]], None] | None, progress: Progress
) -> int:
    # The whole list first: a cursor that is being read must not lose rows under its feet.
    waiting, done = iter(list(pks)), 0
    while batch := list(islice(waiting, BATCH)):
        if forget is not None:
            forget(batch)
        done += len(batch)
        progress(done)
    return done


@transaction.atomic
def _forget_values(pks: list[int]) -> None:
    # An older report may have come meanwhile and made one of them the present again.
    FactHistory.objects.filter(pk__in=pks).exclude(until=None).delete()


@transaction.atomic
def _forget_samples(pks: list[int]) -> None:
    FactSample.objects.filter(pk__in=pks).delete()


def in_words() -> str:
    """What is kept, for whoever reads a history."""
    detail, keep = settings.HISTORY_DETAIL_DAYS, settings.HISTORY_KEEP_DAYS
    if detail <= 0:
        return "Every change is kept."
    said = f"Every change of the last {detail} days is kept, and one value a month of what is older"
    return f"{said}, for {keep} days." if keep > 0 else f"{said}."
