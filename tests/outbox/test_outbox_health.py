"""What readyz and doctor say of the outbox."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kb.outbox.drain import PARKED_AFTER
from kb.outbox.health import outbox
from kb.outbox.models import OutboxRow

pytestmark = pytest.mark.django_db


def row(key: str, *, minutes: int = 0, **fields: object) -> None:
    made = OutboxRow.objects.create(topic="index", key=key, **fields)
    moment = timezone.now() - timedelta(minutes=minutes)
    OutboxRow.objects.filter(pk=made.pk).update(created_at=moment)


def test_nothing_waiting_is_well() -> None:
    assert (outbox().ok, outbox().says) == (True, "nothing waits")


def test_rows_that_wait_a_moment_are_well() -> None:
    row("host:1", minutes=1)
    row("host:2")
    assert outbox().ok
    assert outbox().says.startswith("2 wait, the oldest (index host:1) for 1 min")


def test_rows_that_wait_long_are_named() -> None:
    row("host:1", minutes=20)
    assert not outbox().ok
    assert outbox().says == "1 wait, the oldest (index host:1) for 20 min: is a worker running?"


def test_parked_rows_are_named_with_their_errors() -> None:
    row("host:1", attempts=PARKED_AFTER, last_error="ValueError: no name")
    row("host:2")
    assert not outbox().ok
    assert outbox().says == (
        "1 afterthought failed 8 times or more (index host:1: ValueError: no name)"
    )
