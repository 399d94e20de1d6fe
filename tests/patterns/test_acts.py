"""What a person may do with a flag, and what the clock does."""

from datetime import timedelta

import pytest

from incidents.patterns import acts
from incidents.patterns.acts import ActRefused
from incidents.patterns.models import Flag
from kb.accounts.models import User
from tests.support.factories import NOW, make_flag, make_host, make_pattern

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def flag() -> Flag:
    return make_flag(make_pattern(), make_host())


def log_of(flag: Flag) -> list[tuple[str, str, str]]:
    rows = flag.transitions.order_by("pk")[1:]
    return [(row.before, row.after, row.cause) for row in rows]


def test_acknowledging_twice_is_one_step(flag: Flag, responder: User) -> None:
    acts.acknowledge(flag, by=responder, now=NOW)
    acts.acknowledge(flag, by=responder, now=NOW)
    assert log_of(flag) == [("open", "acknowledged", "person")]


def test_a_waiver_has_a_reason_an_author_and_an_end(flag: Flag, responder: User) -> None:
    until = NOW + 90 * DAY
    acts.accept(flag, by=responder, until=until, because=" The courier comes. ", now=NOW)
    flag.refresh_from_db()
    assert (flag.state, flag.accepted_until, flag.accepted_because, flag.accepted_by) == (
        "accepted", until, "The courier comes.", responder,
    )  # fmt: skip
    last = flag.transitions.order_by("pk").last()
    assert last is not None
    assert (last.by, last.because) == (responder, "The courier comes.")


@pytest.mark.parametrize(
    ("days", "because", "field"),
    [
        (90, "  ", "because"),
        (-1, "why not", "until"),
        (0, "why not", "until"),
        (367, "so", "until"),
    ],
)
def test_a_waiver_that_is_none(
    flag: Flag, responder: User, days: int, because: str, field: str
) -> None:
    with pytest.raises(ActRefused) as refused:
        acts.accept(flag, by=responder, until=NOW + days * DAY, because=because, now=NOW)
    assert refused.value.field == field
    flag.refresh_from_db()
    assert flag.state == "open"
    assert log_of(flag) == []


@pytest.mark.parametrize("state", ["resolved", "closed", "pending"])
def test_what_is_not_open_is_left_alone(state: str, responder: User) -> None:
    flag = make_flag(make_pattern(), make_host(), state=state)
    for act in (
        lambda: acts.acknowledge(flag, by=responder, now=NOW),
        lambda: acts.accept(flag, by=responder, until=NOW + DAY, because="so", now=NOW),
        lambda: acts.reopen(flag, by=responder, now=NOW),
    ):
        with pytest.raises(ActRefused):
            act()
    assert log_of(flag) == []


def test_ending_a_waiver_forgets_it(flag: Flag, responder: User) -> None:
    acts.accept(flag, by=responder, until=NOW + DAY, because="so", now=NOW)
    acts.reopen(flag, by=responder, now=NOW, because="We looked again.")
    flag.refresh_from_db()
    assert (flag.state, flag.accepted_until, flag.accepted_by) == ("open", None, None)
    assert log_of(flag)[-1] == ("accepted", "open", "person")


def test_it_can_be_given_to_somebody_who_writes(flag: Flag, responder: User, viewer: User) -> None:
    acts.assign(flag, to=responder, by=responder, now=NOW)
    flag.refresh_from_db()
    assert flag.assigned_to == responder
    with pytest.raises(ActRefused):
        acts.assign(flag, to=viewer, by=responder, now=NOW)
    acts.assign(flag, to=None, by=responder, now=NOW)
    acts.assign(flag, to=None, by=responder, now=NOW)
    assert log_of(flag) == [("open", "open", "person")] * 2


def test_waivers_end_by_themselves(flag: Flag, responder: User) -> None:
    acts.accept(flag, by=responder, until=NOW + DAY, because="until the courier", now=NOW)
    assert acts.end_waivers(NOW + DAY - timedelta(seconds=1)) == []
    assert acts.end_waivers(NOW + DAY) == [flag]
    assert acts.end_waivers(NOW + DAY) == []
    flag.refresh_from_db()
    last = flag.transitions.order_by("pk").last()
    assert last is not None
    assert (flag.state, last.cause, last.because) == (
        "open", "expiry", "Accepted until 2026-11-24: until the courier",
    )  # fmt: skip
