"""Draining does everything in order, at least once, and lets one bad row stop nobody else."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from kb.outbox import drain as draining
from kb.outbox.drain import PARKED_AFTER, drain, parked, wait_after
from kb.outbox.handlers import NotNow, handlers
from kb.outbox.models import OutboxRow
from kb.outbox.post import post, post_many
from kb.outbox.turn import turn

TOPIC = "test-drain"


class Desk:
    """A handler that remembers what it was given, and fails on what it was told to."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.calls: list[list[str]] = []
        self.poison: set[str] = set()
        self.asleep = False

    def __call__(self, rows: list[OutboxRow]) -> None:
        if self.asleep:
            raise NotNow("not yet")
        self.calls.append([row.key for row in rows])
        for row in rows:
            if row.key in self.poison:
                raise ValueError(f"{row.key} is bad")
        self.done += [row.key for row in rows]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setitem(handlers._entries, TOPIC, (100, desk))
    return desk


def again() -> None:
    """As if all the resting time had passed."""
    OutboxRow.objects.update(not_before=None)


@pytest.mark.django_db
def test_rows_are_done_in_the_order_they_were_posted_and_then_gone(desk: Desk) -> None:
    post_many(TOPIC, [str(n) for n in range(450)])
    drained = drain(TOPIC)
    assert (drained.done, drained.failed, drained.more) == (450, 0, False)
    assert desk.done == [str(n) for n in range(450)]
    assert [len(call) for call in desk.calls] == [200, 200, 50]
    assert not OutboxRow.objects.exists()


@pytest.mark.django_db
def test_equal_rows_of_a_batch_are_done_once_in_the_place_of_the_last(desk: Desk) -> None:
    for key in ("a", "b", "a"):
        post(TOPIC, key)
    post(TOPIC, "a", {"itself": True})
    drain(TOPIC)
    assert desk.done == ["b", "a", "a"]
    assert not OutboxRow.objects.exists()


@pytest.mark.django_db
def test_a_bad_row_is_found_by_halves_and_rests_while_the_others_go_on(desk: Desk) -> None:
    desk.poison = {"37"}
    post_many(TOPIC, [str(n) for n in range(100)])
    drained = drain(TOPIC)
    assert (drained.done, drained.failed) == (99, 1)
    assert desk.done == [str(n) for n in range(100) if n != 37]
    row = OutboxRow.objects.get()
    assert (row.key, row.attempts, row.last_error) == ("37", 1, "ValueError: 37 is bad")
    assert row.not_before is not None
    assert row.not_before > timezone.now()
    assert len(desk.calls) < 20


@pytest.mark.django_db
def test_a_mended_row_is_done_when_its_rest_is_over(desk: Desk) -> None:
    desk.poison = {"a"}
    post(TOPIC, "a")
    drain(TOPIC)
    desk.poison = set()
    assert drain(TOPIC).done == 0
    again()
    assert drain(TOPIC).done == 1
    assert not OutboxRow.objects.exists()


@pytest.mark.django_db
def test_a_resting_row_holds_back_its_own_key_and_no_other(desk: Desk) -> None:
    desk.poison = {"a"}
    for key in ("a", "b"):
        post(TOPIC, key)
    post(TOPIC, "a", {"later": True})
    drain(TOPIC)
    assert desk.done == ["b"]
    desk.poison = set()
    assert drain(TOPIC).done == 0
    again()
    drain(TOPIC)
    assert desk.done == ["b", "a", "a"]


@pytest.mark.django_db
def test_a_later_row_of_the_same_key_never_overtakes_in_the_same_batch(desk: Desk) -> None:
    done: list[int] = []

    def handler(rows: list[OutboxRow]) -> None:
        if any(row.payload["n"] == 1 for row in rows):
            raise ValueError("the first is bad")
        done.extend(row.payload["n"] for row in rows)

    handlers._entries[TOPIC] = (100, handler)
    for n, key in enumerate(["a", "b", "a"], start=1):
        post(TOPIC, key, {"n": n})
    drain(TOPIC)
    assert done == [2]


@pytest.mark.django_db
def test_a_row_that_keeps_failing_is_parked_and_no_longer_holds_its_key(desk: Desk) -> None:
    desk.poison = {"a"}
    post(TOPIC, "a")
    for _ in range(PARKED_AFTER):
        again()
        drain(TOPIC)
    assert [row.attempts for row in parked()] == [PARKED_AFTER]
    desk.poison = set()
    post(TOPIC, "a", {"later": True})
    assert drain(TOPIC).done == 1
    again()
    assert drain(TOPIC).done == 1, "a parked row is still tried, so a mended handler heals it"


@pytest.mark.parametrize(
    ("attempts", "rest"), [(1, 5), (2, 10), (5, 80), (8, 640), (20, 3600), (4000, 3600)]
)
def test_rests_double_up_to_an_hour(attempts: int, rest: int) -> None:
    assert wait_after(attempts) == timedelta(seconds=rest)


@pytest.mark.django_db
def test_when_everything_fails_only_the_first_few_rows_are_blamed(desk: Desk) -> None:
    desk.poison = {str(n) for n in range(100)}
    post_many(TOPIC, [str(n) for n in range(100)])
    drained = drain(TOPIC)
    assert (drained.done, drained.failed) == (0, draining.ENOUGH)
    assert OutboxRow.objects.filter(attempts=0).count() == 97
    desk.poison = set()
    again()
    assert drain(TOPIC).done == 100
    assert desk.done == [str(n) for n in range(100)]


@pytest.mark.django_db
def test_a_handler_that_can_not_now_blames_no_row(desk: Desk) -> None:
    desk.asleep = True
    post(TOPIC, "a")
    assert drain(TOPIC).failed == 0
    row = OutboxRow.objects.get()
    assert (row.attempts, row.not_before) == (0, None)
    desk.asleep = False
    assert drain(TOPIC).done == 1


@pytest.mark.django_db
def test_a_limit_leaves_the_rest_and_says_so(desk: Desk) -> None:
    post_many(TOPIC, [str(n) for n in range(10)])
    drained = drain(TOPIC, limit=4)
    assert (drained.done, drained.more) == (4, True)
    assert desk.done == ["0", "1", "2", "3"]


@pytest.mark.django_db
def test_rows_posted_while_draining_are_done_too_and_never_deleted_unread(desk: Desk) -> None:
    seen: list[str] = []

    def handler(rows: list[OutboxRow]) -> None:
        seen.extend(row.key for row in rows)
        if "a" in seen and seen.count("a") == 1:
            post(TOPIC, "a", {"again": True})

    handlers._entries[TOPIC] = (100, handler)
    post(TOPIC, "a")
    drain(TOPIC)
    assert seen == ["a", "a"]
    assert not OutboxRow.objects.exists()


@pytest.mark.django_db
def test_whoever_comes_second_leaves_the_topic_alone(desk: Desk) -> None:
    post(TOPIC, "a")
    with turn(TOPIC) as mine:
        assert mine
        assert drain(TOPIC).done == 0
    assert drain(TOPIC).done == 1


@pytest.mark.django_db
def test_a_topic_without_a_handler_waits(desk: Desk) -> None:
    post("nobody", "a")
    drain()
    assert OutboxRow.objects.filter(topic="nobody", attempts=0).count() == 1


@pytest.mark.django_db
def test_a_change_that_is_rolled_back_leaves_no_row(desk: Desk) -> None:
    class Oops(Exception):
        pass

    @transaction.atomic
    def change() -> None:
        post(TOPIC, "a")
        raise Oops

    with pytest.raises(Oops):
        change()
    assert drain(TOPIC).done == 0
    assert desk.done == []
