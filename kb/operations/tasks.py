"""The heartbeat: asked for by beat, answered by a worker."""

from typing import Any

from celery import shared_task
from celery.signals import beat_init

from kb.operations import heartbeats


@shared_task
def heartbeat() -> None:
    heartbeats.leave(heartbeats.WORKER)


@beat_init.connect
def _ask_at_once(**kwargs: Any) -> None:
    """So that a fresh start is seen to work within a moment, not after the first interval."""
    heartbeat.delay()
