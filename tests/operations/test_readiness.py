"""``/healthz`` and ``/readyz``: open to watchers, honest about each part."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings
from redis import Redis

from kb.operations import heartbeats
from kb.web.health import Health, health_checks
from tests.support.redis import redis_server

OWN = ("database", "redis", "worker", "beat")


@pytest.fixture
def client_of_redis(tmp_path: Path, settings: Settings) -> Iterator[Redis]:
    """A real Redis that the heartbeats are left in."""
    with redis_server(tmp_path) as address:
        settings.CELERY_BROKER_URL = address
        with heartbeats.connection() as client:
            yield client


@pytest.fixture
def only_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask only what this room registers; the others have tests of their own."""
    kept = {name: health_checks[name] for name in OWN}
    monkeypatch.setattr(health_checks, "items", lambda: kept.items())


def test_healthz_answers_strangers_without_asking_anything(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"alive\n")


@pytest.mark.django_db
@pytest.mark.usefixtures("only_own")
def test_ready_when_every_part_works(client: Client, client_of_redis: Redis) -> None:
    heartbeats.leave(heartbeats.WORKER)
    heartbeats.leave(heartbeats.BEAT)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["ready"] is True
    assert {name: part["ok"] for name, part in answer.json()["parts"].items()} == dict.fromkeys(
        OWN, True
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("only_own")
@pytest.mark.parametrize("silent", [heartbeats.WORKER, heartbeats.BEAT])
def test_a_silent_worker_and_a_silent_beat_are_told_apart(
    client: Client, client_of_redis: Redis, silent: str
) -> None:
    heartbeats.leave(heartbeats.WORKER)
    heartbeats.leave(heartbeats.BEAT)
    long_ago = time.time() - heartbeats.LATE - 5
    client_of_redis.set(silent, str(long_ago))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    parts = answer.json()["parts"]
    name = silent.removeprefix("twiceshy:")
    assert [part for part, told in parts.items() if not told["ok"]] == [name]
    assert "was last heard of" in parts[name]["says"]


@pytest.mark.django_db
@pytest.mark.usefixtures("only_own")
def test_without_redis_it_says_so_and_shows_no_insides(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/none.sock"
    answer = client.get("/readyz", headers={"accept": "text/plain"})
    assert answer.status_code == 503
    assert answer.content.decode().splitlines() == [
        "ok   database: sqlite",
        "FAIL redis: Redis does not answer; the log of the web says why",
        "FAIL worker: the worker cannot be asked while Redis does not answer",
        "FAIL beat: beat cannot be asked while Redis does not answer",
    ]


@pytest.mark.django_db
def test_a_question_that_breaks_hides_no_other(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Health:
        raise ValueError("secret insides")

    kept = {"first": broken, "second": lambda: Health(True, "works")}
    monkeypatch.setattr(health_checks, "items", lambda: kept.items())
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"] == {
        "first": {"ok": False, "says": "could not be asked; the log says why"},
        "second": {"ok": True, "says": "works"},
    }
