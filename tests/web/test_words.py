"""Ages, spans and fact values in plain words."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kb.web import words

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("back", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=119), "1 hour ago"),
        (timedelta(hours=2), "2 hours ago"),
        (timedelta(hours=47), "1 day ago"),
        (timedelta(days=41), "41 days ago"),
        (timedelta(days=212), "7 months ago"),
        (timedelta(days=800), "2 years ago"),
        (-timedelta(seconds=5), "in a moment"),
        (-timedelta(days=8, hours=23), "in 9 days"),
        (-timedelta(days=3), "in 3 days"),
    ],
)
def test_how_far_a_moment_lies_from_now(back: timedelta, said: str) -> None:
    assert words.ago(NOW - back, NOW) == said


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=38), "38 min"),
        (timedelta(hours=2, minutes=5, seconds=50), "2 h 5 min"),
        (timedelta(hours=8), "8 h"),
        (timedelta(days=3, hours=4, minutes=9), "3 d 4 h"),
        (timedelta(days=3), "3 d"),
        (-timedelta(minutes=4), "−4 min"),
    ],
)
def test_how_long_a_span_is(span: timedelta, said: str) -> None:
    assert words.duration(span) == said


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        (date(2026, 11, 23), 0),
        (date(2026, 11, 20), 3),
        (date(2026, 12, 1), -8),
        (NOW - timedelta(days=1, hours=23), 1),
        (NOW + timedelta(hours=1), -1),
    ],
)
def test_whole_days_between(moment: date, days: int) -> None:
    assert words.days_between(moment, NOW) == days


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (None, "not known"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (20040, "20040"),
        (71.0, "71"),
        (0.25, "0.2"),
        ("", "(empty)"),
        ("raid5", "raid5"),
        ([], "none"),
        ({}, "none"),
        (["web", "db"], "web, db"),
        (list(range(8)), "0, 1, 2, 3, 4, 5 and 2 more"),
        ({"level": "raid5", "spares": 0}, "level raid5, spares 0"),
        ({"name": "md0"}, "md0"),
        (
            [{"name": "md0", "level": "raid5"}, {"level": "raid1"}],
            "md0: level raid5; level raid1",
        ),
    ],
)
def test_a_fact_as_a_person_would_say_it(raw: Any, said: str) -> None:
    assert words.value(raw) == said


def test_the_exact_value_keeps_what_words_leave_out() -> None:
    assert words.as_json({"a": [None, "é"], "at": NOW}) == (
        '{"a": [null, "é"], "at": "2026-11-23 09:00:00+00:00"}'
    )
