"""Whatever fails or dies in between: nothing posted is lost, and each key keeps its order."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.outbox import drain as draining
from kb.outbox.drain import drain
from kb.outbox.handlers import handlers
from kb.outbox.models import OutboxRow
from kb.outbox.post import post

TOPIC = "test-promise"


class Killed(BaseException):
    """The process dies; nothing may catch this."""


class Clerk:
    """Does rows one by one, and on some call fails or dies before a certain row."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int]] = []
        self.trouble: list[tuple[int, str]] = []

    def __call__(self, rows: list[OutboxRow]) -> None:
        at, what = self.trouble.pop(0) if self.trouble else (-1, "")
        for place, row in enumerate(rows):
            if place == at % len(rows) and what == "fail":
                raise ValueError(row.key)
            if place == at % len(rows) and what == "die":
                raise Killed
            self.done.append((row.key, row.payload["n"]))
        if what == "die-after":
            raise Killed


@pytest.fixture(scope="module", autouse=True)
def small_batches() -> Iterator[None]:
    whole, draining.BATCH = draining.BATCH, 4
    yield
    draining.BATCH = whole


trouble = st.tuples(
    st.integers(0, 3), st.sampled_from(["fail", "fail", "fail", "die", "die-after", "none"])
)
step = st.one_of(
    st.tuples(st.just("post"), st.sampled_from("abc")),
    st.tuples(st.just("drain"), st.lists(trouble, max_size=6)),
    st.tuples(st.just("rest"), st.none()),
)


@pytest.mark.django_db
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(step, max_size=30))
def test_nothing_is_lost_and_each_key_keeps_its_order(
    monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, Any]]
) -> None:
    OutboxRow.objects.all().delete()
    clerk = Clerk()
    posted: list[tuple[str, int]] = []
    monkeypatch.setitem(handlers._entries, TOPIC, (100, clerk))
    for what, how in steps:
        if what == "post":
            posted.append((how, len(posted)))
            post(TOPIC, how, {"n": len(posted) - 1})
        elif what == "drain":
            clerk.trouble = list(how)
            _drain_or_die()
        else:
            OutboxRow.objects.update(not_before=None)
    clerk.trouble = []
    OutboxRow.objects.update(not_before=None)
    drain(TOPIC)
    assert not OutboxRow.objects.exists()
    assert set(clerk.done) == set(posted)
    for key in "abc":
        first_times = list(dict.fromkeys(n for k, n in clerk.done if k == key))
        assert first_times == sorted(first_times)
        last = [n for k, n in posted if k == key][-1:]
        assert [n for k, n in clerk.done if k == key][-1:] == last


def _drain_or_die() -> None:
    with suppress(Killed):
        drain(TOPIC)
