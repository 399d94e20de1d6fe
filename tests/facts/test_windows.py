"""How far apart two windows for unattended updates lie."""

from datetime import UTC, datetime

import pytest

from incidents.facts.windows import gap_hours

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other", "hours"),
    [
        ("06:00-07:00 UTC", "06:00-07:00 UTC", 0),
        ("06:00-07:00 UTC", "06:30-07:30 UTC", 0),
        ("06:00-07:00 UTC", "07:00-08:00 UTC", 0),
        ("06:00-07:00 UTC", "09:00-10:00 UTC", 2),
        ("09:00-10:00 UTC", "06:00-07:00 UTC", 2),
        ("23:00-01:00 UTC", "00:30-02:00 UTC", 0),
        ("23:00-00:00 UTC", "02:00-03:00 UTC", 2),
        ("06:00 UTC", "06:00 UTC", 0),
        ("06:00 UTC", "08:30 UTC", 2.5),
        ("Sun 06:00-07:00 UTC", "Mon 06:00-07:00 UTC", 23),
        ("Sun 23:00-23:30 UTC", "Mon 00:30-01:00 UTC", 1),
        ("Mon-Fri 06:00-07:00", "Sat,Sun 06:00-07:00", 23),
        ("daily 06:00-07:00", "Sat 06:00-07:00", 0),
        ("Fri-Mon 06:00-07:00", "Sunday 06:00-07:00", 0),
        ("06:00-07:00 UTC", "07:00-08:00 Europe/Berlin", 0),
        ("06:00-07:00 UTC", "06:00-07:00 +02:00", 1),
        ("06:00-07:00", "06:00-07:00", 0),
        ("06:00–07:00", "06:00-07:00", 0),
        ("06:00-07:00", "06:00-07:00 UTC", None),
        ("06:00-07:00 UTC", "06:00-07:00 Mars/Base", None),
        ("06:00-07:00 UTC", "at night", None),
        ("06:00-07:00 UTC", "sometimes 06:00-07:00 UTC", None),
        ("06:00-07:00 UTC", "26:00-27:00 UTC", None),
        ("06:00-07:00 UTC", "", None),
    ],
)
def test_hours_between_windows(one: str, other: str, hours: float | None) -> None:
    assert gap_hours(one, other, NOW) == hours
    assert gap_hours(other, one, NOW) == hours
