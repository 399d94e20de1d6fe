"""Sites, services and groups: the same pages three times."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from incidents.hosts.models import RedundancyGroup, Service, Site
from kb.accounts.models import User
from tests.support.factories import make_group, make_host, make_service

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db

ROOMS: list[tuple[str, Any, dict[str, str]]] = [
    ("sites", Site, {"address": "Docklands"}),
    ("services", Service, {"hosts": "robert, david", "needs_hosts": "1", "load_balanced": "true"}),
    ("groups", RedundancyGroup, {"members": "robert david", "kind": "active-active"}),
]
each = pytest.mark.parametrize(("room", "model", "words"), ROOMS)


@pytest.fixture(autouse=True)
def pair() -> None:
    make_host("robert")
    make_host("david")


@each
def test_a_new_one_is_listed_read_and_edited(
    browser_of: Browser, responder: User, room: str, model: Any, words: dict[str, str]
) -> None:
    browser = browser_of(responder)
    assert f"No {room} yet" in browser.get(f"/{room}/").content.decode()
    sent = {"name": "The big one", "notes": "Ask **Jo**."} | words
    answer = browser.post(f"/{room}/new/", sent)
    assert answer["Location"] == f"/{room}/the-big-one/"
    said = browser.get(f"/{room}/the-big-one/").content.decode()
    assert "<strong>Jo</strong>" in said
    assert ("/hosts/robert/" in said) == (room != "sites")
    assert "The big one" in browser.get(f"/{room}/").content.decode()
    changed = sent | {"name": "The bigger one", "revision": "1"}
    assert browser.post(f"/{room}/the-big-one/edit/", changed).status_code == 302
    thing = model.objects.get()
    assert (thing.name, thing.slug, thing.revision) == ("The bigger one", "the-big-one", 2)
    assert browser.get(f"/{room}/the-big-one/history/").status_code == 200


@each
def test_the_edit_form_shows_what_is_stored(
    browser_of: Browser, responder: User, room: str, model: Any, words: dict[str, str]
) -> None:
    browser = browser_of(responder)
    browser.post(f"/{room}/new/", {"name": "One"} | words)
    said = browser.get(f"/{room}/one/edit/").content.decode()
    assert ("Docklands" in said) if room == "sites" else ('value="david, robert"' in said)


@each
def test_sent_twice_makes_one(
    browser_of: Browser, responder: User, room: str, model: Any, words: dict[str, str]
) -> None:
    browser = browser_of(responder)
    browser.post(f"/{room}/new/", {"name": "One"} | words)
    again = browser.post(f"/{room}/new/", {"name": "ONE"} | words)
    assert again.status_code == 422
    assert "already" in again.content.decode()
    assert model.objects.count() == 1


@each
def test_two_who_save_at_once_lose_nothing(
    browser_of: Browser, responder: User, room: str, model: Any, words: dict[str, str]
) -> None:
    browser = browser_of(responder)
    browser.post(f"/{room}/new/", {"name": "One"} | words)
    browser.post(f"/{room}/one/edit/", {"name": "One", "notes": "Theirs", "revision": "1"} | words)
    late = {"name": "One", "notes": "Mine", "revision": "1"} | words
    answer = browser.post(f"/{room}/one/edit/", late)
    assert answer.status_code == 409
    assert "Mine" in answer.content.decode()
    assert model.objects.get().notes == "Theirs"


@each
def test_a_viewer_reads_only(
    browser_of: Browser, viewer: User, room: str, model: Any, words: dict[str, str]
) -> None:
    browser = browser_of(viewer)
    assert browser.get(f"/{room}/").status_code == 200
    assert browser.post(f"/{room}/new/", {"name": "One"}).status_code == 403
    assert not model.objects.exists()


@pytest.mark.parametrize("room", ["services", "groups"])
def test_a_host_that_is_not_there_is_named(browser_of: Browser, responder: User, room: str) -> None:
    sent = {"name": "One", "kind": "cluster", "hosts": "rovert", "members": "rovert"}
    answer = browser_of(responder).post(f"/{room}/new/", sent)
    assert answer.status_code == 422
    assert "Did you mean robert?" in answer.content.decode()


def test_a_list_and_a_page_cost_the_same_for_many(
    browser_of: Browser, viewer: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    hosts = tuple(make_host() for _ in range(12))
    for _ in range(12):
        make_service(hosts=hosts)
    make_group("Pair", slug="pair", members=hosts)
    browser = browser_of(viewer)
    browser.get("/groups/pair/")  # what is asked once a process is known by now
    with django_assert_num_queries(4):
        browser.get("/services/")
    with django_assert_num_queries(12):
        browser.get("/groups/pair/")


def test_hosts_of_a_site_need_no_column_that_says_so(browser_of: Browser, responder: User) -> None:
    host = make_host("web-1", site=Site.objects.create(name="Hall", slug="hall"))
    make_service("Mail", slug="mail", hosts=(host,))
    browser = browser_of(responder)
    for address, columns in (("/sites/hall/", 0), ("/services/mail/", 1)):
        said = browser.get(address).content.decode()
        assert "/hosts/web-1/" in said
        assert (said.count(">Site</th>"), said.count('data-label="Site"')) == (columns, columns)
