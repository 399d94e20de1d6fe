"""Posting tells a worker once, after the commit, and never waits for a broker."""

import threading
import time
from typing import Any

import pytest
from django.db import transaction

from kb.outbox import nudge
from kb.outbox.models import OutboxRow
from kb.outbox.post import post, post_many
from kb.outbox.tasks import drain


@pytest.fixture
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []

    def remember() -> None:
        told.append("nudge")

    monkeypatch.setattr(nudge, "nudge", remember)
    return told


@pytest.mark.django_db(transaction=True)
def test_many_rows_of_one_transaction_nudge_once_and_after_it(nudges: list[str]) -> None:
    with transaction.atomic():
        post("t", "a")
        with transaction.atomic():
            post("t", "b")
        post_many("t", ["c", "d"])
        assert nudges == []
    assert nudges == ["nudge"]


@pytest.mark.django_db(transaction=True)
def test_what_is_posted_after_a_savepoint_was_rolled_back_still_nudges(nudges: list[str]) -> None:
    class Oops(Exception):
        pass

    def change() -> None:
        with transaction.atomic():
            post("t", "a")
            raise Oops

    with transaction.atomic():
        with pytest.raises(Oops):
            change()
        post("t", "b")
    assert nudges == ["nudge"]
    assert list(OutboxRow.objects.values_list("key", flat=True)) == ["b"]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_nudges_nobody(nudges: list[str]) -> None:
    class Oops(Exception):
        pass

    def change() -> None:
        with transaction.atomic():
            post("t", "a")
            raise Oops

    with pytest.raises(Oops):
        change()
    assert nudges == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_never_answers_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Publishing hangs until the test ends; posting comes back all the same."""
    reached, let_go = threading.Event(), threading.Event()

    def hang(*args: Any, **options: Any) -> None:
        reached.set()
        let_go.wait(30)

    monkeypatch.setattr(drain, "apply_async", hang)
    with transaction.atomic():
        post("t", "a")
    post("t", "b")
    assert reached.wait(10), "the messenger never tried"
    assert OutboxRow.objects.count() == 2
    let_go.set()


def test_a_broker_that_refuses_is_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    def refuse(**options: Any) -> None:
        tries.append("told")
        raise ConnectionRefusedError

    monkeypatch.setattr(drain, "apply_async", refuse)
    messenger = nudge._messenger()
    for count in (1, 2):
        nudge.nudge()
        _until(lambda count=count: len(tries) >= count)
    assert messenger.is_alive()


def _until(happened: Any) -> None:
    while not happened():
        time.sleep(0.01)
