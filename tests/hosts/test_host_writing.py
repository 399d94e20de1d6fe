"""New, edit, conflict, history, retire and upkeep of a host, by its pages."""

from collections.abc import Callable

import pytest
from django.test import Client

from incidents.hosts.models import Host, HostStatus, Upkeep
from kb.accounts.models import User
from tests.support.factories import make_host, make_site

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db

WORDS = {"name": "robert", "kind": "physical", "role": "web", "tags": "odd, old"}


def test_a_new_host_needs_little(browser_of: Browser, responder: User) -> None:
    answer = browser_of(responder).post("/hosts/new/", WORDS)
    assert (answer.status_code, answer["Location"]) == (302, "/hosts/robert/")
    host = Host.objects.get()
    assert (host.role, host.tags, host.important, host.updated_by) == (
        "web", ["odd", "old"], None, responder,
    )  # fmt: skip


def test_a_link_to_a_missing_host_fills_the_form(browser_of: Browser, responder: User) -> None:
    said = browser_of(responder).get("/hosts/new/?name=web-07").content.decode()
    assert 'value="web-07"' in said


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": "robert"}, "There is a host of that name"),
        ({"name": "two words"}, "Use letters, digits, dots"),
        ({"name": "new"}, "address of its own"),
        ({"name": ""}, "required"),
        ({"parent": "rovert"}, "Did you mean robert?"),
        ({"kind": "toaster"}, "not one of the available choices"),
        ({"tags": "x" * 61}, "at most 60"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    browser_of: Browser, responder: User, wrong: dict[str, str], words: str
) -> None:
    make_host("robert")
    sent = WORDS | {"name": "david", "role": "typed by hand"} | wrong
    answer = browser_of(responder).post("/hosts/new/", sent)
    assert answer.status_code == 422
    said = answer.content.decode()
    assert words in said
    assert "typed by hand" in said  # nothing typed is lost
    assert Host.objects.count() == 1


def test_editing_saves_on_the_revision_that_was_read(browser_of: Browser, responder: User) -> None:
    host = make_host("robert", site=make_site("London"), important=True)
    make_host("outer")
    browser = browser_of(responder)
    form = browser.get("/hosts/robert/edit/").content.decode()
    assert '<option value="true" selected>yes</option>' in form
    sent = WORDS | {"name": "robert", "parent": "outer", "important": "false", "revision": "1"}
    answer = browser.post("/hosts/robert/edit/", sent)
    assert answer["Location"] == "/hosts/robert/"
    host.refresh_from_db()
    assert host.parent is not None
    assert (host.parent.name, host.important, host.site, host.revision) == (
        "outer", False, None, 2,
    )  # fmt: skip


def test_a_rename_leads_to_the_new_address(browser_of: Browser, responder: User) -> None:
    make_host("robert")
    sent = WORDS | {"name": "roberta", "revision": "1"}
    assert browser_of(responder).post("/hosts/robert/edit/", sent)["Location"] == "/hosts/roberta/"


def test_who_saves_second_sees_both_texts_and_overwrites_nothing(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    make_host("robert", notes="Begin.")
    first = WORDS | {"revision": "1", "notes": "Theirs: ask Jo."}
    second = WORDS | {"revision": "1", "notes": "Mine: ask Mo."}
    assert browser_of(stranger).post("/hosts/robert/edit/", first).status_code == 302
    answer = browser_of(responder).post("/hosts/robert/edit/", second)
    assert answer.status_code == 409
    said = answer.content.decode()
    assert "Theirs: ask Jo." in said.replace("<ins>", "").replace("</ins>", "")
    assert "Mine: ask Mo." in said
    assert Host.objects.get().notes == "Theirs: ask Jo."


def test_a_host_inside_itself_is_refused_at_the_field(browser_of: Browser, responder: User) -> None:
    outer = make_host("outer")
    make_host("inner", parent=outer)
    sent = {"name": "outer", "kind": "physical", "parent": "inner", "revision": "1"}
    answer = browser_of(responder).post("/hosts/outer/edit/", sent)
    assert answer.status_code == 422
    assert "inside itself" in answer.content.decode()


def test_the_history_of_its_words_can_be_read_and_restored(
    browser_of: Browser, responder: User
) -> None:
    browser = browser_of(responder)
    browser.post("/hosts/new/", WORDS)
    browser.post(
        "/hosts/robert/edit/", WORDS | {"role": "mail", "revision": "1", "comment": "Moved"}
    )
    assert "Moved" in browser.get("/hosts/robert/history/").content.decode()
    browser.post("/hosts/robert/history/", {"number": "1", "revision": "2"})
    assert Host.objects.get().role == "web"


def test_retiring_and_bringing_back_twice_is_once(browser_of: Browser, responder: User) -> None:
    host, browser = make_host("robert"), browser_of(responder)
    for _ in range(2):
        assert browser.post("/hosts/robert/retire/")["Location"] == "/hosts/robert/"
    host.refresh_from_db()
    assert (host.status, host.revision) == (HostStatus.RETIRED, 2)
    for _ in range(2):
        browser.post("/hosts/robert/retire/", {"back": "1"})
    host.refresh_from_db()
    assert (host.status, host.revision) == (HostStatus.ACTIVE, 3)


UPKEEP = {"kind": "restore_test", "result": "ok", "note": "38 minutes, complete"}


@pytest.mark.parametrize(
    "address",
    ["/hosts/new/", "/hosts/robert/edit/", "/hosts/robert/upkeep/", "/hosts/robert/retire/"],
)
def test_a_viewer_writes_nothing(browser_of: Browser, viewer: User, address: str) -> None:
    make_host("robert")
    assert browser_of(viewer).post(address, WORDS | UPKEEP).status_code == 403
    assert Host.objects.get().revision == 1
    assert not Upkeep.objects.exists()
