"""What the worker does every few seconds, and whenever somebody has posted."""

from celery import shared_task

from kb.outbox import drain as draining


# A message that nobody took for half a minute is stale: beat sends another every five seconds.
@shared_task(name="kb.outbox.tasks.drain", expires=30)
def drain(topic: str | None = None) -> int:
    """Do what waits; how many rows that were."""
    drained = draining.drain(topic)
    if drained.more:
        drain.apply_async(args=(topic,))
    return drained.done
