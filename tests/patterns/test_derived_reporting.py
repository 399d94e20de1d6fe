"""How a host reports, who owns it, and how its file systems fill up."""

from datetime import timedelta
from typing import Any

import pytest

from incidents.hosts.models import FactHistory, FactSample, Host
from tests.patterns.views import section, view_of
from tests.support.factories import NOW, make_host, make_team, make_user

pytestmark = pytest.mark.django_db


def sample(host: Host, days: int, value: dict[str, Any] | None = None, **fields: Any) -> None:
    fields = {"section": "storage", "source": "ansible"} | fields
    day = (NOW - timedelta(days=days)).date()
    FactSample.objects.create(host=host, day=day, value=value or {}, **fields)


def said(host: Host, *names: str) -> dict[str, Any]:
    found = section(host, "host")
    return {name: found[name] for name in names if name in found}


class TestReports:
    NAMES = ("reported", "reports", "last_report_days", "report_every_days", "clock_off_seconds")

    def test_a_host_that_never_reported(self) -> None:
        assert said(make_host(), *self.NAMES) == {"reported": False}

    def test_what_people_enter_by_hand_is_no_report(self) -> None:
        host = make_host(facts={"backups": []}, source="manual", last_report_at=NOW)
        assert said(host, *self.NAMES) == {"reported": False}

    def test_one_that_reported_once_and_never_again(self) -> None:
        seen = NOW - timedelta(days=40)
        host = make_host(facts={"os": {"name": "Debian"}}, seen=seen, clock_ahead_seconds=0.0)
        FactHistory.objects.create(
            host=host, section="os", source="test", value={}, digest="x", since=seen, last_seen=seen
        )
        assert said(host, *self.NAMES) == {
            "reported": True, "reports": 1, "last_report_days": 40, "clock_off_seconds": 0.0,
        }  # fmt: skip

    def test_one_that_reports_every_day_but_for_a_holiday(self) -> None:
        host = make_host(facts={"os": {}}, clock_ahead_seconds=42.0)
        for day in (0, 1, 2, 3, 20, 21):
            sample(host, day)
            sample(host, day, section="runtime")
        assert said(host, *self.NAMES) == {
            "reported": True, "reports": 6, "last_report_days": 0, "report_every_days": 1.0,
            "clock_off_seconds": 42.0,
        }  # fmt: skip


class TestOwner:
    NAMES = ("owned", "owner_people")

    def test_nothing_is_known_while_no_host_has_an_owner(self) -> None:
        assert said(make_host(), *self.NAMES) == {}

    def test_once_one_has_the_others_have_none(self) -> None:
        make_host(owner=make_team())
        assert said(make_host(), *self.NAMES) == {"owned": False}

    def test_people_are_counted_once_any_team_has_members(self) -> None:
        host = make_host(owner=make_team("Platform"))
        assert said(host, *self.NAMES) == {"owned": True}
        team = make_team("Web", members=(make_user(), make_user(), make_user(is_active=False)))
        assert said(host, *self.NAMES) == {"owned": True, "owner_people": 0}
        assert said(make_host(owner=team), *self.NAMES) == {"owned": True, "owner_people": 2}


class TestPlans:
    NAMES = ("upgrade_planned", "upgrade_planned_in_days", "in_maintenance")

    def test_none(self) -> None:
        assert said(make_host(), *self.NAMES) == {"upgrade_planned": False, "in_maintenance": False}

    @pytest.mark.parametrize("days", [12, -3])
    def test_a_day_that_comes_or_has_passed(self, days: int) -> None:
        host = make_host(upgrade_planned_on=(NOW + timedelta(days=days)).date())
        assert said(host, *self.NAMES[:2]) == {
            "upgrade_planned": True, "upgrade_planned_in_days": days,
        }  # fmt: skip

    @pytest.mark.parametrize(("minutes", "expected"), [(1, True), (0, False), (-1, False)])
    def test_a_window_ends_by_itself(self, minutes: int, expected: bool) -> None:
        host = make_host(maintenance_until=NOW + timedelta(minutes=minutes))
        assert said(host, "in_maintenance") == {"in_maintenance": expected}


def filling(host: Host, used: dict[int, float], **fields: Any) -> None:
    for days, percent in used.items():
        sample(host, days, {"mounts": [{"path": "/", "used_pct": percent}]}, **fields)


class TestTrends:
    def mounts(self, host: Host) -> Any:
        return section(host, "trends")["mounts"]

    def test_none_without_samples_of_five_days(self) -> None:
        host = make_host()
        filling(host, {day: 80.0 - day for day in range(4)})
        assert self.mounts(host) == []

    def test_a_straight_line_says_when_it_is_full(self) -> None:
        host = make_host()
        filling(host, {day: 80.0 - 2 * day for day in range(6)})
        (root,) = self.mounts(host)
        assert root.pop("full_in_days") == pytest.approx(10)
        assert root == {"path": "/", "growing": True, "days": 6}

    @pytest.mark.parametrize("slope", [0.0, -1.0])
    def test_what_does_not_grow_is_never_full(self, slope: float) -> None:
        host = make_host()
        filling(host, {day: 50 - slope * day for day in range(6)})
        assert self.mounts(host) == [{"path": "/", "growing": False, "days": 6}]

    def test_older_than_two_weeks_is_past(self) -> None:
        host = make_host()
        filling(host, dict.fromkeys((0, 1, 2, 3, 14, 15, 16), 50.0))
        assert self.mounts(host) == []

    def test_of_two_sources_the_fuller_counts(self) -> None:
        host = make_host()
        filling(host, {day: 80.0 - 2 * day for day in range(6)})
        filling(host, dict.fromkeys(range(6), 1.0), source="prometheus")
        assert self.mounts(host)[0]["growing"] is True

    def test_a_line_through_old_reports_is_not_fresh(self) -> None:
        host = make_host(facts={"storage": {"mounts": []}}, seen=NOW - timedelta(days=20))
        filling(host, dict.fromkeys(range(6), 80.0))
        view = view_of(host)
        assert view.sections["trends"]["mounts"]
        assert "trends" not in view.fresh
