"""Sweeps: every enabled pattern asked of every host, one sweep at a time, chunk by chunk.

A chunk is claimed, asked, and stored together with the note that it is done, in one transaction.
So a worker that dies leaves either the whole chunk or nothing of it; its claim runs out and
another takes it.  A chunk done twice at once is stored once.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, Sum

from incidents.hosts.models import Host, HostStatus
from incidents.patterns import compiled, coverage, flags, weekly
from incidents.patterns.fleet.shared import Shared
from incidents.patterns.judge import ask_chunk, store_chunk
from incidents.patterns.keeping import Judgement
from incidents.patterns.models import Sweep, SweepChunk, SweepState
from kb.accounts.models import User
from kb.outbox.post import post

CHUNK = 200
TOPIC = "sweep"
LEASE = timedelta(seconds=settings.SWEEP_LEASE_SECONDS)
KEPT = timedelta(days=90)
UNDER_WAY = (SweepState.WAITING, SweepState.RUNNING)


class SweepUnderWay(Exception):
    """Only one sweep runs at a time; ``sweep`` is the one that does."""

    def __init__(self, sweep: Sweep) -> None:
        super().__init__("A sweep is under way already.")
        self.sweep = sweep


def start(
    *, now: datetime, by: User | None = None, why: str = "asked", background: bool = True
) -> Sweep:
    """A new sweep as of ``now``.  Raises ``SweepUnderWay``.

    The worker hears of it through the outbox; with ``background`` off the caller does the work
    (``run``), and the worker takes it up only when the caller has gone quiet.
    """
    try:
        with transaction.atomic():
            sweep = Sweep.objects.create(moment=now, by=by, why=why, created_at=now)
            if background:
                post(TOPIC, str(sweep.pk))
            return sweep
    except IntegrityError:
        current = under_way()
        if current is None:  # it ended between the two questions
            return start(now=now, by=by, why=why, background=background)
        raise SweepUnderWay(current) from None


def under_way() -> Sweep | None:
    return Sweep.objects.filter(state__in=UNDER_WAY).first()


def plan(sweep: Sweep, now: datetime) -> Sweep:
    """Cut the fleet into chunks; doing it twice changes nothing."""
    with transaction.atomic():
        sweep = _locked(sweep)
        if sweep.state != SweepState.WAITING:
            return sweep
        chunks = [
            SweepChunk(sweep=sweep, number=n, first=pks[0], last=pks[-1], hosts=len(pks))
            for n, pks in enumerate(_chunks(), start=1)
        ]
        SweepChunk.objects.bulk_create(chunks, batch_size=500)
        sweep.state, sweep.started_at = SweepState.RUNNING, now
        sweep.hosts_total = sum(chunk.hosts for chunk in chunks)
        sweep.patterns_total = len(compiled.enabled().ready)
        sweep.save()
    return sweep


def _chunks() -> Iterator[list[int]]:
    chunk: list[int] = []
    active = Host.objects.filter(status=HostStatus.ACTIVE).order_by("pk")
    for pk in active.values_list("pk", flat=True).iterator():
        chunk.append(pk)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def claim(sweep: Sweep, now: datetime) -> SweepChunk | None:
    """Take the next chunk that nobody has, or whose taker has not been heard of for long."""
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - LEASE)
    while True:
        chunk = sweep.chunks.filter(free, done_at=None).order_by("number").first()
        if chunk is None:
            return None
        untouched = SweepChunk.objects.filter(
            pk=chunk.pk, claimed_at=chunk.claimed_at, done_at=None
        )
        if untouched.update(claimed_at=now):
            chunk.claimed_at = now
            return chunk


def work(sweep: Sweep, chunk: SweepChunk, now: datetime) -> Judgement | None:
    """Ask and store one chunk; None when it was done already or the sweep is over."""
    library, shared = compiled.enabled(), shared_of(sweep)
    active = Host.objects.filter(pk__range=(chunk.first, chunk.last), status=HostStatus.ACTIVE)
    ids = list(active.order_by("pk").values_list("pk", flat=True))
    asked = ask_chunk(ids, library, shared)
    with transaction.atomic():
        held = SweepChunk.objects.select_for_update().get(pk=chunk.pk)
        state = Sweep.objects.values_list("state", flat=True).get(pk=sweep.pk)
        if held.done_at is not None or state != SweepState.RUNNING:
            return None
        judgement = store_chunk(ids, asked, library, shared, "sweep", keep_newer=True)
        held.done_at, held.outcome = now, _outcome(judgement)
        held.save(update_fields=["done_at", "outcome"])
    return judgement


_shared: dict[Any, Shared] = {}


def shared_of(sweep: Sweep) -> Shared:
    """The shares of the fleet, counted once per sweep and process."""
    if sweep.pk not in _shared:
        _shared.clear()
        _shared[sweep.pk] = Shared(sweep.moment)
    return _shared[sweep.pk]


def _outcome(judgement: Judgement) -> dict[str, Any]:
    totals: dict[str, int] = {}
    for states in judgement.counts.values():
        for state, count in states.items():
            totals[state] = totals.get(state, 0) + count
    return {
        "verdicts": totals,
        "opened": len(judgement.opened),
        "resolved": len(judgement.resolved),
        "broken": judgement.broken,
    }


def finish(sweep: Sweep, now: datetime) -> Sweep:
    """Close the books once every chunk is done; before that, and afterwards, nothing happens."""
    if not sweep.chunks.filter(done_at=None).exists():
        coverage.coverage(seconds=None)  # the long part of the week's counts, outside the lock
    with transaction.atomic():
        sweep = _locked(sweep)
        if sweep.state != SweepState.RUNNING or sweep.chunks.filter(done_at=None).exists():
            return sweep
        for outcome in sweep.chunks.values_list("outcome", flat=True):
            _add(sweep, outcome)
        flags.close_gone(sweep.moment)
        weekly.write(sweep.moment)
        sweep.state, sweep.finished_at = SweepState.DONE, now
        sweep.save()
    return sweep


def _add(sweep: Sweep, outcome: dict[str, Any]) -> None:
    for state, count in outcome.get("verdicts", {}).items():
        sweep.verdicts[state] = sweep.verdicts.get(state, 0) + count
    sweep.opened += outcome.get("opened", 0)
    sweep.resolved += outcome.get("resolved", 0)
    sweep.broken = {**outcome.get("broken", {}), **sweep.broken}


def cancel(sweep: Sweep, now: datetime) -> Sweep:
    """Stop it.  What was found so far stays; a chunk that is being asked is thrown away."""
    with transaction.atomic():
        sweep = _locked(sweep)
        if sweep.state in UNDER_WAY:
            sweep.state, sweep.finished_at = SweepState.CANCELLED, now
            sweep.save()
    return sweep


def hosts_done(sweep: Sweep) -> int:
    """How far it is."""
    done = sweep.chunks.filter(done_at__isnull=False).aggregate(total=Sum("hosts"))["total"]
    return done or 0


def run(
    sweep: Sweep, clock: Callable[[], datetime], progress: Callable[[int, int], None] | None = None
) -> Sweep:
    """Do all that is left of a sweep in this process; ``progress(hosts done, hosts in all)``."""
    sweep = plan(sweep, clock())
    while chunk := claim(sweep, clock()):
        work(sweep, chunk, clock())
        if progress:
            progress(hosts_done(sweep), sweep.hosts_total)
        sweep.refresh_from_db(fields=["state"])
        if sweep.state != SweepState.RUNNING:
            break
    return finish(sweep, clock())


def nightly_due(now: datetime) -> bool:
    """Whether the nightly sweep of the last night has not been started yet."""
    due = now.replace(hour=settings.NIGHTLY_SWEEP_HOUR, minute=0, second=0, microsecond=0)
    due = due if due <= now else due - timedelta(days=1)
    return not Sweep.objects.filter(why="nightly", created_at__gte=due).exists()


def forget_old(now: datetime) -> None:
    """Drop the sweeps of long ago; the week's counts and the flags' log outlive them."""
    Sweep.objects.filter(finished_at__lt=now - KEPT).delete()


def _locked(sweep: Sweep) -> Sweep:
    return Sweep.objects.select_for_update().get(pk=sweep.pk)
