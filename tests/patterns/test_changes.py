"""What a week did to the flags is read from the log, and the weeks add up."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from incidents.patterns.changes import Change, changes, open_at
from incidents.patterns.models import Flag, FlagState
from tests.support.factories import NOW, make_flag, make_host, make_pattern

MONDAY = NOW - timedelta(days=7)
pytestmark = pytest.mark.django_db


def walk(flag: Flag, *steps: tuple[datetime, str, str]) -> None:
    """Replace the flag's log by (moment, state, severity) steps."""
    flag.transitions.all().delete()
    before = ""
    for at, state, severity in steps:
        flag.transitions.create(
            at=at, before=before, after=state, severity=severity, cause="facts", pattern_version=1
        )
        before = state


def the_change(flag: Flag) -> Change:
    (change,) = changes(Flag.objects.filter(pk=flag.pk), MONDAY, NOW)
    return change


def day(number: int) -> datetime:
    """A moment in the week (0 to 6) or before it (negative)."""
    return MONDAY + timedelta(days=number, hours=1)


def a_flag() -> Flag:
    return make_flag(make_pattern(), make_host())


def test_opened_in_the_week_is_new() -> None:
    flag = a_flag()
    walk(flag, (day(1), "open", "high"))
    change = the_change(flag)
    assert (change.is_new, change.is_again, change.is_worse, change.is_recovered) == (
        True,
        False,
        False,
        False,
    )


def test_out_of_its_grace_is_new_but_not_again() -> None:
    flag = a_flag()
    walk(flag, (day(-3), "pending", "high"), (day(2), "open", "high"))
    assert (the_change(flag).is_new, the_change(flag).is_again) == (True, False)


def test_back_after_it_was_resolved_is_new_again() -> None:
    flag = a_flag()
    walk(flag, (day(-30), "open", "high"), (day(-20), "resolved", "high"), (day(2), "open", "high"))
    assert (the_change(flag).is_new, the_change(flag).is_again) == (True, True)


def test_opened_and_resolved_within_the_week_came_and_went() -> None:
    flag = a_flag()
    walk(flag, (day(1), "open", "high"), (day(2), "resolved", "high"))
    change = the_change(flag)
    assert (change.is_passing, change.is_new, change.is_recovered) == (True, False, False)


def test_resolved_after_standing_open_is_recovered() -> None:
    flag = a_flag()
    walk(flag, (day(-1), "open", "high"), (day(2), "resolved", "high"))
    assert the_change(flag).is_recovered


def test_closed_is_not_recovered() -> None:
    flag = a_flag()
    walk(flag, (day(-1), "open", "high"), (day(2), "closed", "high"))
    assert not the_change(flag).is_recovered


def test_a_rise_in_severity_is_worse_a_fall_is_not() -> None:
    flag = a_flag()
    walk(flag, (day(-1), "open", "high"), (day(2), "open", "critical"))
    assert the_change(flag).is_worse
    walk(flag, (day(-1), "open", "critical"), (day(2), "open", "high"))
    assert not the_change(flag).is_worse


def test_a_waiver_that_ran_out_is_not_new_risk() -> None:
    flag = a_flag()
    walk(flag, (day(-9), "open", "high"), (day(-8), "accepted", "high"), (day(3), "open", "high"))
    assert (the_change(flag).is_waiver_ended, the_change(flag).is_new) == (True, False)


def test_what_happens_at_midnight_belongs_to_the_new_week() -> None:
    flag = a_flag()
    walk(flag, (NOW, "open", "high"))
    assert changes(Flag.objects.filter(pk=flag.pk), MONDAY, NOW) == []
    walk(flag, (MONDAY, "open", "high"))
    assert the_change(flag).is_new


STATES = [state.value for state in FlagState]


class WeeksAddUp(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.lists(
                st.tuples(
                    st.integers(0, 27),
                    st.sampled_from(STATES),
                    st.sampled_from(["low", "high", "critical"]),
                ),
                max_size=8,
            ),
            min_size=1,
            max_size=4,
        )
    )
    def test_consecutive_weeks_add_up_to_the_change_between_their_ends(
        self, logs: list[list[tuple[int, str, str]]]
    ) -> None:
        pattern = make_pattern()
        start = NOW - timedelta(days=28)
        flags = []
        for log in logs:
            flag = make_flag(pattern, make_host())
            walk(flag, *((start + timedelta(days=d, hours=1), s, v) for d, s, v in sorted(log)))
            flags.append(flag.pk)
        standing = {FlagState.OPEN, FlagState.ACKNOWLEDGED, FlagState.ACCEPTED}
        new = {FlagState.OPEN, FlagState.ACKNOWLEDGED}
        risky: set[int] = set()
        for week in range(4):
            since, until = start + timedelta(days=7 * week), start + timedelta(days=7 * week + 7)
            for change in changes(Flag.objects.filter(pk__in=flags), since, until):
                if change.is_new or change.is_waiver_ended:
                    risky.add(change.last.flag_id)
                elif change.last.after not in new:
                    risky.discard(change.last.flag_id)
                elif change.before is not None and change.before.after in standing:
                    risky.add(change.last.flag_id)
        assert len(risky) == sum(open_at(Flag.objects.filter(pk__in=flags), NOW).values())
