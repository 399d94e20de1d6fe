"""``?at=``: what the checks of a host would have said at a moment that is over."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from incidents.hosts import register, shelf_lives, upkeep
from incidents.hosts.ingest import ingest
from incidents.hosts.models import Host
from incidents.patterns import overriding
from incidents.patterns.explain import Explanation, explain_then
from incidents.patterns.models import FlagTransition, Pattern
from tests.hosts.reports import report
from tests.support.factories import (
    NOW,
    make_flag,
    make_group,
    make_host,
    make_pattern,
    make_service,
)

pytestmark = pytest.mark.django_db
_number = count(1)
Tell = Callable[..., Host]


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def tell(time_machine: Any) -> Tell:
    """``tell("robert", days_ago, storage={…})``: a report as it came in then."""

    def tell(name: str, days: float, source: str = "test", **sections: Any) -> Host:
        time_machine.move_to(ago(days), tick=False)
        told = report(name, source=source, at=ago(days), **sections)
        host = ingest(told, arrived_at=ago(days)).host
        time_machine.move_to(NOW, tick=False)
        return host

    return tell


def pattern(match: str, applies: str = "true", days: float = 900, **more: Any) -> Pattern:
    spec = {
        "pattern": "p", "title": "P", "severity": "high", "likelihood": "medium",
        "applies": applies, "match": match, "examples": [],
    } | more  # fmt: skip
    made = make_pattern("p", spec=spec, title="P")
    # Compiled once per version and moment: no two tests may have both in common.
    made.versions.update(made_at=ago(days) + timedelta(microseconds=next(_number)))
    return made


def then(host: Host, days: float) -> Explanation:
    return explain_then(Host.objects.get(pk=host.pk), moment=ago(days))


def state(host: Host, days: float) -> str:
    (check,) = then(host, days).checks
    return check.verdict


# --- facts ------------------------------------------------------------------------------------


def test_facts_are_those_of_the_moment_source_by_source(tell: Tell) -> None:
    pattern("custom.bad")
    host = tell("robert", 30, custom={"bad": False})
    tell("robert", 20, custom={"bad": True})
    tell("robert", 10, custom={"bad": False})
    assert [state(host, days) for days in (30, 21, 20, 11, 10, 1)] == [
        "clear", "clear", "match", "match", "clear", "clear",
    ]  # fmt: skip


def test_shelf_lives_are_counted_then(tell: Tell) -> None:
    pattern("custom.bad")
    host = tell("robert", 100, custom={"bad": False})
    tell("robert", 50, custom={"bad": False})
    found = then(host, 60).checks[0]
    assert (found.verdict, dict(found.stale)) == ("unknown", {"custom": ago(86).isoformat()})
    assert [state(host, days) for days in (87, 85, 49)] == ["clear", "unknown", "clear"]


def test_shelf_lives_that_were_set_then_count_then(tell: Tell) -> None:
    pattern("custom.bad")
    host = tell("robert", 30, custom={"bad": False})
    shelf_lives.put("custom", "", 2, by=None, now=ago(27))
    shelf_lives.take_back("custom", "", by=None, now=ago(20))
    assert [state(host, days) for days in (27.5, 26, 19)] == ["clear", "unknown", "clear"]


def test_ages_are_those_of_the_moment(tell: Tell) -> None:
    pattern("backups.exists(b, b.last_success_days > 5)")
    job = {"tool": "restic", "job": "/srv", "last_success": ago(30).isoformat()}
    host = tell("robert", 30, backups=[job])
    assert [state(host, days) for days in (25.5, 23)] == ["clear", "match"]


# --- the register -----------------------------------------------------------------------------


def saved(time_machine: Any, thing: Any, days: float, **changes: Any) -> None:
    time_machine.move_to(ago(days), tick=False)
    thing.refresh_from_db()
    register.save(thing, expected=thing.revision, by=None, changes=changes)
    time_machine.move_to(NOW, tick=False)


def test_what_people_said_of_the_host_then(tell: Tell, time_machine: Any) -> None:
    pattern("host.environment == 'production'", applies="host.kind == 'physical'")
    host = tell("robert", 30, custom={})
    saved(time_machine, host, 20, environment="production", kind="physical")
    saved(time_machine, host, 10, environment="staging")
    assert [state(host, days) for days in (25, 15, 5)] == ["unknown", "match", "clear"]
    assert then(host, 15).taken_from["register"] == "then"


def test_where_nothing_was_noted_yet_today_stands_in_and_it_is_said(tell: Tell) -> None:
    pattern("host.environment == 'production'")
    host = make_host("robert", environment="production", created_at=ago(30))
    found = then(host, 5)
    assert found.checks[0].verdict == "match"
    assert found.taken_from["register"] == "today"
    assert "register" in found.from_today


def test_who_stood_in_the_group_then(tell: Tell, time_machine: Any) -> None:
    pattern("groups.exists(g, g.min_members == 2 && 'david' in g.members)")
    robert, david = tell("robert", 30, custom={}), tell("david", 30, custom={})
    time_machine.move_to(ago(20), tick=False)
    group = register.create(
        make_group_unsaved("Pair", min_members=2),
        by=None,
        relations={"members": ["robert", "david"]},
    ).current
    time_machine.move_to(ago(10), tick=False)
    register.save(
        group, expected=1, by=None, changes={"min_members": 1}, relations={"members": ["robert"]}
    )
    time_machine.move_to(NOW, tick=False)
    assert [state(robert, days) for days in (25, 15, 5)] == ["clear", "match", "clear"]
    assert then(robert, 15).taken_from["groups"] == "then"
    assert state(david, 15) == "match"
    group.delete()
    assert state(robert, 15) == "unknown"  # its members are known still, its minimum is not


def make_group_unsaved(name: str, **fields: Any) -> Any:
    from incidents.hosts.models import RedundancyGroup

    return RedundancyGroup(name=name, slug=name.lower(), **fields)


def test_services_and_nests_of_then(tell: Tell, time_machine: Any) -> None:
    pattern(
        "services.exists(s, s.name == 'shop')",
        applies="lineage.guests.exists(g, g.name == 'inner')",
    )
    outer, inner = tell("outer", 30, custom={}), tell("inner", 30, custom={})
    saved(time_machine, inner, 20, parent=outer)
    time_machine.move_to(ago(20), tick=False)
    service = make_service("Shop", hosts=(inner,))
    from incidents.hosts import inventory

    inventory.note([inner.pk], ago(19))
    time_machine.move_to(NOW, tick=False)
    service.hosts.clear()
    inventory.note([inner.pk], ago(10))
    saved(time_machine, inner, 5, parent=None)
    assert state(outer, 15) == "match"
    assert [state(outer, days) for days in (25, 8, 2)] == ["unknown", "unknown", "unknown"]


def test_shares_of_the_fleet_are_counted_as_it_stood(tell: Tell, time_machine: Any) -> None:
    pattern("fleet.environment.os_share < 0.5")
    hosts = [tell(f"h{n}", 30, os={"name": "debian"}) for n in range(6)]
    for host in hosts:
        saved(time_machine, host, 25, environment="production", kind="physical")
    for host in hosts[1:]:
        tell(host.name, 10, os={"name": "ubuntu"})
    assert [state(hosts[0], days) for days in (20, 8)] == ["clear", "match"]
    assert then(hosts[0], 8).taken_from["fleet"] == "then"


def test_a_host_that_was_retired_then_was_asked_nothing(tell: Tell, time_machine: Any) -> None:
    pattern("custom.bad")
    host = tell("robert", 30, custom={"bad": True})
    saved(time_machine, host, 20, status="retired")
    saved(time_machine, host, 10, status="active")
    assert [len(then(host, days).checks) for days in (25, 15, 5)] == [1, 0, 1]


def test_upkeep_counts_from_when_it_happened(tell: Tell) -> None:
    pattern("!upkeep.restore_test.ever")
    host = tell("robert", 30, custom={})
    upkeep.record(host, "restore_test", by=None, happened_at=ago(20))
    assert [state(host, days) for days in (25, 15)] == ["unknown", "clear"]


# --- patterns ---------------------------------------------------------------------------------


def test_the_wording_in_force_then_is_asked(tell: Tell) -> None:
    made = pattern("custom.n > 10", days=30)
    spec = made.versions.get().spec
    made.versions.create(number=2, spec={**spec, "match": "custom.n > 5"}, made_at=ago(20))
    Pattern.objects.update(version=2)
    host = tell("robert", 60, custom={"n": 7})
    tell("robert", 25, custom={"n": 7})
    told = [
        (one.verdict, one.version, one.written_later)
        for one in (then(host, days).checks[0] for days in (50, 24, 15))
    ]
    assert told == [("clear", 1, True), ("clear", 1, False), ("match", 2, False)]


def test_overrides_of_then_count_then(tell: Tell) -> None:
    made = pattern("custom.n > limit", thresholds={"limit": 10})
    host = tell("robert", 12, custom={"n": 7})
    said = {"scope": "everywhere", "because": "b", "by": None}
    one = overriding.put(made, "limit", 5, now=ago(10), **said)
    overriding.take_back(one, by=None, now=ago(5))
    assert [state(host, days) for days in (11, 8, 2)] == ["clear", "match", "clear"]
    assert then(host, 8).checks[0].thresholds[0].source == "override everywhere"


def test_the_flag_stands_beside_it_as_it_stood_then(tell: Tell) -> None:
    made = pattern("custom.bad")
    host = tell("robert", 30, custom={"bad": True})
    flag = make_flag(made, host, at=ago(30))
    FlagTransition.objects.create(
        flag=flag, at=ago(20), before="open", after="accepted", cause="person", severity="high",
        because="until the move", pattern_version=1,
    )  # fmt: skip
    before, after = then(host, 25).checks[0].flag, then(host, 15).checks[0].flag
    assert before
    assert (before.state, before.because) == ("open", "")
    assert after
    assert (after.state, after.because) == ("accepted", "until the move")


# --- the doors --------------------------------------------------------------------------------


def test_the_answer_says_what_is_from_then_and_what_from_today(api: APIClient, tell: Tell) -> None:
    pattern("custom.bad")
    tell("robert", 30, custom={"bad": True})
    body = api.get("/api/v1/hosts/robert/verdicts/", {"at": f"{ago(20):%Y-%m-%d}"}).json()
    assert body["past"] is True
    assert body["at"].startswith(f"{ago(20):%Y-%m-%d}T23:59:59")
    assert body["results"][0]["verdict"] == "match"
    taken = body["taken_from"]
    assert {taken[what] for what in ("facts", "pattern wordings", "register", "upkeep")} == {"then"}
    assert {taken[what] for what in ("end-of-life catalogue", "patterns switched on")} == {"today"}


def test_today_is_now(api: APIClient, tell: Tell) -> None:
    tell("robert", 1, custom={})
    body = api.get("/api/v1/hosts/robert/verdicts/", {"at": f"{NOW:%Y-%m-%d}"}).json()
    assert body["past"] is False


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        ("yesterday", "Write a day such as"),
        ("2026-13-45", "Write a day such as"),
        ("0001-01-01T00:00:00+14:00", "is no moment"),
        ("2999-01-01", "That lies ahead"),
        ("2999-01-01T00:00:00Z", "That lies ahead"),
        ("2001-01-01", "robert is known here since"),
        ("\x00", "is no moment"),
    ],
)
def test_a_moment_that_can_not_be_is_a_400_that_names_the_mend(
    api: APIClient, browser_of: Any, viewer: Any, tell: Tell, words: str, mend: str
) -> None:
    tell("robert", 30, custom={})
    answer = api.get("/api/v1/hosts/robert/verdicts/", {"at": words})
    assert answer.status_code == 400
    assert mend in answer.json()["detail"]
    assert answer.json()["errors"][0]["pointer"] == "/at"
    page = browser_of(viewer).get("/hosts/robert/checks/", {"at": words})
    assert page.status_code == 400
    assert mend in page.content.decode()


def test_a_plus_sign_that_became_a_space_is_understood(api: APIClient, tell: Tell) -> None:
    tell("robert", 30, custom={})
    moment = ago(10).astimezone(UTC)
    answer = api.get(f"/api/v1/hosts/robert/verdicts/?at={moment:%Y-%m-%dT%H:%M:%S}+02:00")
    assert answer.status_code == 200
    assert answer.json()["at"] == (moment - timedelta(hours=2)).isoformat()


def test_the_page_says_it_too(browser_of: Any, viewer: Any, tell: Tell) -> None:
    pattern("custom.bad")
    tell("robert", 30, custom={"bad": True})
    client: Client = browser_of(viewer)
    shown = client.get("/hosts/robert/checks/", {"at": f"{ago(20):%Y-%m-%d}"}).content.decode()
    assert "Taken from today:" in shown
    assert "looking back" in shown
    assert "As it stands now" in shown


@pytest.mark.parametrize("members", [2, 24])
def test_looking_back_costs_the_same_for_many_hosts(
    tell: Tell, library: None, django_assert_max_num_queries: Any, members: int
) -> None:
    hosts = [tell(f"h{n}", 30, os={"name": "x"}, storage={"raids": []}) for n in range(members)]
    make_group("Pair", members=tuple(hosts))
    then(hosts[0], 5)  # the patterns are compiled by now
    with django_assert_max_num_queries(34):
        assert then(hosts[0], 5).checks


def test_now_asked_as_the_past_gives_the_same_verdicts(
    tell: Tell, library: None, time_machine: Any
) -> None:
    """One evaluator: a moment just over is no other than now, wherever history holds all of it."""
    from incidents.patterns.explain import explain_host

    raid = {"raids": [{"name": "md0", "level": "raid5", "devices": []}]}
    host = tell("robert", 1, os={"name": "debian", "version": "10"}, storage=raid, backups=[])
    saved(time_machine, host, 0.5, environment="production", kind="physical", role="database")
    Pattern.objects.all()
    now = {one.pattern.slug: one.verdict for one in explain_host(host, now=NOW).checks}
    before = {one.pattern.slug: one.verdict for one in then(host, 0).checks}
    assert now == before
