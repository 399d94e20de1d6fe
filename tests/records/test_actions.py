"""Actions: open, overdue, whose; done once however often one presses."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from incidents.records.models import Action
from kb.accounts.models import User
from kb.wiki import revisions
from tests.support.factories import make_action, make_incident, make_team

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def titles(browser: Client, query: str) -> list[str]:
    return [action.title for action in browser.get(f"/actions/{query}").context["page"]]


def test_the_list_answers_what_is_open_late_and_mine(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    today = timezone.now().date()
    team = make_team("Storage", slug="storage")
    make_action("Late", due=today - timedelta(days=1), owner=stranger)
    make_action("Today", due=today, owner=responder)
    make_action("Some day", team=team)
    make_action("Over", state="done", done_at=timezone.now())
    make_action("Not worth it", state="dropped")
    browser = browser_of(responder)
    assert titles(browser, "") == ["Late", "Today", "Some day"]
    assert titles(browser, "?state=overdue") == ["Late"]
    assert titles(browser, "?state=mine") == ["Today"]
    assert titles(browser, "?state=done") == ["Over", "Not worth it"]
    assert titles(browser, "?state=all&owner=sam") == ["Late"]
    assert titles(browser, "?team=storage") == ["Some day"]
    assert "overdue" in browser.get("/actions/").content.decode()


def test_the_list_costs_the_same_for_any_number_of_actions(
    browser_of: Browser, responder: User, django_assert_num_queries: Any
) -> None:
    incident = make_incident()
    for number in range(10):
        make_action(f"Action {number}", incident=incident, owner=responder)
    browser = browser_of(responder)
    with django_assert_num_queries(6):  # session, user, count, rows, and whom to give them to
        browser.get("/actions/")


def test_an_action_is_written_once_for_its_incident(browser_of: Browser, responder: User) -> None:
    incident = make_incident("Gone")
    browser = browser_of(responder)
    form = browser.get(f"/actions/new/?incident={incident.pk}").content.decode()
    assert f'<option value="{incident.pk}" selected' in form
    sent = {"title": "Back it up", "kind": "prevent", "incident": incident.pk,
            "owner": responder.pk}  # fmt: skip
    for _ in "ab":
        answer = browser.post("/actions/new/", sent)
        assert answer.headers["Location"] == f"/incidents/{incident.pk}/#actions"
    action = Action.objects.get()
    assert (action.incident, action.owner, action.state) == (incident, responder, "open")


def test_done_is_dated_and_pressing_twice_is_once(browser_of: Browser, responder: User) -> None:
    action = make_action("Back it up")
    browser = browser_of(responder)
    for _ in "ab":
        answer = browser.post(
            f"/actions/{action.pk}/state/", {"state": "done", "next": "/actions/"}
        )
        assert answer.headers["Location"] == "/actions/"
    action.refresh_from_db()
    assert (action.state, action.revision) == ("done", 2)
    assert action.done_at is not None
    browser.post(f"/actions/{action.pk}/state/", {"state": "open"})
    action.refresh_from_db()
    assert (action.state, action.done_at) == ("open", None)
    assert [entry.comment for entry in revisions.history(action)][:2] == ["Open", "Done"]


def test_it_leads_back_only_into_the_house(browser_of: Browser, responder: User) -> None:
    action = make_action("Back it up")
    for elsewhere in ("https://example.org/", "//example.org", "javascript:alert(1)"):
        sent = {"state": "nonsense", "next": elsewhere}
        answer = browser_of(responder).post(f"/actions/{action.pk}/state/", sent)
        assert answer.headers["Location"] == f"/actions/{action.pk}/"


def test_a_viewer_reads_and_cannot_write(browser_of: Browser, viewer: User) -> None:
    action = make_action("Back it up")
    browser = browser_of(viewer)
    assert browser.get("/actions/").status_code == 200
    for address in ("/actions/new/", f"/actions/{action.pk}/edit/", f"/actions/{action.pk}/state/"):
        assert browser.post(address, {"title": "X", "state": "done"}).status_code == 403, address
    action.refresh_from_db()
    assert (action.title, action.state) == ("Back it up", "open")
