"""Pages by tag, owner, review and what they are about; stale ones come to their owner."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from kb.accounts.models import User
from kb.wiki.models import Page
from kb.wiki.pages import create_page, to_read_again
from tests.support.factories import make_host, make_team

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()


@pytest.fixture
def shelf(responder: User) -> None:
    team = make_team("Infra", members=(responder,))
    make_host("robert")
    late = TODAY - timedelta(days=3)
    create_page(by=None, title="Raid pair", tags=["raid"], owner=team, review_by=late)
    create_page(by=None, title="Raid in general", tags=["raiders"], is_runbook=True)
    soon = TODAY + timedelta(days=3)
    create_page(by=None, title="Robert", about=["host:robert"], owner=team, review_by=soon)


CASES = [
    ("tag=raid", ["Raid pair"]),
    ("q=pair raid", ["Raid pair"]),
    ("owner=infra", ["Raid pair", "Robert"]),
    ("owner=mine", ["Raid pair", "Robert"]),
    ("review=due", ["Raid pair"]),
    ("review=never", ["Raid in general"]),
    ("runbook=1", ["Raid in general"]),
    ("about=host:robert", ["Robert"]),
    ("about=host:nobody", []),
    ("owner=infra&review=due&tag=raid", ["Raid pair"]),
]


@pytest.mark.parametrize(("query", "titles"), CASES)
def test_a_filter_means_the_same_on_the_page_and_in_the_api(
    browser_of: Browser, responder: User, api: APIClient, shelf: None, query: str, titles: list[str]
) -> None:
    page = browser_of(responder).get(f"/pages/?{query}").context["page"]
    assert [one.title for one in page] == titles
    rows = api.get(f"/api/v1/pages/?{query}").json()["results"]
    assert sorted(row["title"] for row in rows) == sorted(titles)


def test_a_filter_can_be_taken_away_and_an_empty_list_says_so(
    browser_of: Browser, viewer: User, shelf: None
) -> None:
    said = browser_of(viewer).get("/pages/?tag=raid&review=never").content.decode()
    assert "No page matches" in said
    assert 'href="?review=never"' in said
    assert 'href="?tag=raid"' in said


def test_what_is_to_be_read_again_comes_to_its_owner(
    browser_of: Browser, responder: User, stranger: User, shelf: None
) -> None:
    assert [page.title for page in to_read_again(responder, TODAY)] == ["Raid pair"]
    assert not to_read_again(stranger, TODAY)
    front = browser_of(responder).get("/").content.decode()
    assert "Yours to read again" in front
    assert 'href="/pages/raid-pair/"' in front
    assert "Yours to read again" not in browser_of(stranger).get("/").content.decode()
    assert (
        "meant to read this again" in browser_of(stranger).get("/pages/raid-pair/").content.decode()
    )


def test_a_new_page_may_start_from_one_of_ours_or_from_a_page_of_the_team(
    browser_of: Browser, responder: User
) -> None:
    create_page(by=None, title="Our form", body="Who? When?", tags=["template"])
    browser = browser_of(responder)
    said = browser.get("/pages/new/?title=X&template=runbook").content.decode()
    assert "When to use this" in said
    assert 'value="X"' in said
    assert "checked" in said
    assert "template=page%3Aour-form" in said
    assert "Who? When?" in browser.get("/pages/new/?template=page:our-form").content.decode()
    assert browser.get("/pages/new/?template=page:none").status_code == 200


def test_a_page_says_what_it_is_about_in_short_links(browser_of: Browser, responder: User) -> None:
    make_host("robert")
    browser = browser_of(responder)
    for wrong in ("robert", "@nobody", "#12", "@robert and more"):
        answer = browser.post("/pages/new/", {"title": "Pair", "about": wrong})
        assert answer.status_code == 422, wrong
    browser.post("/pages/new/", {"title": "Pair", "about": "@robert, "})
    form = browser.get("/pages/pair/edit/").content.decode()
    assert 'value="@robert"' in form
    assert "About" in browser.get("/pages/pair/").content.decode()


def test_the_markdown_of_a_page_has_an_address(browser_of: Browser, viewer: User) -> None:
    create_page(by=None, title="Pair", body="**So** <b>")
    answer = browser_of(viewer).get("/pages/pair.md")
    assert answer.content.decode() == "# Pair\n\n**So** <b>\n"
    assert answer.headers["Content-Type"].startswith("text/markdown")


def test_an_address_is_changed_in_the_form(browser_of: Browser, responder: User) -> None:
    create_page(by=None, title="Pair")
    create_page(by=None, title="Other")
    browser = browser_of(responder)
    taken = {"title": "Pair", "slug": "other", "revision": "1"}
    assert browser.post("/pages/pair/edit/", taken).status_code == 422
    answer = browser.post("/pages/pair/edit/", taken | {"slug": "couple"})
    assert answer.headers["Location"] == "/pages/couple/"
    assert Page.objects.get(title="Pair").slug == "couple"
