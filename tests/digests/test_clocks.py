"""Every clock: a mail goes out once, at the reader's hour, whatever zone, season or outage."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from incidents.digests import deliver, queue
from incidents.digests.models import Digest, Subscription
from incidents.digests.periods import moment
from tests.support.digests import prepare, subscribe
from tests.support.factories import NOW, make_flag, make_host, make_pattern, make_user
from tests.support.mailserver import Postbox

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


ZONES = [
    # zone, what the clock there shows at nine on Monday in UTC, in winter and in summer
    ("Pacific/Pago_Pago", "2026-01-12T20:00", "2026-07-13T20:00"),  # -11
    ("Pacific/Marquesas", "2026-01-12T18:30", "2026-07-13T18:30"),  # -9:30
    ("America/St_Johns", "2026-01-12T12:30", "2026-07-13T11:30"),  # -3:30, -2:30
    ("America/New_York", "2026-01-12T14:00", "2026-07-13T13:00"),
    ("UTC", "2026-01-12T09:00", "2026-07-13T09:00"),
    ("Europe/London", "2026-01-12T09:00", "2026-07-13T08:00"),
    ("Asia/Kolkata", "2026-01-12T03:30", "2026-07-13T03:30"),  # +5:30
    ("Asia/Kathmandu", "2026-01-12T03:15", "2026-07-13T03:15"),  # +5:45
    ("Australia/Lord_Howe", "2026-01-11T22:00", "2026-07-12T22:30"),  # +11, +10:30
    ("Pacific/Chatham", "2026-01-11T19:15", "2026-07-12T20:15"),  # +13:45, +12:45
    ("Pacific/Kiritimati", "2026-01-11T19:00", "2026-07-12T19:00"),  # +14
]


@pytest.mark.parametrize(("zone", "winter", "summer"), ZONES)
def test_a_minute_before_nine_nothing_is_due_and_at_nine_it_is(
    zone: str, winter: str, summer: str
) -> None:
    subscription = subscribe(make_user("ruth"), time_zone=zone, created_at=LONG_AGO)
    for text in (winter, summer):
        nine = utc(text)
        there = nine.astimezone(ZoneInfo(zone))
        assert (there.weekday(), there.hour, there.minute) == (0, 9, 0)
        (early,) = queue.find_due(nine - timedelta(minutes=1), [subscription])
        (due,) = queue.find_due(nine, [subscription])
        assert due.week.monday - early.week.monday == timedelta(days=7)
        assert due.week.sent_at(0, 9) == nine


@pytest.mark.parametrize("zone", ["Europe/London", "Australia/Lord_Howe"])
def test_a_clock_that_runs_for_a_year_brings_each_week_once(zone: str, postbox: Postbox) -> None:
    """Beat around midnight and nine of each week, over all changes of a year's clocks."""
    subscription = subscribe(make_user("ruth"), time_zone=zone, created_at=LONG_AGO, always=True)
    prepare(queue.find_due(utc("2026-01-06T12:00"), [subscription])[0])
    Digest.objects.update(state="sent")
    found: list[queue.Due] = []
    for number in range(2, 53):
        nine = moment(date.fromisocalendar(2026, number + 1, 1), 9, zone)
        for minutes in (-9 * 60, -1, 0, 1, 60):
            for due in queue.find_due(nine + timedelta(minutes=minutes), [subscription]):
                assert minutes == 0
                queue.enqueue([due])
                found.append(due)
                Digest.objects.update(state="sent")
    weeks = [due.week.monday for due in found]
    assert len(weeks) == len(set(weeks)) == 51
    assert {later - one for one, later in pairwise(weeks)} == {timedelta(days=7)}
    assert {due.week.weeks for due in found} == {1}
    ends = [(due.week.starts_at, due.week.ends_at) for due in found]
    assert all(one[1] == later[0] for one, later in pairwise(ends))


@pytest.mark.parametrize("hour", [0, 1, 2, 3])
def test_the_hour_that_is_left_out_or_comes_twice_brings_one_mail(hour: int) -> None:
    subscription = subscribe(
        make_user("ruth"), time_zone="Europe/London", weekday=6, hour=hour, created_at=LONG_AGO
    )
    for sunday in ("2026-03-29", "2026-10-25"):
        now, labels = utc(f"{sunday}T00:00") - timedelta(hours=2), []
        for _ in range(14):
            owed = queue.find_due(now, [subscription])
            labels += [due.week.label for due in owed]
            queue.enqueue(owed)
            Digest.objects.update(state="sent")
            now += timedelta(minutes=30)
        assert len(labels) == len(set(labels))


# --- late -------------------------------------------------------------------------------------


@pytest.fixture
def sent_once(postbox: Postbox) -> Subscription:
    """Somebody whose mail of week 47 went out."""
    make_flag(make_pattern("raid-only"), make_host("david"), at=NOW - timedelta(days=3))
    subscription = subscribe(make_user("ruth"))
    deliver.send_all(NOW)
    return subscription


def test_a_server_that_was_down_at_the_hour_sends_late_for_the_right_week(
    sent_once: Subscription, postbox: Postbox
) -> None:
    make_flag(make_pattern("p"), make_host("robert"), at=NOW + timedelta(days=2))
    assert deliver.send_all(NOW + timedelta(days=9, hours=5)) == {"sent": 1}
    assert postbox.accepted[1]["Subject"] == "1 host newly at risk (week 48)"


def test_after_three_weeks_one_mail_tells_them_all(
    sent_once: Subscription, postbox: Postbox
) -> None:
    for week in (1, 2, 3):
        make_flag(make_pattern(), make_host(), at=NOW + timedelta(days=7 * week - 5))
    assert deliver.send_all(NOW + timedelta(days=21, hours=1)) == {"sent": 1}
    assert postbox.accepted[1]["Subject"] == "3 hosts newly at risk (weeks 48–50)"
    assert Digest.objects.count() == 2


def test_what_waited_for_a_week_is_told_by_the_next_and_says_so(
    sent_once: Subscription, postbox: Postbox
) -> None:
    make_flag(make_pattern("p"), make_host("robert"), at=NOW + timedelta(days=2))
    postbox.answers = ["451 not now"]
    assert deliver.send_all(NOW + timedelta(days=7)) == {"pending": 1}
    assert deliver.send_all(NOW + timedelta(days=14)) == {"sent": 1}
    assert postbox.accepted[1]["Subject"] == "1 host newly at risk (weeks 48–49)"
    waited = Digest.objects.get(period="2026-W48")
    assert (waited.state, waited.reason) == ("skipped", "newer")
    assert "next mail tells this week too" in waited.why_not


def test_while_the_week_before_is_being_sent_the_next_waits(
    sent_once: Subscription, postbox: Postbox
) -> None:
    Digest.objects.update(state="sending", claimed_at=NOW)
    assert queue.find_due(NOW + timedelta(days=7)) == []


def test_mails_are_spread_over_the_minutes_after_the_hour(
    settings: object, postbox: Postbox
) -> None:
    settings.MAIL_SPREAD_MINUTES = 10  # type: ignore[attr-defined]
    some = [subscribe(make_user(), always=True) for _ in range(12)]
    waits = {queue.spread(one.pk) for one in some}
    assert len(waits) > 6
    assert all(timedelta(0) <= wait < timedelta(minutes=10) for wait in waits)
    assert queue.spread(some[0].pk) == queue.spread(some[0].pk)
    first = deliver.send_all(NOW).get("sent", 0)
    assert first < 12
    assert deliver.send_all(NOW + timedelta(minutes=10)) == {"sent": 12 - first}
