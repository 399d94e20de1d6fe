"""Pages are read by everybody and written by responders."""

from collections.abc import Callable

import pytest
from django.test import Client

from kb.accounts.models import User
from kb.wiki.models import KeptText, Page
from kb.wiki.pages import create_page

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def test_an_empty_list_says_what_to_do_next(browser_of: Browser, viewer: User) -> None:
    answer = browser_of(viewer).get("/pages/")
    assert "No pages yet" in answer.content.decode()


def test_the_list_costs_the_same_for_any_number_of_pages(
    browser_of: Browser, viewer: User, django_assert_num_queries
) -> None:  # type: ignore[no-untyped-def]
    for number in range(12):
        create_page(by=None, title=f"Page {number}", tags=["a"])
    browser = browser_of(viewer)
    with django_assert_num_queries(6):  # session, user, count, rows, teams, saved views
        browser.get("/pages/")


def test_a_responder_writes_a_page(browser_of: Browser, responder: User) -> None:
    browser = browser_of(responder)
    form = browser.get("/pages/new/?title=Swap the pair")
    assert 'value="Swap the pair"' in form.content.decode()
    sent = {"title": "Swap the pair", "body": "## How\n\n1. Breathe.", "tags": "raid, raid, dc"}
    answer = browser.post("/pages/new/", sent)
    assert answer.headers["Location"] == "/pages/swap-the-pair/"
    page = Page.objects.get()
    assert (page.tags, page.revision, page.updated_by) == (["raid", "dc"], 1, responder)
    assert '<h2 id="at-how">How <a' in browser.get("/pages/swap-the-pair/").content.decode()


def test_two_pages_of_one_title_and_one_called_new_get_addresses_of_their_own() -> None:
    slugs = [create_page(by=None, title=title).slug for title in ("New", "Pair", "Pair", "…")]
    assert slugs == ["new-2", "pair", "pair-2", "untitled"]


def test_a_viewer_reads_and_cannot_write(browser_of: Browser, viewer: User) -> None:
    create_page(by=None, title="Pair", body="As it was.")
    browser = browser_of(viewer)
    assert browser.get("/pages/pair/").status_code == 200
    assert b"Edit" not in browser.get("/pages/pair/").content.split(b"<main")[1]
    for address in ("/pages/new/", "/pages/pair/edit/", "/pages/pair/history/"):
        sent = {"title": "X", "body": "X", "number": "1", "revision": "1"}
        assert browser.post(address, sent).status_code == 403, address
    assert Page.objects.get().body == "As it was."


def test_missing_pages_are_404(browser_of: Browser, viewer: User) -> None:
    browser = browser_of(viewer)
    for address in ("/pages/x/", "/pages/x/edit/", "/pages/x/history/"):
        assert browser.get(address).status_code == 404


def test_a_mistake_is_named_and_nothing_typed_is_lost(browser_of: Browser, responder: User) -> None:
    answer = browser_of(responder).post("/pages/new/", {"title": "", "body": "long work"})
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "Nothing was saved yet." in said
    assert "long work" in said
    assert not Page.objects.exists()


def test_a_conflict_shows_both_texts_and_the_merged_one_is_saved_on_top(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    page = create_page(by=responder, title="Pair", body="RAID keeps data safe.", tags=["a"])
    ruth, sam = browser_of(responder), browser_of(stranger)
    base = {"title": "Pair", "tags": "a", "revision": "1"}
    sam.post("/pages/pair/edit/", base | {"body": "RAID keeps a host up.", "tags": "a, b"})
    answer = ruth.post("/pages/pair/edit/", base | {"body": "RAID is <b>no</b> backup."})
    assert answer.status_code == 409
    said = answer.content.decode()
    assert "RAID keeps <del>data</del><ins>a</ins>" in said
    assert "RAID is &lt;b&gt;no&lt;/b&gt; backup." in said
    assert "saved by sam" in said.lower()
    # What only the other one touched is taken over as it stands.
    assert '<input type="hidden" name="tags" value="a, b"' in said
    kept = KeptText.objects.get()
    merged = {
        "title": "Pair", "tags": "a, b", "revision": "2", "kept": str(kept.pk),
        "body": "RAID keeps a host up; it is no backup.",
    }  # fmt: skip
    assert ruth.post("/pages/pair/edit/", merged).status_code == 302
    page.refresh_from_db()
    kept.refresh_from_db()
    assert (page.revision, page.body, page.tags) == (3, merged["body"], ["a", "b"])
    assert kept.settled_at is not None


def test_a_form_sent_twice_is_one_revision(browser_of: Browser, responder: User) -> None:
    create_page(by=responder, title="Pair")
    browser = browser_of(responder)
    for _ in range(2):
        sent = {"title": "Pair", "body": "Once.", "revision": "1"}
        assert browser.post("/pages/pair/edit/", sent).status_code == 302
    assert Page.objects.get().revision == 2


def test_a_form_that_does_not_say_where_it_started_overwrites_nothing(
    browser_of: Browser, responder: User
) -> None:
    create_page(by=responder, title="Pair", body="As it was.")
    answer = browser_of(responder).post("/pages/pair/edit/", {"title": "Pair", "body": "New."})
    assert answer.status_code == 422
    assert "open it again" in answer.content.decode()
    assert Page.objects.get().body == "As it was."


def test_enter_saves_and_does_not_preview(browser_of: Browser, responder: User) -> None:
    said = browser_of(responder).get("/pages/new/").content.decode().split("<main")[1]
    assert said.index(">Save</button>") < said.index(">Preview</button>")


def test_history_compares_and_restores(browser_of: Browser, responder: User) -> None:
    create_page(by=responder, title="Pair", body="Good words.")
    browser = browser_of(responder)
    worse = {"title": "Pair", "body": "Bad words.", "revision": "1", "comment": "hasty"}
    browser.post("/pages/pair/edit/", worse)
    said = browser.get("/pages/pair/history/").content.decode()
    assert "<del>Good</del><ins>Bad</ins> words." in said
    assert "hasty" in said
    browser.post("/pages/pair/history/", {"number": "1", "revision": "2"})
    assert Page.objects.get().body == "Good words."
    assert Page.objects.get().revision == 3
    assert browser.get("/pages/pair/history/?from=1&to=9").status_code == 404


def test_restoring_over_a_newer_save_changes_nothing(browser_of: Browser, responder: User) -> None:
    create_page(by=responder, title="Pair", body="One.")
    browser = browser_of(responder)
    for number, body in enumerate(("Two.", "Three."), start=1):
        browser.post("/pages/pair/edit/", {"title": "Pair", "body": body, "revision": number})
    answer = browser.post("/pages/pair/history/", {"number": "1", "revision": "2"}, follow=True)
    assert "nothing was restored" in answer.content.decode()
    assert Page.objects.get().body == "Three."
