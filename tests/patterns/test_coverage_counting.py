"""Counting by the thousand: only what moved, never anything else than counting anew."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from incidents.patterns import counting
from incidents.patterns.coverage import Gap, Place, coverage
from incidents.patterns.models import HostVerdicts, Pattern, VerdictCount
from incidents.patterns.views import coverage as view
from kb.outbox.drain import drain
from kb.outbox.models import OutboxRow
from tests.patterns.test_coverage import told
from tests.support.factories import make_host, make_pattern, make_site, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()  # stamps of one test are those of another
    monkeypatch.setattr(counting, "BLOCK", 2)


@pytest.fixture
def six() -> list[Any]:
    """Six hosts in three blocks or four, all unknown for want of backups."""
    make_pattern("raid")
    hosts = [make_host(f"h{n}") for n in range(6)]
    for stamp, host in enumerate(hosts, start=1):
        told(host, stamp, raid=("unknown", ["backups"]))
    return hosts


def test_blocks_add_up(six: list[Any]) -> None:
    found = coverage()
    assert (found.hosts, found.patterns, found.complete) == (6, {"raid": {"unknown": 6}}, True)
    assert found.gaps == (Gap("backups", 6, 6, ("h0", "h1", "h2", "h3", "h4")),)
    assert VerdictCount.objects.count() >= 3


def test_only_what_moved_is_counted_again(six: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    coverage()
    counted: list[int] = []
    count = counting._count
    monkeypatch.setattr(
        counting, "_count", lambda block, *rest: counted.append(block) or count(block, *rest)
    )
    told(six[3], 99, raid=("match", []))
    assert coverage().patterns == {"raid": {"unknown": 5, "match": 1}}
    assert counted == [six[3].pk // 2]


def test_asked_again_with_the_same_answer_nothing_is_counted_again(
    library: None, judge: Callable[..., Any], django_assert_num_queries: Any
) -> None:
    host = make_host(facts={"storage": {"raids": []}})
    judge(host)
    before = coverage()
    judge(host)
    with django_assert_num_queries(2):
        assert coverage() == before
    host.environment = "production"
    host.save()
    judge(host)
    assert coverage(Place(environment="production")).hosts == 1


def test_a_host_that_went_and_a_pattern_that_was_switched_off_are_noticed(six: list[Any]) -> None:
    coverage()
    six[0].delete()
    assert coverage().hosts == 5
    make_pattern("other")
    told(six[1], 99, raid=("unknown", ["backups"]), other=("unknown", ["backups"]))
    assert coverage().gaps[0].verdicts == 6
    Pattern.objects.filter(slug="other").update(enabled=False)
    assert (coverage().gaps[0].verdicts, coverage().gaps[0].hosts) == (5, 5)


def test_what_there_was_no_time_for_is_left_to_the_background(six: list[Any]) -> None:
    coverage()
    for host in six:
        told(host, 100 + host.pk, raid=("clear", []))
    some = coverage(seconds=-1)
    assert not some.complete
    assert some.hosts == 6
    assert 0 < some.patterns["raid"]["clear"] < 6
    assert coverage(seconds=-1).hosts == 6
    assert OutboxRow.objects.filter(topic="coverage").count() == 1
    drain("coverage")
    whole = coverage(seconds=-1)
    assert (whole.complete, whole.patterns) == (True, {"raid": {"clear": 6}})


def test_the_answer_is_that_of_counting_anew(
    six: list[Any], library: None, judge: Callable[..., Any]
) -> None:
    judge(*six[:4])
    before = coverage()
    VerdictCount.objects.all().delete()
    cache.clear()
    assert coverage() == before


def test_parts_of_the_fleet(six: list[Any]) -> None:
    team, site = make_team("Storage"), make_site("North")
    for host, fields in zip(
        six,
        (
            {"environment": "production", "owner": team, "site": site},
            {"environment": "production", "site": site},
            {"environment": "staging", "site": site},
        ),
        strict=False,
    ):
        for name, value in fields.items():
            setattr(host, name, value)
        host.save()
        told(host, 50 + host.pk, raid=("unknown", ["backups"]))
    assert [
        coverage(place).hosts
        for place in (
            Place(environment="production"),
            Place(site="north"),
            Place(team="storage"),
            Place("staging", "north"),
            Place("staging", "", "storage"),
        )
    ] == [2, 3, 1, 1, 0]
    assert coverage(Place(team="storage")).gaps == (Gap("backups", 1, 1, ("h0",)),)


def test_what_nobody_records_is_told_once(six: list[Any]) -> None:
    for host in six:
        told(host, 60 + host.pk, raid=("unknown", ["upkeep.failover_drill.ever"]))
    found = coverage()
    assert found.gaps == ()
    (gap,) = found.nobody_records
    assert (gap.section, gap.hosts, gap.verb) == ("upkeep.failover_drill", 6, "record")
    assert "decides this on every host" in gap.text


def test_what_is_only_stale_is_to_be_refreshed(six: list[Any]) -> None:
    for host in six[:2]:
        row = HostVerdicts.objects.get(host=host)
        row.verdicts["raid"]["stale"] = {"backups": "2026-11-01T00:00:00+00:00"}
        row.told = 80 + host.pk
        row.save()
    (gap,) = coverage().gaps
    assert (gap.verdicts, gap.stale, gap.verb) == (6, 2, "collect")
    assert Gap("backups", 2, 2, stale=2).verb == "refresh"


def test_reading_costs_the_same_for_many_blocks(
    six: list[Any], django_assert_num_queries: Any
) -> None:
    coverage()
    with django_assert_num_queries(2):
        coverage()
    cache.clear()
    with django_assert_num_queries(5):
        coverage()
    told(six[0], 500, raid=("clear", []))
    with django_assert_num_queries(9):
        coverage()


def test_the_door_narrows_it(six: list[Any], api: APIClient) -> None:
    six[0].environment = "production"
    six[0].save()
    told(six[0], 70, raid=("unknown", ["backups"]))
    body = api.get("/api/v1/coverage/", {"environment": "production"}).json()
    assert (body["hosts"], body["complete"]) == (1, True)
    assert body["gaps"][0]["for_example"] == ["h0"]
    assert api.get("/api/v1/coverage/", {"team": "nobody"}).json()["hosts"] == 0


def test_the_page_with_its_filters(six: list[Any], browser_of: Any, viewer: Any) -> None:
    client = browser_of(viewer)
    shown = client.get("/coverage/").content.decode()
    assert "Collect <code>backups</code> on 6 hosts" in shown
    assert "6 verdicts become known" in shown
    empty = client.get("/coverage/?environment=nowhere").content.decode()
    assert "No host was asked here" in empty


def test_the_page_says_when_it_lags(
    six: list[Any], browser_of: Any, viewer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for host in six:
        told(host, 100 + host.pk, raid=("clear", []))
    monkeypatch.setattr(view, "coverage", lambda place: coverage(place, seconds=-1))
    assert "Still counting" in browser_of(viewer).get("/coverage/").content.decode()
