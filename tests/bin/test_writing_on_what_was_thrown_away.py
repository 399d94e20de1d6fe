"""Who writes onto what somebody threw away meanwhile is told so, and loses no word."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client
from rest_framework.test import APIClient

from incidents.records.models import Incident
from kb.accounts.models import User
from kb.bin.throwing import throw
from kb.comments.models import Comment
from kb.comments.saying import say
from kb.wiki import editing, revisions
from kb.wiki.models import Page
from kb.wiki.pages import create_page
from kb.wiki.revisions import history
from tests.conftest import api_as
from tests.support.factories import NOW, make_incident, make_lesson

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def again(answer: HttpResponse) -> dict[str, str]:
    """What the button of that page sends."""
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.content.decode())
    return {name: unescape(value) for name, value in hidden} | {"bring_back": "1"}


def test_a_page_that_was_thrown_away_meanwhile(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    page = create_page(by=responder, title="Rack", body="one\n\ntwo")
    revisions.save(page, expected=1, by=stranger, changes={"body": "one\n\nthree"})
    throw(page, by=stranger, now=NOW)
    browser = browser_of(responder)
    sent = {"title": "Rack", "body": "My <words>\n\ntwo", "tags": "", "revision": "1"}
    answer = browser.post("/pages/rack/edit/", sent)
    said = answer.content.decode()
    assert answer.status_code == 410
    assert "My &lt;words&gt;" in said
    assert "sam put the page “Rack” into the bin" in said
    assert "data-settled" not in said  # the browser keeps its draft as well
    assert history(page)[0].comment == "Into the bin"
    answer = browser.post("/pages/rack/edit/", again(answer), follow=True)
    assert "Saved, and merged" in answer.content.decode()
    page = Page.objects.visible_to(responder).get()
    assert page.body == "My <words>\n\nthree"
    # Pressed twice is once.
    answer = browser.post("/pages/rack/edit/", sent | {"bring_back": "1"}, follow=True)
    assert "Nothing had changed" in answer.content.decode()


def test_thrown_away_between_looking_and_saving(
    browser_of: Browser, responder: User, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = create_page(by=responder, title="Rack")
    seen = editing._company

    def meanwhile(obj: Page, user: User) -> dict[str, object]:
        throw(page, by=stranger, now=NOW)
        return seen(obj, user)

    monkeypatch.setattr(editing, "_company", meanwhile)
    sent = {"title": "Rack", "body": "words", "tags": "", "revision": "1"}
    assert browser_of(responder).post("/pages/rack/edit/", sent).status_code == 410
    page.refresh_from_db()
    assert (page.body, page.revision) == ("", 2)


def test_incidents_lessons_lines_and_comments(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    incident = make_incident("Disk", author=responder)
    lesson, page = make_lesson("Look twice"), create_page(by=responder, title="Rack")
    mine = say(page, "Hm.", by=responder, now=NOW)
    for thing in (incident, lesson, page):
        throw(thing, by=stranger, now=NOW)
    forms = {
        f"/incidents/{incident.pk}/edit/": {"title": "Disk", "summary": "zebra", "revision": "1"},
        f"/incidents/{incident.pk}/timeline/new/": {"what": "zebra", "at": "", "kind": "fact"},
        f"/lessons/{lesson.slug}/edit/": {"title": "Look", "statement": "zebra", "revision": "1"},
        "/comments/": {"object": f"page:{page.pk}", "body": "zebra"},
        f"/comments/{mine.pk}/edit/": {"body": "zebra", "revision": "1"},
    }
    browser = browser_of(responder)
    for address, sent in forms.items():
        answer = browser.post(address, sent)
        assert answer.status_code == 410, address
        assert "zebra" in answer.content.decode()
        assert again(answer).items() >= sent.items()
    line = f"/incidents/{incident.pk}/timeline/new/"
    browser.post(line, again(browser.post(line, forms[line])))
    assert Incident.objects.visible_to(stranger).get().timeline.get().what == "zebra"
    browser.post("/comments/", {"object": f"page:{page.pk}", "body": "zebra", "bring_back": "1"})
    assert Comment.objects.visible_to(stranger).filter(body="zebra").exists()


def test_in_place_the_whole_page_takes_over(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    incident = make_incident("Disk")
    throw(incident, by=stranger, now=NOW)
    answer = browser_of(responder).post(
        f"/incidents/{incident.pk}/timeline/new/", {"what": "x"}, headers={"HX-Request": "true"}
    )
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (410, "#main")


def test_whoever_could_not_see_it_hears_nothing(
    browser_of: Browser, responder: User, stranger: User, viewer: User
) -> None:
    secret = make_incident("Hush", visibility="restricted", author=responder)
    page = create_page(by=responder, title="Rack")
    for thing in (secret, page):
        throw(thing, by=responder, now=NOW)
    sent = {"title": "Mine", "bring_back": "1"}
    for who in (stranger, viewer):
        browser = browser_of(who)
        assert browser.get("/pages/rack/edit/").status_code == 404
        assert browser.post(f"/incidents/{secret.pk}/edit/", sent).status_code == 404
    assert browser_of(viewer).post("/pages/rack/edit/", sent).status_code == 404
    assert not Incident.objects.visible_to(responder).exists()
    assert not Page.objects.visible_to(responder).exists()


@pytest.fixture
def tooling(responder: User) -> APIClient:
    return api_as(responder)


def test_tooling_is_told_what_happened_and_how_to_bring_it_back(
    tooling: APIClient, responder: User, stranger: User
) -> None:
    page, lesson = create_page(by=responder, title="Rack"), make_lesson("Look twice")
    incident, secret = make_incident("Disk"), make_incident("Hush", visibility="restricted")
    comment = say(create_page(by=responder, title="Hall"), "Hm.", by=responder, now=NOW)
    for thing in (page, lesson, incident):
        throw(thing, by=stranger, now=NOW)
    throw(comment, by=responder, now=NOW)
    Incident.objects.filter(pk=secret.pk).update(deleted_at=NOW)
    writes = {
        f"/api/v1/pages/{page.slug}/": {"body": "x"},
        f"/api/v1/incidents/{incident.pk}/": {"summary": "x"},
        f"/api/v1/lessons/{lesson.slug}/": {"statement": "x"},
        f"/api/v1/comments/{comment.pk}/": {"body": "x"},
    }
    for address, sent in writes.items():
        answer = tooling.patch(address, sent, format="json", headers={"If-Match": "*"})
        assert answer.status_code == 410, address
        assert "POST" in answer.json()["detail"]
        assert tooling.get(address).status_code == 404
        object_ = answer.json()["object"]
        back = tooling.post("/api/v1/bin/back/", {"object": object_}, format="json")
        assert back.status_code == 204
        again = tooling.patch(address, sent, format="json", headers={"If-Match": "*"})
        assert again.status_code == 200, address
    throw(incident, by=stranger, now=NOW)
    line = f"/api/v1/incidents/{incident.pk}/timeline/"
    answer = tooling.post(line, {"at": NOW.isoformat(), "what": "x"}, format="json")
    assert (answer.status_code, answer.json()["deleted_by"]) == (410, "sam")
    hidden = f"/api/v1/incidents/{secret.pk}/"
    assert tooling.patch(hidden, {}, format="json", headers={"If-Match": "*"}).status_code == 404
