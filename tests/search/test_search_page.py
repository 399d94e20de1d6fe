"""The page behind the box: what one may see, ranked, with a way on."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from kb.accounts.models import Team, User
from tests.search.backends import for_each_index
from tests.search.conftest import note

pytestmark = pytest.mark.django_db

BrowserOf = Callable[[User], Client]
Indexed = Callable[[], int]


@for_each_index
def test_it_shows_results_with_what_was_asked_for_marked(
    indexed: Indexed, browser_of: BrowserOf, viewer: User
) -> None:
    note("RAID is no backup", "The array failed & nothing was left")
    indexed()
    page = browser_of(viewer).get("/search/", {"q": "raid fails"})
    text = page.content.decode()
    assert page.status_code == 200
    assert '<a href="/notes/raid-is-no-backup/"><mark>RAID</mark> is no backup</a>' in text
    assert "The array <mark>failed</mark> &amp; nothing was left" in text
    assert "1 found" in text
    assert "Notes 1" in text


@for_each_index
def test_strangers_get_no_trace_of_what_is_restricted(
    indexed: Indexed, browser_of: BrowserOf, viewer: User, stranger: User
) -> None:
    note("Raid for all")
    note("Raid for few", "hush", slug="secret-raid", members=(viewer,))
    indexed()
    theirs = browser_of(viewer).get("/search/", {"q": "raid"}).content.decode()
    assert "secret-raid" in theirs
    assert "Notes 2" in theirs
    ours = browser_of(stranger).get("/search/", {"q": "raid"}).content.decode()
    assert "secret-raid" not in ours
    assert "hush" not in ours
    assert "1 found" in ours
    assert "Notes 1" in ours


@for_each_index
def test_the_database_has_the_last_word_when_the_index_is_behind(
    indexed: Indexed, browser_of: BrowserOf, viewer: User
) -> None:
    raid = note("Raid")
    indexed()
    Team.objects.filter(pk=raid.pk).update(slug="secret-raid")
    page = browser_of(viewer).get("/search/", {"q": "raid"}).content.decode()
    assert "/notes/" not in page
    assert "0 found" in page


@for_each_index
def test_more_keeps_what_is_there_and_adds_the_next(
    indexed: Indexed, browser_of: BrowserOf, viewer: User
) -> None:
    for n in range(45):
        note(f"Raid {n}")
    indexed()
    browser = browser_of(viewer)
    first = browser.get("/search/", {"q": "raid"}).content.decode()
    assert first.count('<li id="r') == 20
    assert 'href="?q=raid&amp;show=40#r21"' in first
    last = browser.get("/search/", {"q": "raid", "show": "60"}).content.decode()
    assert last.count('<li id="r') == 45
    assert ">More<" not in last


def test_without_words_it_explains_how_to_ask(
    indexed: Indexed, browser_of: BrowserOf, viewer: User
) -> None:
    indexed()
    page = browser_of(viewer).get("/search/").content.decode()
    assert "Has any of the words" in page
    assert "found" not in page.split("<main")[1].split("How to ask")[0]


@for_each_index
def test_a_kind_alone_lists_it(indexed: Indexed, browser_of: BrowserOf, viewer: User) -> None:
    note("Raid")
    indexed()
    assert "/notes/raid/" in browser_of(viewer).get("/search/?kind=note").content.decode()
    assert browser_of(viewer).get("/search/?kind=xyz&q=raid").status_code == 200


def test_nothing_found_says_what_else_to_try(
    indexed: Indexed, browser_of: BrowserOf, viewer: User
) -> None:
    indexed()
    page = browser_of(viewer).get("/search/", {"q": "xyzzy"}).content.decode()
    assert "Nothing found" in page
    assert "cont*" in page


@pytest.mark.parametrize(
    "text", ['"', "*", "-", "a* b*c", "kind:", "kind:nope x", "(" * 500, "\x00", "'; drop", "<b>"]
)
def test_malformed_questions_get_a_page_and_a_word_about_what_was_left_out(
    indexed: Indexed, browser_of: BrowserOf, viewer: User, text: str
) -> None:
    indexed()
    page = browser_of(viewer).get("/search/", {"q": text, "show": "many", "kind": "<"})
    assert page.status_code == 200
    content = page.content.decode()
    assert "<b>" not in content
    if text == "kind:nope x":
        assert escape("left out: kind:nope: the kinds are note") in content


def test_without_an_index_the_database_answers_and_the_page_says_so(
    indexed: Indexed, browser_of: BrowserOf, viewer: User, settings: object
) -> None:
    note("Raid", "of <disks>")
    note("Raid hidden", slug="secret-raid")
    note("Other")
    settings.SEARCH_URL += "-elsewhere"  # type: ignore[attr-defined]
    page = browser_of(viewer).get("/search/", {"q": "raid -other"})
    assert page.status_code == 200
    text = page.content.decode()
    assert "The index is being made anew." in text
    assert "1 found" in text
    assert "<mark>Raid</mark>" in text
    assert "secret" not in text


@for_each_index
def test_where_all_the_words_end_a_line_says_so(
    indexed: Indexed, browser_of: BrowserOf, viewer: User
) -> None:
    note("Raid and mirror")
    note("Raid alone")
    indexed()
    browser = browser_of(viewer)
    text = browser.get("/search/", {"q": "raid mirror"}).content.decode()
    assert text.index("raid-and-mirror") < text.index("All the words end here")
    assert text.index("All the words end here") < text.index("raid-alone")
    assert "All the words" not in browser.get("/search/", {"q": "raid"}).content.decode()
    some = browser.get("/search/", {"q": "alone mirror"}).content.decode()
    assert "Nothing has all of these words" in some


@for_each_index
def test_a_misspelt_word_is_offered_as_one_the_reader_may_see(
    indexed: Indexed, browser_of: BrowserOf, viewer: User, stranger: User
) -> None:
    note("Controllers everywhere")
    note("Hidden kumquat", slug="secret-kumquat", members=(viewer,))
    indexed()
    text = browser_of(stranger).get("/search/", {"q": "contrllers"}).content.decode()
    assert 'Did you mean <a href="?q=controllers">controllers</a>?' in text
    for user, offered in ((viewer, True), (stranger, False)):
        page = browser_of(user).get("/search/", {"q": "kunquat"}).content.decode()
        assert ("kumquat" in page) is offered


def test_what_was_asked_lately_is_kept_for_the_session_and_can_be_forgotten(
    indexed: Indexed, browser_of: BrowserOf, viewer: User
) -> None:
    indexed()
    browser = browser_of(viewer)
    for text in ("one", "two", "one"):
        browser.get("/search/", {"q": text})
    page = browser.get("/search/").content.decode()
    assert page.index('href="?q=one"') < page.index('href="?q=two"')
    assert browser.get("/search/suggest.json").json()["suggestions"][0]["text"] == "one"
    assert b"?q=one" not in browser_of(viewer).get("/search/").content
    browser.post("/search/recent/forget/")
    assert b'href="?q=one"' not in browser.get("/search/").content


def test_a_search_is_saved_under_a_name(
    indexed: Indexed, browser_of: BrowserOf, viewer: User
) -> None:
    indexed()
    browser = browser_of(viewer)
    browser.post(
        reverse("accounts:view-save"),
        {"page": "search", "name": "Mirrors", "query": "q=mirror", "next": "/search/?q=mirror"},
    )
    page = browser.get("/search/").content.decode()
    assert '<a class="chip" href="/search/?q=mirror">Mirrors</a>' in page


@for_each_index
def test_more_like_this_is_for_those_who_see_it(
    indexed: Indexed, browser_of: BrowserOf, viewer: User
) -> None:
    mirror = note("Mirror lost", "degraded firmware")
    note("Mirror again", "degraded firmware")
    secret = note("Mirror hidden", "degraded firmware", slug="secret-mirror")
    indexed()
    browser = browser_of(viewer)
    page = browser.get("/search/", {"like": f"note:{mirror.pk}"}).content.decode()
    assert "mirror-again" in page
    assert "secret" not in page
    assert browser.get("/search/", {"like": f"note:{secret.pk}"}).status_code == 404


def test_one_has_to_sign_in(client: Client) -> None:
    assert client.get("/search/", {"q": "raid"}).status_code == 302


@for_each_index
def test_it_asks_the_database_few_questions(
    indexed: Indexed,
    browser_of: BrowserOf,
    viewer: User,
    django_assert_num_queries: Callable[[int], object],
) -> None:
    for n in range(30):
        note(f"Raid {n}")
    indexed()
    browser = browser_of(viewer)
    browser.get("/search/", {"q": "raid"})  # the first time it is also kept as asked lately
    with django_assert_num_queries(5):  # type: ignore[attr-defined]
        browser.get(
            "/search/", {"q": "raid"}
        )  # session, user, teams, what may be seen, saved searches


def test_what_nobody_wrote_up_yet_can_be_written_up_from_here(
    indexed: Indexed, browser_of: BrowserOf, responder: User, viewer: User
) -> None:
    asked = "/search/?q=xyzzy"
    assert b'href="/incidents/new/">Write it up' in browser_of(responder).get(asked).content
    assert b"Write it up" not in browser_of(viewer).get(asked).content
