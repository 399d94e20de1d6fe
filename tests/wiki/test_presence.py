"""Who has a thing open to write on it is told to others who may see it, for as long as it is so."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from incidents.records.models import Visibility
from kb.accounts.models import User
from kb.wiki import presence
from kb.wiki.models import Presence
from kb.wiki.pages import create_page
from tests.support.factories import NOW, make_incident

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def names(people: list[presence.Other]) -> list[str]:
    return [one.name for one in people]


def test_two_who_write_see_each_other_until_one_has_been_silent(
    responder: User, stranger: User
) -> None:
    page = create_page(by=None, title="Pair")
    assert presence.here(page, responder, NOW) == []
    later = NOW + timedelta(seconds=30)
    assert presence.here(page, stranger, later) == [presence.Other("ruth", NOW)]
    assert names(presence.here(page, responder, later)) == ["sam"]
    silent = later + presence.LASTS + timedelta(seconds=1)
    assert presence.here(page, stranger, silent) == []


def test_who_comes_back_has_begun_anew_and_old_rows_go(responder: User, stranger: User) -> None:
    page = create_page(by=None, title="Pair")
    presence.here(page, responder, NOW)
    again = NOW + timedelta(hours=2)
    presence.here(page, stranger, again)
    assert [row.user for row in Presence.objects.all()] == [stranger]
    presence.here(page, responder, again)
    assert presence.others(page, stranger, again) == [presence.Other("ruth", again)]


def test_the_form_says_who_is_there_and_a_save_ends_it(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    page = create_page(by=responder, title="Pair")
    ruth, sam = browser_of(responder), browser_of(stranger)
    sam.get("/pages/pair/edit/")
    said = ruth.get("/pages/pair/edit/").content.decode()
    assert "<strong>sam</strong> is writing here too" in said.replace("\n", "")
    sam.post("/pages/pair/edit/", {"title": "Pair", "body": "So.", "revision": page.revision})
    key = {"key": presence.key_of(page)}
    assert ruth.post("/presence/", key).content.decode().strip() == ""
    sam.post("/presence/", key)
    assert "sam" in ruth.post("/presence/", key).content.decode()
    assert sam.post("/presence/", key | {"left": "1"}).status_code == 204
    assert "sam" not in ruth.post("/presence/", key).content.decode()


def test_what_one_may_not_see_looks_as_if_it_were_not_there(
    browser_of: Browser, responder: User, stranger: User, viewer: User
) -> None:
    secret = make_incident("Secret", visibility=Visibility.RESTRICTED, author=responder)
    key = presence.key_of(secret)
    assert browser_of(responder).post("/presence/", {"key": key}).status_code == 200
    stranger_says = browser_of(stranger).post("/presence/", {"key": key})
    nothing_there = browser_of(stranger).post("/presence/", {"key": "records.incident:999"})
    assert stranger_says.status_code == nothing_there.status_code == 404
    assert stranger_says.content == nothing_there.content
    # A viewer writes nothing, so is never there.
    page = create_page(by=None, title="Pair")
    seen = browser_of(viewer).post("/presence/", {"key": presence.key_of(page)})
    assert seen.status_code == 404


@pytest.mark.parametrize("key", ["", "x", "wiki.page:", "wiki.page:x", "accounts.user:1", "a:b:c"])
def test_a_key_of_nothing_is_404(browser_of: Browser, responder: User, key: str) -> None:
    assert browser_of(responder).post("/presence/", {"key": key}).status_code == 404
    assert not Presence.objects.exists()
