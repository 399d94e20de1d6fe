"""Which week a mail is about and when it goes out, on every clock."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.digests.periods import Week, moment, week_due, week_of


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_week_is_named_after_iso() -> None:
    assert Week(date(2026, 11, 16), "UTC").label == "2026-W47"
    assert Week(date(2024, 12, 30), "UTC").label == "2025-W01"


@pytest.mark.parametrize(
    ("zone", "sent"),
    [
        ("UTC", "2026-11-23T09:00"),
        ("Europe/London", "2026-11-23T09:00"),
        ("Europe/Berlin", "2026-11-23T08:00"),
        ("America/New_York", "2026-11-23T14:00"),
        ("Asia/Kolkata", "2026-11-23T03:30"),
        ("Australia/Adelaide", "2026-11-22T22:30"),
        ("Pacific/Apia", "2026-11-22T20:00"),
        ("Pacific/Kiritimati", "2026-11-22T19:00"),
        ("Pacific/Pago_Pago", "2026-11-23T20:00"),
    ],
)
def test_nine_on_monday_is_the_readers_nine(zone: str, sent: str) -> None:
    assert Week(date(2026, 11, 16), zone).sent_at(weekday=0, hour=9) == utc(sent)


@pytest.mark.parametrize(
    ("monday", "hours"),
    [(date(2026, 3, 23), 167), (date(2026, 10, 19), 169), (date(2026, 6, 1), 168)],
)
def test_a_week_with_a_clock_change_is_no_168_hours(monday: date, hours: int) -> None:
    week = Week(monday, "Europe/London")
    assert week.ends_at - week.starts_at == timedelta(hours=hours)


def test_nine_stays_nine_across_a_clock_change() -> None:
    before, after = (
        Week(date(2026, 10, 12), "Europe/London"),
        Week(date(2026, 10, 19), "Europe/London"),
    )
    assert before.sent_at(0, 9) == utc("2026-10-19T08:00")
    assert after.sent_at(0, 9) == utc("2026-10-26T09:00")


def test_an_hour_that_the_clock_leaves_out_becomes_the_next() -> None:
    assert moment(date(2026, 3, 29), 1, "Europe/London") == utc("2026-03-29T01:00")


def test_the_mail_is_due_from_its_hour_on() -> None:
    def due(now: str) -> str:
        return week_due(utc(now), zone="Europe/Berlin", weekday=0, hour=9).label

    assert due("2026-11-23T07:59") == "2026-W46"
    assert due("2026-11-23T08:00") == "2026-W47"
    assert due("2026-11-30T07:59") == "2026-W47"


def test_a_later_weekday_still_tells_the_completed_week() -> None:
    assert week_due(utc("2026-11-24T09:00"), zone="UTC", weekday=2, hour=9).label == "2026-W46"
    assert week_due(utc("2026-11-25T09:00"), zone="UTC", weekday=2, hour=9).label == "2026-W47"


@given(
    now=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(
        lambda t: t.replace(tzinfo=UTC)
    ),
    zone=st.sampled_from(
        ["UTC", "Pacific/Pago_Pago", "Pacific/Kiritimati", "Asia/Kathmandu", "America/St_Johns"]
    ),
    weekday=st.integers(0, 6),
    hour=st.integers(0, 23),
)
def test_the_week_due_is_over_its_hour_has_come_and_the_next_has_not(
    now: datetime, zone: str, weekday: int, hour: int
) -> None:
    week = week_due(now, zone=zone, weekday=weekday, hour=hour)
    following = Week(week.monday + timedelta(days=7), zone)
    assert week.ends_at <= week.sent_at(weekday, hour) <= now < following.sent_at(weekday, hour)


@given(
    now=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(
        lambda t: t.replace(tzinfo=UTC)
    )
)
def test_weeks_follow_each_other_without_gap(now: datetime) -> None:
    week = week_of(now, "America/New_York")
    assert week.starts_at <= now < week.ends_at
    assert week.before().ends_at == week.starts_at
