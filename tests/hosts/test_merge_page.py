"""Two records of one host, compared and merged on a page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from incidents.hosts import register
from incidents.hosts.merges import HostMerge
from incidents.hosts.models import Host
from kb.accounts.models import User
from tests.hosts.reports import days_ago, tell
from tests.support.factories import make_flag, make_group, make_host, make_incident, make_pattern

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def two() -> tuple[Host, Host]:
    kept = tell("robert", os={"name": "Debian", "version": "12"}, at=days_ago(2)).host
    lost = tell("robert-old", os={"name": "Debian", "version": "11"}, at=days_ago(20)).host
    for host, role in ((kept, "web"), (lost, "database")):
        host.serial, host.role = "7XK2-90", role
        host.save()
    make_incident("The disk was full", hosts=(kept, lost))
    make_flag(make_pattern(), lost)
    return kept, lost


def form(kept: Host, lost: Host, **more: Any) -> dict[str, Any]:
    return {"with": lost.name, "kept": kept.revision, "lost": lost.revision} | more


def test_it_shows_what_comes_over_and_what_differs_before_anything_happens(
    browser_of: Browser, responder: User, two: tuple[Host, Host]
) -> None:
    said = browser_of(responder).get("/hosts/robert/merge/?with=robert-old").content.decode()
    for words in (
        "1 incident, of which 1 meets one like it on robert and becomes one with it", "1 flag",
        "choose-role", "web", "database", "os.version", "Merge robert-old into robert",
        "keep robert-old instead",
    ):  # fmt: skip
        assert words in said, words
    assert Host.objects.count() == 2


def test_merged_the_old_address_leads_on_and_undone_it_is_a_page_again(
    browser_of: Browser, responder: User, two: tuple[Host, Host]
) -> None:
    browser = browser_of(responder)
    answer = browser.post(
        "/hosts/robert/merge/", form(*two, **{"choose-role": "lost"}), follow=True
    )
    assert "robert-old is part of robert now" in answer.content.decode()
    assert Host.objects.get(name="robert").role == "database"
    for address in ("/hosts/robert-old/", "/hosts/robert-old/facts/?section=os"):
        answer = browser.get(address)
        assert answer.status_code == 302
        assert answer["Location"] == address.replace("robert-old", "robert")
    done = HostMerge.objects.get()
    page = browser.get("/hosts/robert/merge/").content.decode()
    assert f"/hosts/robert/merges/{done.pk}/undo/" in page
    for _ in range(2):
        answer = browser.post(f"/hosts/robert/merges/{done.pk}/undo/", follow=True)
        assert "robert-old is a record of its own again" in answer.content.decode()
    assert browser.get("/hosts/robert-old/").status_code == 200


def test_a_form_sent_twice_merges_once(
    browser_of: Browser, responder: User, two: tuple[Host, Host]
) -> None:
    browser = browser_of(responder)
    for _ in range(2):
        browser.post("/hosts/robert/merge/", form(*two))
    answer = browser.post("/hosts/robert/merge/", form(*two), follow=True)
    assert "merged into robert already" in answer.content.decode()
    assert HostMerge.objects.count() == 1


def test_a_form_that_shows_an_older_state_is_shown_anew(
    browser_of: Browser, responder: User, two: tuple[Host, Host]
) -> None:
    sent = form(*two)
    register.save(two[1], expected=two[1].revision, by=responder, changes={"role": "mail"})
    answer = browser_of(responder).post("/hosts/robert/merge/", sent)
    assert answer.status_code == 409
    assert "Somebody changed one of the two meanwhile" in answer.content.decode()
    assert Host.objects.count() == 2


def test_what_speaks_against_it_wants_a_certain_answer(
    browser_of: Browser, responder: User, two: tuple[Host, Host]
) -> None:
    make_group("Pair", members=two)
    Host.objects.filter(name="robert-old").update(serial="other")
    browser = browser_of(responder)
    answer = browser.post("/hosts/robert/merge/", form(*two))
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "Each has a serial number of its own: 7XK2-90 and other." in said
    assert "Both are members of Pair" in said
    browser.post("/hosts/robert/merge/", form(*two, certain="yes"))
    assert Host.objects.filter(name="robert-old").count() == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nobody", "There is no host"),
        ("robert", "itself"),
        ("rober-old", "Did you mean robert-old"),
    ],
)
def test_a_name_that_will_not_do_is_told_with_the_mend(
    browser_of: Browser, responder: User, two: tuple[Host, Host], name: str, said: str
) -> None:
    answer = browser_of(responder).get(f"/hosts/robert/merge/?with={name}")
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_records_that_may_be_the_same_are_offered(
    browser_of: Browser, responder: User, two: tuple[Host, Host]
) -> None:
    make_host("robert.example.net")
    said = browser_of(responder).get("/hosts/robert/merge/").content.decode()
    assert "the same serial number" in said
    assert "robert.example.net" in said


def test_a_viewer_may_not(
    browser_of: Browser, viewer: User, responder: User, two: tuple[Host, Host]
) -> None:
    browser = browser_of(viewer)
    assert browser.get("/hosts/robert/merge/").status_code == 403
    assert browser.post("/hosts/robert/merge/", form(*two)).status_code == 403
    browser_of(responder).post("/hosts/robert/merge/", form(*two))
    done = HostMerge.objects.get()
    assert browser.post(f"/hosts/robert/merges/{done.pk}/undo/").status_code == 403
