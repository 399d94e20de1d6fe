"""Which week a mail is about and when it goes out: pure functions of zone and moment.

A week is an ISO week, Monday to Sunday, on the subscriber's own clock.  Its mail goes out in the
week after, at the weekday and hour the subscriber chose.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Week:
    """One local week: its Monday and the zone whose midnights bound it."""

    monday: date
    zone: str

    @property
    def label(self) -> str:
        """The ISO name, like ``2026-W47``."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def starts_at(self) -> datetime:
        return moment(self.monday, 0, self.zone)

    @property
    def ends_at(self) -> datetime:
        """The midnight after its Sunday, in UTC.  A week with a clock change is no 168 hours."""
        return moment(self.monday + 7 * DAY, 0, self.zone)

    @property
    def last_day(self) -> date:
        return self.monday + 6 * DAY

    def sent_at(self, weekday: int, hour: int) -> datetime:
        """When its mail goes out, in UTC, for a weekday (0 is Monday) and a local hour."""
        return moment(self.monday + (7 + weekday) * DAY, hour, self.zone)

    def before(self) -> "Week":
        return Week(self.monday - 7 * DAY, self.zone)


def moment(day: date, hour: int, zone: str) -> datetime:
    """``hour`` o'clock on ``day`` in ``zone``, in UTC.

    An hour that a clock change leaves out becomes the hour after it; one that comes twice is
    the first of the two.
    """
    return datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)


def week_of(now: datetime, zone: str) -> Week:
    """The week that ``now`` lies in, on the zone's clock."""
    today = now.astimezone(ZoneInfo(zone)).date()
    return Week(today - today.weekday() * DAY, zone)


def week_due(now: datetime, *, zone: str, weekday: int, hour: int) -> Week:
    """The latest completed week whose mail should have gone out by ``now``.

    A server that was down for a month owes one mail, the newest, not four.
    """
    week = week_of(now, zone).before()
    while week.sent_at(weekday, hour) > now:
        week = week.before()
    return week
