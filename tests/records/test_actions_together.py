"""The page of all actions: by owner, filtered by its address, many at once, as CSV."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from incidents.records import actions
from incidents.records.models import Action
from kb.accounts.models import User
from tests.support.factories import NOW, make_action, make_incident, make_pattern, make_user

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def written(title: str, **fields: Any) -> Action:
    return actions.create_action(by=None, now=NOW, title=title, **fields)


def titles(browser: Client, query: str) -> list[str]:
    return [one.title for one in browser.get(f"/actions/{query}").context["page"]]


def test_it_is_filtered_and_grouped_by_owner(browser_of: Browser, responder: User) -> None:
    leaver, zoe = make_user("lena"), make_user("zoe")
    written("Hers", owner=zoe, kind="detect")
    written("Left behind", owner=leaver)
    written("Nobody's")
    written("Verified", owner=zoe, verified_by=make_pattern("raid-only"))
    leaver.delete()
    browser = browser_of(responder)
    assert titles(browser, "?group=owner") == ["Nobody's", "Left behind", "Hers", "Verified"]
    page = browser.get("/actions/?group=owner").content.decode()
    assert [page.index(f"<h3>{name}</h3>") > 0 for name in ("Nobody in person", "lena", "zoe")]
    assert titles(browser, "?owner=lena") == ["Left behind"]
    assert titles(browser, "?owner=-") == ["Nobody's"]
    assert titles(browser, "?kind=detect") == ["Hers"]
    assert titles(browser, "?pattern=raid-only") == ["Verified"]
    assert titles(browser, "?q=left") == ["Left behind"]
    assert titles(browser, "?incident=nonsense") == [
        "Hers", "Left behind", "Nobody's", "Verified",
    ]  # fmt: skip


def test_many_are_moved_at_once_and_again_changes_nothing(
    browser_of: Browser, responder: User, viewer: User, stranger: User
) -> None:
    one, two = written("One"), written("Two")
    secret = written("Secret", incident=make_incident(visibility="restricted", author=responder))
    sent = {"action": [one.pk, two.pk, secret.pk], "act": "due", "due": "2026-12-24"}
    assert browser_of(viewer).post("/actions/bulk/", sent).status_code == 403
    browser = browser_of(stranger)
    for _ in "ab":
        assert browser.post("/actions/bulk/", sent).status_code == 302
    assert set(Action.objects.filter(due=date(2026, 12, 24))) == {one, two}
    assert [event.because for event in one.events.filter(kind="moved")] == ["Now 2026-12-24"]
    browser.post("/actions/bulk/", sent | {"act": "give", "owner": stranger.pk})
    browser.post("/actions/bulk/", sent | {"act": "dropped", "because": "Not worth it"})
    one.refresh_from_db()
    assert (one.state, one.whose) == ("dropped", "sam")
    assert one.events.get(kind="dropped").because == "Not worth it"


def test_csv_carries_what_the_filters_leave(browser_of: Browser, viewer: User) -> None:
    written("=HYPERLINK(1)", due=date(2026, 12, 1))
    written("Over", state="done")
    answer = browser_of(viewer).get("/actions/?format=csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 2
    assert ",'=HYPERLINK(1),prevent,open,,,2026-12-01," in lines[1]


def test_the_api_does_many_too(api: APIClient, viewer_api: APIClient, responder: User) -> None:
    one, two = make_action("One"), make_action("Two")
    body = {"act": "give", "actions": [one.pk, two.pk, 999], "owner": "ruth"}
    assert viewer_api.post("/api/v1/actions/bulk/", body, format="json").status_code == 403
    told = api.post("/api/v1/actions/bulk/", body, format="json").json()
    assert told["sums"] == {"done": 2, "nothing to do": 0, "refused": 0}
    again = api.post("/api/v1/actions/bulk/", body, format="json").json()
    assert again["sums"]["nothing to do"] == 2
    one.refresh_from_db()
    assert one.owner == responder
