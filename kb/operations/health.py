"""What ``/readyz`` asks of the base: database, Redis, worker and beat."""

import logging

import redis
from django.db import DatabaseError, connection

from kb.operations import heartbeats
from kb.web.health import Health, health_checks

log = logging.getLogger(__name__)


def database() -> Health:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        log.exception("The database does not answer")  # its words name hosts: not for strangers
        return Health(False, "the database does not answer; the log of the web says why")
    return Health(True, connection.vendor)


def redis_answers() -> Health:
    try:
        with heartbeats.connection() as client:
            client.ping()
    except (redis.RedisError, OSError):
        log.exception("Redis does not answer")
        return Health(False, "Redis does not answer; the log of the web says why")
    return Health(True, "answers")


def worker() -> Health:
    return _alive(heartbeats.WORKER, "the worker")


def beat() -> Health:
    return _alive(heartbeats.BEAT, "beat")


def _alive(key: str, who: str) -> Health:
    try:
        age = heartbeats.age(key)
    except redis.RedisError:
        return Health(False, f"{who} cannot be asked while Redis does not answer")
    if age is None:
        return Health(False, f"{who} has not been heard of yet")
    if age > heartbeats.LATE:
        return Health(False, f"{who} was last heard of {round(age)} seconds ago")
    return Health(True, f"heard of {round(age)} seconds ago")


health_checks.register("database", database, rank=10)
health_checks.register("redis", redis_answers, rank=20)
health_checks.register("worker", worker, rank=30)
health_checks.register("beat", beat, rank=40)
