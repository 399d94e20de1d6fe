"""What ``/readyz`` asks of the base: database, Redis, worker and beat."""

import redis
from django.db import DatabaseError, connection

from kb.operations import heartbeats
from kb.web.health import Health, health_checks


def database() -> Health:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return Health(False, f"the database does not answer: {error}")
    return Health(True, connection.vendor)


def redis_answers() -> Health:
    try:
        with heartbeats.connection() as client:
            client.ping()
    except redis.RedisError as error:
        return Health(False, f"Redis does not answer: {error}")
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
