"""Which week a mail is about and when it goes out: pure functions of zone and moment.

A week is an ISO week, Monday to Sunday, on the subscriber's own clock.  Its mail goes out in the
week after, at the weekday and hour the subscriber chose.  Where weeks went by without a mail,
one mail tells all of them: it bears the name of the last.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MOST_WEEKS = 8  # what lies further back has been overtaken by too much


@dataclass(frozen=True, slots=True)
class Week:
    """A local week, or several that end with it: its Monday and the zone of its midnights."""

    monday: date
    zone: str
    weeks: int = 1

    @property
    def label(self) -> str:
        """The ISO name, like ``2026-W47``."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def numbers(self) -> str:
        """``47``, or ``45–47`` where it tells several."""
        first = self.first_day.isocalendar().week
        return f"{self.number}" if self.weeks == 1 else f"{first}–{self.number}"

    @property
    def first_day(self) -> date:
        return self.monday - 7 * (self.weeks - 1) * DAY

    @property
    def last_day(self) -> date:
        return self.monday + 6 * DAY

    @property
    def starts_at(self) -> datetime:
        return moment(self.first_day, 0, self.zone)

    @property
    def ends_at(self) -> datetime:
        """The midnight after its Sunday, in UTC.  A week with a clock change is no 168 hours."""
        return moment(self.monday + 7 * DAY, 0, self.zone)

    def sent_at(self, weekday: int, hour: int) -> datetime:
        """When its mail goes out, in UTC, for a weekday (0 is Monday) and a local hour."""
        return moment(self.monday + (7 + weekday) * DAY, hour, self.zone)

    def before(self) -> "Week":
        return Week(self.monday - 7 * DAY, self.zone)

    def since(self, told_until: datetime | None) -> "Week":
        """The same week with those before it that lie after ``told_until``, up to eight."""
        weeks = 1
        while told_until and weeks < MOST_WEEKS:
            longer = replace(self, weeks=weeks + 1)
            if longer.starts_at < told_until:
                break
            weeks += 1
        return replace(self, weeks=weeks)


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

    A server that was down for a month owes one mail, not four.
    """
    week = week_of(now, zone).before()
    while week.sent_at(weekday, hour) > now:
        week = week.before()
    return week
