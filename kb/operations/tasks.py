"""The heartbeat: asked for by beat, answered by a worker."""

from celery import shared_task

from kb.operations import heartbeats


@shared_task
def heartbeat() -> None:
    heartbeats.leave(heartbeats.WORKER)
