"""What records of failovers, upgrades and plans say of a group and its members."""

from datetime import timedelta
from typing import Any

import pytest

from incidents.hosts.models import Host, RedundancyGroup, Upkeep
from incidents.patterns.fleet import Fleet
from tests.support.factories import NOW, make_host

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair() -> RedundancyGroup:
    group = RedundancyGroup.objects.create(
        slug="db", name="db", created_at=NOW - timedelta(days=90)
    )
    group.members.set([make_host("db-01"), make_host("db-02")])
    return group


def section(name: str, of: str = "db-01") -> Any:
    (view,) = Fleet.at(NOW, Host.objects.filter(name=of))
    return view.sections[name]


def record(kind: str, days: int, result: str = "ok", **about: Any) -> None:
    Upkeep.objects.create(kind=kind, happened_at=NOW - timedelta(days=days), result=result, **about)


FIELDS = (
    "failover_ever",
    "last_failover_test_days",
    "last_failover_result",
    "partial_fault_tested",
)


def told(of: str = "db-01") -> dict[str, Any]:
    (group,) = section("groups", of)
    return {name: group[name] for name in FIELDS if name in group}


def test_while_nobody_records_failovers_nothing_is_known(pair: RedundancyGroup) -> None:
    assert told() == {}
    assert section("groups")[0]["age_days"] == 90


def test_once_somebody_does_a_group_without_one_never_failed_over(pair: RedundancyGroup) -> None:
    other = RedundancyGroup.objects.create(slug="web", name="web")
    record("failover_drill", 3, group=other)
    assert told() == {"failover_ever": False}


def test_the_last_that_worked_counts_and_the_last_of_all_is_told(pair: RedundancyGroup) -> None:
    record("failover_drill", 200, group=pair, partial_fault=False)
    record("failover_drill", 40, group=pair, partial_fault=True)
    record("failover_drill", 5, "failed", group=pair)
    assert told() == {
        "failover_ever": True,
        "last_failover_test_days": 40,
        "last_failover_result": "failed",
        "partial_fault_tested": True,
    }


def test_a_failover_of_a_member_is_one_of_its_only_group(pair: RedundancyGroup) -> None:
    record("failover_drill", 7, host=Host.objects.get(name="db-02"))
    assert told("db-01") == told("db-02")
    assert told()["last_failover_test_days"] == 7


def test_of_two_groups_nobody_can_say_which_the_member_meant(pair: RedundancyGroup) -> None:
    other = RedundancyGroup.objects.create(slug="vip", name="vip")
    other.members.set(Host.objects.all())
    record("failover_drill", 7, host=Host.objects.get(name="db-01"))
    assert [group["failover_ever"] for group in section("groups")] == [False, False]


@pytest.mark.parametrize(("days", "expected"), [(30, True), (31, False)])
def test_an_upgrade_of_any_member_lately_means_that_the_group_is_being_upgraded(
    pair: RedundancyGroup, days: int, expected: bool
) -> None:
    assert section("groups")[0]["being_upgraded"] is False
    record("upgrade", days, host=Host.objects.get(name="db-02"))
    assert section("groups", "db-01")[0]["being_upgraded"] is expected
    assert section("groups", "db-02")[0]["being_upgraded"] is expected


def test_a_planned_upgrade_is_told_with_its_days_and_none_is_told_as_none() -> None:
    host = make_host("db-01")
    assert section("host")["upgrade_planned"] is False
    assert "upgrade_planned_in_days" not in section("host")
    host.upgrade_planned_on = (NOW + timedelta(days=40)).date()
    host.save()
    assert section("host")["upgrade_planned"] is True
    assert section("host")["upgrade_planned_in_days"] == 40
