"""What the worker does by itself: sweeps, waivers that end, and whoever depends on new facts."""

from datetime import datetime

from celery import shared_task
from django.utils import timezone

from incidents.patterns import acts, sweeps
from incidents.patterns.models import Sweep, SweepState

WIDTH = 4
HARD_LIMIT = 600  # seconds for one chunk; a worker process that needs longer is killed


@shared_task(time_limit=HARD_LIMIT)
def nightly() -> str | None:
    """Start the sweep of the night, once a night, as soon as somebody is there to do it."""
    now = timezone.now()
    if not sweeps.nightly_due(now):
        return None
    try:
        sweep = sweeps.start(now=now, why="nightly")
    except sweeps.SweepUnderWay:
        return None
    sweeps.forget_old(now)
    return str(sweep.pk)


@shared_task(time_limit=HARD_LIMIT)
def begin_sweep(sweep_id: str) -> None:
    """Cut the fleet into chunks and let several workers at them."""
    sweep = sweeps.plan(Sweep.objects.get(pk=sweep_id), timezone.now())
    for _ in range(max(1, min(WIDTH, sweep.chunks.filter(done_at=None).count()))):
        step_sweep.delay(sweep_id)


@shared_task(time_limit=HARD_LIMIT)
def step_sweep(sweep_id: str) -> None:
    """One chunk, then the next by another message: other work gets its turn in between."""
    sweep = Sweep.objects.get(pk=sweep_id)
    if sweep.state != SweepState.RUNNING:
        return
    chunk = sweeps.claim(sweep, timezone.now())
    if chunk is None:
        sweeps.finish(sweep, timezone.now())
        return
    sweeps.work(sweep, chunk, timezone.now())
    step_sweep.delay(sweep_id)


@shared_task(time_limit=HARD_LIMIT)
def resume() -> None:
    """Take up a sweep that nobody is working on: its message was lost, or its worker died."""
    sweep, now = sweeps.under_way(), timezone.now()
    if sweep is None:
        return
    if not _is_quiet(sweep, now):
        return
    if sweep.state == SweepState.WAITING:
        begin_sweep(str(sweep.pk))
    else:
        step_sweep(str(sweep.pk))


def _is_quiet(sweep: Sweep, now: datetime) -> bool:
    moments = [
        moment for pair in sweep.chunks.values_list("claimed_at", "done_at") for moment in pair
    ]
    last = max(
        (moment for moment in moments if moment), default=sweep.started_at or sweep.created_at
    )
    return (now - last) > sweeps.LEASE


@shared_task(time_limit=HARD_LIMIT)
def end_waivers() -> int:
    """Open the flags whose waivers have run out."""
    return len(acts.end_waivers(timezone.now()))
