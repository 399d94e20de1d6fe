"""Actions follow the verdicts: borne out by fresh facts, taken back by them, never by unknown."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from incidents.hosts.models import Host
from incidents.patterns.models import HostVerdicts, Pattern
from incidents.records import actions, verification
from incidents.records.models import Action
from incidents.records.trails import ActionEvent
from kb.accounts.models import User
from kb.wiki.revisions import Saved
from tests.support.factories import (
    NOW,
    make_flag,
    make_host,
    make_incident,
    make_pattern,
    make_user,
)

pytestmark = pytest.mark.django_db
CLEAN = ("clear", "not applicable")


def say(host: Host, state: str, at: datetime = NOW, slug: str = "raid-only") -> None:
    verdicts = {slug: {"state": state, "missing": [], "since": at.isoformat()}} if state else {}
    HostVerdicts.objects.update_or_create(
        host=host, defaults={"verdicts": verdicts, "evaluated_at": at, "told": 1}
    )


def kinds(action: Action) -> list[str]:
    return list(action.events.values_list("kind", flat=True))


@pytest.fixture
def pattern(db: None) -> Pattern:
    return make_pattern("raid-only", title="RAID is the only copy")


def written(pattern: Pattern | None, hosts: Sequence[str] = (), **fields: Any) -> Action:
    scope = "hosts" if hosts else "everywhere"
    return actions.create_action(
        by=None, now=NOW, title="Back it up", verified_by=pattern, verify_scope=scope,
        verify_hosts=hosts, **fields,
    )  # fmt: skip


def test_it_closes_when_all_named_hosts_are_clear_says_so_and_comes_back(pattern: Pattern) -> None:
    robert, david, other = make_host("robert"), make_host("david"), make_host("other")
    action = written(pattern, ["david", "robert"])
    for host, state in ((robert, "clear"), (david, "match"), (other, "match")):
        say(host, state)
    assert verification.verify(NOW).closed == []
    say(david, "not applicable")
    assert verification.verify(NOW).closed == [action.pk]
    action.refresh_from_db()
    assert (action.state, action.done_at, action.verified_at) == ("done", NOW, NOW)
    event = action.events.last()
    assert event is not None
    assert (event.kind, event.before, event.after, event.by) == ("verified", "open", "done", None)
    assert event.because == (
        "“RAID is the only copy” is clear or not applicable on 2 hosts, on fresh facts."
    )
    say(david, "match", NOW + timedelta(days=1))
    flag = make_flag(pattern, david)
    assert verification.verify(NOW + timedelta(days=1)).reopened == [action.pk]
    action.refresh_from_db()
    assert (action.state, action.done_at, action.verified_at) == ("open", None, None)
    event = action.events.last()
    assert event is not None
    assert (event.kind, event.hosts, event.flag, event.pattern) == (
        "reopened", ["david"], flag, "raid-only",
    )  # fmt: skip
    assert event.because == "“RAID is the only copy” matches on david."


@pytest.mark.parametrize("state", ["unknown", "broken", ""])
def test_what_is_not_known_neither_closes_nor_reopens(pattern: Pattern, state: str) -> None:
    host = make_host("david")
    action = written(pattern, ["david"])
    say(host, state)
    verification.verify(NOW)
    assert kinds(action) == ["created"]
    say(host, "clear")
    verification.verify(NOW)
    say(host, state)
    verification.verify(NOW)
    action.refresh_from_db()
    assert (action.state, kinds(action)) == ("done", ["created", "verified"])


def test_a_clear_verdict_that_nobody_asked_for_in_days_closes_nothing(pattern: Pattern) -> None:
    action = written(pattern, ["david"]) if make_host("david") else None
    assert action is not None
    say(Host.objects.get(name="david"), "clear", NOW - timedelta(days=3))
    assert verification.verify(NOW).closed == []


def test_everywhere_means_every_active_host_has_been_asked(pattern: Pattern) -> None:
    one, two = make_host("one"), make_host("two")
    make_host("gone", status="retired")
    action = written(pattern)
    say(one, "clear")
    assert verification.verify(NOW).closed == []  # nobody has asked two yet
    say(two, "clear")
    assert verification.verify(NOW).closed == [action.pk]
    three = make_host("three")
    assert verification.verify(NOW).reopened == []
    say(three, "match")
    assert verification.verify(NOW).reopened == [action.pk]


def test_without_any_host_there_is_nothing_to_bear_it_out(pattern: Pattern) -> None:
    action = written(pattern)
    verification.verify(NOW)
    assert kinds(action) == ["created"]
    Host.objects.all().delete()
    named = written(pattern, [make_host("david").name])
    Host.objects.all().delete()
    verification.verify(NOW)
    assert kinds(named) == ["created"]


def test_a_retired_host_is_not_waited_for(pattern: Pattern) -> None:
    robert = make_host("robert")
    make_host("david", status="retired")
    action = written(pattern, ["david", "robert"])
    say(robert, "clear")
    assert verification.verify(NOW).closed == [action.pk]
    assert "; 1 retired since" in action.events.last().because  # type: ignore[union-attr]


def test_a_flag_that_is_kept_open_because_it_turns_often_keeps_the_action_open(
    pattern: Pattern,
) -> None:
    host = make_host("david")
    named, everywhere = written(pattern, ["david"]), written(pattern)
    flag = make_flag(pattern, host, flapping=True, last_verdict="clear")
    say(host, "clear")
    assert verification.verify(NOW).closed == []
    type(flag).objects.update(state="resolved")
    assert verification.verify(NOW).closed == [named.pk, everywhere.pk]


def test_a_person_who_opens_it_again_is_believed_until_it_has_matched_once_more(
    pattern: Pattern, responder: User
) -> None:
    host = make_host("david")
    action = written(pattern, ["david"])
    say(host, "clear")
    verification.verify(NOW)
    action.refresh_from_db()
    moved = actions.move(action, "open", by=responder, now=NOW, because="It was the wrong disk")
    assert isinstance(moved, Saved)
    assert verification.verify(NOW).closed == []
    say(host, "match")
    verification.verify(NOW)
    say(host, "clear")
    assert verification.verify(NOW).closed == [action.pk]
    assert kinds(action) == ["created", "verified", "opened", "verified"]
    opened = action.events.get(kind="opened")
    assert (opened.by_name, opened.because) == ("ruth", "It was the wrong disk")


def test_done_by_hand_stays_done_until_facts_bore_it_out_and_then_turned(
    pattern: Pattern, responder: User
) -> None:
    host = make_host("david")
    action = written(pattern, ["david"])
    say(host, "match")
    actions.move(action, "done", by=responder, now=NOW)
    assert verification.verify(NOW) == verification.Verified()
    say(host, "clear")
    assert verification.verify(NOW).borne_out == [action.pk]
    say(host, "match")
    assert verification.verify(NOW).reopened == [action.pk]


def test_what_was_dropped_is_left_alone(pattern: Pattern, responder: User) -> None:
    host = make_host("david")
    action = written(pattern, ["david"])
    actions.move(action, "dropped", by=responder, now=NOW)
    for state in ("clear", "match"):
        say(host, state)
        assert verification.verify(NOW) == verification.Verified()


def test_asking_for_something_else_begins_anew(pattern: Pattern, responder: User) -> None:
    host = make_host("david")
    make_host("robert")
    action = written(pattern, ["david"])
    say(host, "clear")
    verification.verify(NOW)
    action.refresh_from_db()
    actions.save_action(
        action, expected=action.revision, by=responder, now=NOW, changes={},
        relations={"verify_hosts": ["david", "robert"]},
    )  # fmt: skip
    action.refresh_from_db()
    assert (action.state, action.verified_at) == ("done", None)


def test_nothing_is_read_again_until_a_verdict_or_an_action_is_another(
    pattern: Pattern, django_assert_num_queries: Any
) -> None:
    host = make_host("david")
    action = written(pattern, ["david"])
    say(host, "match")
    assert verification.verify_if_moved(NOW) == verification.Verified()
    with django_assert_num_queries(3):
        assert verification.verify_if_moved(NOW) is None
    say(host, "clear")
    HostVerdicts.objects.update(told=2)
    done = verification.verify_if_moved(NOW)
    assert done is not None
    assert done.closed == [action.pk]
    assert verification.verify_if_moved(NOW) is None


def test_many_actions_on_named_hosts_cost_no_more_than_one(
    pattern: Pattern, django_assert_num_queries: Any
) -> None:
    host = make_host("david")
    say(host, "match")
    for _ in range(20):
        written(pattern, ["david"])
    with django_assert_num_queries(4):  # actions, their hosts, verdicts, flags
        verification.verify(NOW)


# --- under any order ---------------------------------------------------------------------------

HOSTS = ("david", "robert")
VERDICTS = ("match", "clear", "not applicable", "unknown")
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(HOSTS), st.sampled_from(VERDICTS)),
        st.just(("", "verify")),
        st.just(("", "twice")),
    ),
    max_size=14,
)


@given(steps)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_under_any_order_of_verdicts_an_action_ends_as_the_last_ones_say(
    pattern: Pattern, happened: list[tuple[str, str]]
) -> None:
    Action.objects.all().delete()
    Host.objects.all().delete()
    hosts = {name: make_host(name) for name in HOSTS}
    named, everywhere = written(pattern, HOSTS), written(pattern)
    now: dict[str, str] = {}
    for host, what in happened:
        if host:
            say(hosts[host], what)
            now[host] = what
            continue
        for _ in range(2 if what == "twice" else 1):
            verification.verify(NOW)
    verification.verify(NOW)
    before = ActionEvent.objects.count()
    verification.verify(NOW)
    assert ActionEvent.objects.count() == before, "a second look adds nothing"
    for action in (named, everywhere):
        action.refresh_from_db()
        assert (action.state == "done") == (action.verified_at is not None)
        if "match" in now.values():
            assert action.state == "open"
        elif len(now) == len(HOSTS) and all(state in CLEAN for state in now.values()):
            assert action.state == "done"
        turns = [kind for kind in kinds(action) if kind != "created"]
        assert turns == (["verified", "reopened"] * len(turns))[: len(turns)]


# --- as people and tooling see it --------------------------------------------------------------


def test_its_page_tells_what_it_waits_for_and_what_it_went_through(
    browser_of: Any, viewer: User, pattern: Pattern, django_assert_num_queries: Any
) -> None:
    host = make_host("david")
    action = written(pattern, ["david"], incident=make_incident())
    say(host, "match")
    browser: Client = browser_of(viewer)
    with django_assert_num_queries(7):
        page = browser.get(f"/actions/{action.pk}/").content.decode()
    assert "It matches on david." in page
    assert "When the facts turn good, this action closes itself." in page
    say(host, "clear")
    verification.verify(NOW)
    page = browser.get(f"/actions/{action.pk}/").content.decode()
    assert "Borne out by facts" in page
    assert "Should it match again, this action comes back by itself." in page


def test_the_api_says_where_it_is_verified_and_what_happened(api: APIClient, db: None) -> None:
    make_pattern("raid-only", title="RAID is the only copy")
    make_host("david")
    body = {"title": "Back it up", "verified_by": "raid-only", "verify_scope": "hosts"}
    refused = api.post("/api/v1/actions/", body, format="json")
    assert refused.status_code == 400
    assert "Name at least one host" in refused.content.decode()
    made = api.post("/api/v1/actions/", body | {"verify_hosts": ["david"]}, format="json").json()
    assert (made["verify_hosts"], made["verified_at"]) == (["david"], None)
    say(Host.objects.get(name="david"), "clear")
    verification.verify(NOW)
    told = api.get("/api/v1/action-events/").json()["results"]
    assert [one["kind"] for one in told] == ["created", "verified"]
    assert told[1]["because"].startswith("“RAID is the only copy” is clear")
    later = api.get(f"/api/v1/action-events/?after={told[0]['id']}").json()["results"]
    assert [one["id"] for one in later] == [told[1]["id"]]


def test_deleting_a_user_deletes_no_action_and_keeps_the_name(
    browser_of: Any, viewer: User, pattern: Pattern
) -> None:
    leaver = make_user("lena")
    action = written(pattern, owner=leaver)
    actions.move(action, "done", by=leaver, now=NOW)
    leaver.delete()
    action.refresh_from_db()
    assert (action.owner, action.whose) == (None, "lena")
    assert action.events.get(kind="done").by_name == "lena"
    assert (
        "lena (account gone)" in browser_of(viewer).get(f"/actions/{action.pk}/").content.decode()
    )
