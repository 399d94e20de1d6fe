"""Comments: said by responders, mended by their author, settled, found, kept from others."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from kb.accounts.models import User
from kb.comments.models import Comment
from kb.comments.saying import say
from kb.outbox.drain import drain
from kb.search.find import find
from kb.wiki.pages import create_page
from tests.conftest import api_as
from tests.support.factories import (
    NOW,
    make_host,
    make_incident,
    make_lesson,
    make_pattern,
)

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["page", "incident", "lesson", "host", "pattern"])
def test_anything_with_a_page_is_commented_on(
    browser_of: Browser, responder: User, kind: str
) -> None:
    made: dict[str, Callable[[], Any]] = {
        "page": lambda: create_page(by=None, title="Rack"),
        "incident": make_incident,
        "lesson": lambda: make_lesson("Look twice"),
        "host": lambda: make_host("robert"),
        "pattern": lambda: make_pattern("no-swap"),
    }
    key = f"{kind}:{made[kind]().pk}"
    browser = browser_of(responder)
    answer = browser.post("/comments/", {"object": key, "body": "Is **this** true?"}, follow=True)
    assert answer.redirect_chain[0][0].endswith(f"#comment-{Comment.objects.get().pk}")
    assert "Is <strong>this</strong> true?" in answer.content.decode()


def test_the_same_form_sent_twice_says_it_once(browser_of: Browser, responder: User) -> None:
    page = create_page(by=None, title="Rack")
    for _ in range(2):
        browser_of(responder).post("/comments/", {"object": f"page:{page.pk}", "body": "Hm."})
    assert Comment.objects.count() == 1


def test_empty_words_and_viewers_say_nothing(
    browser_of: Browser, responder: User, viewer: User
) -> None:
    page = create_page(by=None, title="Rack")
    sent = {"object": f"page:{page.pk}", "body": "  "}
    said = browser_of(responder).post("/comments/", sent, follow=True).content.decode()
    assert "Nothing was said. Say something" in said
    assert browser_of(viewer).post("/comments/", sent | {"body": "Hi"}).status_code == 403
    assert not Comment.objects.exists()


def test_words_are_their_authors_and_resolving_is_everybodys(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    page = create_page(by=None, title="Rack")
    comment = say(page, "Old words", by=responder, now=NOW)
    other, mine = browser_of(stranger), browser_of(responder)
    sent = {"body": "New words", "revision": "1"}
    assert other.post(f"/comments/{comment.pk}/edit/", sent).status_code == 403
    assert mine.post(f"/comments/{comment.pk}/edit/", sent).status_code == 302
    for _ in range(2):
        other.post(f"/comments/{comment.pk}/resolve/")
    comment.refresh_from_db()
    assert (comment.body, comment.resolved_by, comment.revision) == ("New words", stranger, 3)
    assert "1 resolved" in mine.get("/pages/rack/").content.decode()
    mine.post(f"/comments/{comment.pk}/resolve/", {"again": "1"})
    comment.refresh_from_db()
    assert comment.resolved_at is None


def test_what_is_said_is_found_with_the_thing_until_it_is_taken_away(
    browser_of: Browser, responder: User
) -> None:
    page = create_page(by=None, title="Rack")
    comment = say(page, "The quokka fell over", by=responder, now=NOW)
    drain("index")
    assert [one.title for one in find("quokka", responder).results] == ["Rack"]
    browser_of(responder).post("/bin/", {"object": f"comment:{comment.pk}"})
    drain("index")
    assert not find("quokka", responder).results
    assert "quokka" not in browser_of(responder).get("/pages/rack/").content.decode()


def test_a_restricted_incident_tells_nobody_what_was_said(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    secret = make_incident(visibility="restricted", author=responder)
    comment = say(secret, "The quokka fell over", by=responder, now=NOW)
    browser = browser_of(stranger)
    assert browser.get(f"/comments/{comment.pk}/history/").status_code == 404
    sent = {"object": f"incident:{secret.pk}", "body": "Hi"}
    assert browser.post("/comments/", sent).status_code == 404
    assert api_as(stranger).get("/api/v1/comments/").json()["results"] == []
    drain("index")
    assert not find("quokka", stranger).results
    assert find("quokka", responder).results


def test_the_api_says_mends_settles_and_takes_away(api: APIClient, stranger: User) -> None:
    create_page(by=None, title="Rack")
    sent = {"object": "page:rack", "body": "Hm."}
    made = api.post("/api/v1/comments/", sent, format="json")
    assert (made.status_code, made.json()["author"]) == (201, "ruth")
    address = f"/api/v1/comments/{made.json()['id']}/"
    done = api.patch(address, {"resolved": True}, format="json", HTTP_IF_MATCH=made["ETag"])
    assert (done.json()["resolved"], done.json()["resolved_by"]) == (True, "ruth")
    stale = api.patch(address, {"body": "Oh."}, format="json", HTTP_IF_MATCH=made["ETag"])
    assert (stale.status_code, stale.json()["current"]["body"]) == (412, "Hm.")
    other = api_as(stranger)
    refused = other.patch(address, {"body": "Ha."}, format="json", HTTP_IF_MATCH="*")
    assert refused.status_code == 403
    assert other.delete(address, HTTP_IF_MATCH="*").status_code == 403
    assert api.delete(address, HTTP_IF_MATCH="*").status_code == 204
    assert api.get(address).status_code == 404


def test_many_comments_cost_the_same(
    browser_of: Browser, responder: User, django_assert_num_queries: Any
) -> None:
    page = create_page(by=None, title="Rack")
    browser = browser_of(responder)
    say(page, "0 words @robert", by=responder, now=NOW)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as one:
        browser.get("/pages/rack/")
    for number in range(20):
        say(page, f"{number} more @robert", by=responder, now=NOW)
    with django_assert_num_queries(len(one)):
        browser.get("/pages/rack/")
