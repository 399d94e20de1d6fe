"""The front page: risk now against a week ago, what moved, what comes up, for this reader."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from incidents.overview.front import look
from incidents.patterns.models import FlagState, WeeklyCount
from kb.accounts.models import User
from tests.support.factories import (
    NOW,
    make_action,
    make_flag,
    make_host,
    make_incident,
    make_lesson,
    make_pattern,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def test_figures_say_how_risk_moved_in_a_week(responder: User) -> None:
    now = timezone.now()
    pattern = make_pattern("raid-only", severity="critical")
    make_flag(pattern, make_host("old"), at=now - timedelta(days=30))
    make_flag(pattern, make_host("new"), at=now - timedelta(days=2))
    answer = look(responder, now)
    critical = answer.figures[0]
    assert (critical.name, critical.count, critical.moved) == ("critical", 2, 1)
    assert [change.last.flag.host.name for change in answer.newly] == ["new"]
    assert answer.hosts_at_risk == 2


def test_what_recovered_is_told_with_the_reason(responder: User) -> None:
    now = timezone.now()
    flag = make_flag(make_pattern(), make_host("db-03"), at=now - timedelta(days=30))
    flag.transitions.create(
        at=now - timedelta(days=1),
        before="open",
        after=FlagState.RESOLVED,
        cause="facts",
        severity="high",
        sentence="A restore worked.",
        pattern_version=1,
    )
    (change,) = look(responder, now).recovered
    assert change.last.sentence == "A restore worked."


def test_what_is_late_comes_before_what_comes_up(responder: User) -> None:
    now = timezone.now()
    make_action("Copy off site", due=(now - timedelta(days=6)).date())
    make_flag(
        make_pattern(),
        make_host("robert"),
        state=FlagState.ACCEPTED,
        accepted_until=now + timedelta(days=4),
        accepted_because="the lead takes it",
    )
    coming = look(responder, now).coming_up
    assert [(one.kind, one.days < 0) for one in coming] == [("action", True), ("waiver", False)]


def test_a_restricted_incident_is_nowhere_on_it(
    responder: User, stranger: User, browser_of: SignIn
) -> None:
    secret = make_incident("The secret crash", visibility="restricted", author=responder)
    make_action("Mend the secret", incident=secret, due=(timezone.now() - timedelta(days=3)).date())
    assert b"ecret" in browser_of(responder).get("/").content
    assert b"ecret" not in browser_of(stranger).get("/").content


def test_a_viewer_is_offered_nothing_they_may_not_do(viewer: User, browser_of: SignIn) -> None:
    assert b"New incident" not in browser_of(viewer).get("/").content


def test_it_asks_as_much_of_many_flags_as_of_few(
    responder: User, browser_of: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    pattern = make_pattern()
    for number in range(30):
        make_flag(pattern, make_host(f"h-{number}"), at=now - timedelta(days=1))
        make_incident(f"Number {number}", author=make_user())
    client = browser_of(responder)
    client.get("/")
    with django_assert_max_num_queries(30):
        assert client.get("/").status_code == 200


def test_what_is_yours_comes_first_and_what_left_the_fleet_is_offered_rest(
    responder: User, stranger: User
) -> None:
    today = NOW.date()
    team = make_team("Storage", members=(responder,))
    make_action("Theirs", due=today - timedelta(days=9), owner=stranger)
    make_action("Mine", due=today - timedelta(days=2), owner=responder)
    make_lesson("Ours to read", review_by=today, owner=team)
    gone = make_lesson("Tapes tear", slug="tapes")
    pattern = make_pattern("tapes", lessons=["tapes"])
    for back in range(9):
        week = today - timedelta(days=today.weekday(), weeks=back)
        WeeklyCount.objects.create(week=week, pattern=pattern, verdicts={"not applicable": 4})
    front = look(responder, NOW)
    assert [(one.title, one.mine) for one in front.coming_up] == [
        ("Mine", True), ("Ours to read", True), ("Theirs", False),
    ]  # fmt: skip
    assert [one.lesson for one in front.resting] == [gone]
    assert look(stranger, NOW).coming_up[0].title == "Theirs"


def test_without_hosts_it_says_where_to_begin_and_never_that_all_is_known(
    keeper: User, viewer: User, browser_of: SignIn
) -> None:
    said = browser_of(keeper).get("/").content.decode()
    assert "Begin here" in said
    for address in ("/upload/", "/incidents/new/", "/settings/people/"):
        assert f'href="{address}"' in said
    assert "Every check has the facts it needs" not in said
    assert "no host has told anything" in said
    assert "Begin here" not in browser_of(viewer).get("/").content.decode()
    make_host("robert")
    assert "Begin here" not in browser_of(keeper).get("/").content.decode()
