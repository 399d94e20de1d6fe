"""Signs of life in Redis: the beat leaves one when it asks for a heartbeat, the worker when it
answers.  So a dead beat and a dead worker look different."""

import time
from typing import Any

import redis
from celery.signals import before_task_publish
from django.conf import settings

TASK = "kb.operations.tasks.heartbeat"
BEAT, WORKER = "twiceshy:beat", "twiceshy:worker"
KEPT = 24 * 3600
LATE = 60.0


def connection() -> "redis.Redis":
    """A short-tempered connection: nobody waits for a dead Redis."""
    # Celery and redis-py spell a socket's address differently.
    address = settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://", 1)
    return redis.Redis.from_url(address, socket_timeout=2, socket_connect_timeout=2)


def leave(key: str) -> None:
    with connection() as client:
        client.set(key, str(time.time()), ex=KEPT)


def age(key: str) -> float | None:
    """Seconds since the last sign; None where there is none.  Raises ``redis.RedisError``."""
    with connection() as client:
        found: Any = client.get(key)
    return None if found is None else time.time() - float(found)


@before_task_publish.connect(sender=TASK)
def _beat_is_alive(**kwargs: Any) -> None:
    leave(BEAT)
