"""Two who wrote in places apart both stand; two in the same place clash."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from incidents.records.writing import create_incident, save_incident
from kb.accounts.models import User
from kb.wiki import revisions
from kb.wiki.merging import merge, merge_texts
from kb.wiki.models import KeptText, Page
from kb.wiki.pages import create_page
from kb.wiki.revisions import Conflict, Saved
from tests.support.factories import NOW, make_user

Browser = Callable[[User], Client]
BASE = "First.\n\nSecond.\n\nThird."


@pytest.mark.parametrize(
    ("mine", "theirs", "together"),
    [
        ("1st.\n\nSecond.\n\nThird.", "First.\n\nSecond.\n\n3rd.", "1st.\n\nSecond.\n\n3rd."),
        (f"Zeroth.\n\n{BASE}", f"{BASE}\n\nFourth.", f"Zeroth.\n\n{BASE}\n\nFourth."),
        ("Second.\n\nThird.", "First.\n\nSecond.\n\n3rd.", "Second.\n\n3rd."),
        ("First.\n\nThird.", "First.\n\nSecond.\n\n3rd.", None),
        (BASE.replace("Second", "2nd"), BASE.replace("Second", "Next"), None),
        (f"{BASE}\n\nMine.", f"{BASE}\n\nYours.", None),
        ("", BASE + "\nmore", None),
        (BASE + "\n", BASE, BASE + "\n"),
    ],
)  # fmt: skip
def test_texts(mine: str, theirs: str, together: str | None) -> None:
    assert merge_texts(BASE, mine, theirs) == together
    assert merge_texts(BASE, theirs, mine) == together


_texts = st.lists(st.sampled_from(["a", "b", "c", "", "d d"]), max_size=8).map("\n".join)


@given(base=_texts, mine=_texts, theirs=_texts)
def test_a_merge_loses_no_line_that_either_added(base: str, mine: str, theirs: str) -> None:
    together = merge_texts(base, mine, theirs)
    if together is not None:
        old, kept = set(base.split("\n")), set(together.split("\n"))
        for text in (mine, theirs):
            assert set(text.split("\n")) - old <= kept
    assert merge_texts(base, mine, base) in (mine, None)


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "together"),
    [
        ({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 2}, {"a": 2}),
        ({"a": 1}, {"a": 2}, {"a": 3}, None),
        ({"a": 1}, {"a": 2}, {"a": 2}, {}),
        ({}, {"a": 2}, {"a": 1}, None),
        ({"a": ["x", "y"]}, {"a": ["x"]}, {"a": ["x", "y", "z"]}, {"a": ["x", "z"]}),
        ({"a": ["t"]}, {"a": ["t", "new"]}, {"a": ["t", "late"]}, {"a": ["t", "late", "new"]}),
        ({"a": {"h": "1"}}, {"a": {"h": "2"}}, {"a": {"h": "1", "i": "1"}},
         {"a": {"h": "2", "i": "1"}}),
        ({"a": {"h": "1"}}, {"a": {"h": "2"}}, {"a": {"h": "3"}}, None),
        ({"a": None}, {"a": 1}, {"a": None}, {"a": 1}),
        ({"a": 1}, {"a": None}, {"a": 1}, {"a": None}),
    ],
)  # fmt: skip
def test_states(base: Any, mine: Any, theirs: Any, together: Any) -> None:
    assert merge(base, mine, theirs) == together


@pytest.mark.django_db
def test_a_merge_says_so_to_the_writer_and_in_the_history(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    page = create_page(by=responder, title="Pair", body=BASE, tags=["a"])
    revisions.save(page, expected=1, by=stranger,
                   changes={"body": BASE.replace("Third", "3rd"), "tags": ["a", "b"]})  # fmt: skip
    browser = browser_of(responder)
    sent = {"title": "The pair", "body": BASE.replace("First", "1st"), "tags": "a", "revision": "1",
            "comment": "numbers"}  # fmt: skip
    answer = browser.post("/pages/pair/edit/", sent, follow=True).content.decode()
    assert "Saved, and merged with revision 2, which others saved" in answer
    page.refresh_from_db()
    assert (page.title, page.body) == ("The pair", "1st.\n\nSecond.\n\n3rd.")
    assert page.tags == ["a", "b"]
    assert revisions.history(page)[0].comment == "numbers (merged with revision 2)"
    assert not KeptText.objects.exists()


@pytest.mark.django_db
def test_the_same_place_is_asked_about_and_nothing_is_lost(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    page = create_page(by=responder, title="Pair", body=BASE)
    revisions.save(page, expected=1, by=stranger, changes={"body": BASE.replace("Second", "2nd")})
    sent = {"title": "Pair", "body": BASE.replace("Second", "Zwei"), "revision": "1"}
    browser = browser_of(responder)
    answer = browser.post("/pages/pair/edit/", sent)
    assert answer.status_code == 409
    said = answer.content.decode()
    assert "Zwei" in said
    assert "<ins>2nd</ins>" in said
    assert "What both of you started from" in said
    history = browser.get("/pages/pair/history/").content.decode()
    assert "Your words, not saved" in history
    assert "Zwei" in history
    assert "Zwei" not in browser_of(stranger).get("/pages/pair/history/").content.decode()


@pytest.mark.django_db
def test_what_holds_of_an_incident_holds_of_a_merge(responder: User) -> None:
    """Each change alone is in order; together the end would lie before the beginning."""
    incident = create_incident(
        by=responder, title="Stop", started_at=NOW, resolved_at=NOW + timedelta(hours=5)
    )
    sam = make_user("sam")
    later = save_incident(incident, expected=1, by=sam,
                          changes={"resolved_at": NOW + timedelta(hours=1)})  # fmt: skip
    assert isinstance(later, Saved)
    with pytest.raises(Exception, match="lies before"):
        save_incident(incident, expected=1, by=responder,
                      changes={"started_at": NOW + timedelta(hours=3)})  # fmt: skip
    outcome = save_incident(incident, expected=1, by=responder, changes={"summary": "It stopped."})
    assert isinstance(outcome, Saved)
    assert outcome.merged == (2,)


@pytest.mark.django_db
def test_a_published_write_up_is_amended_by_a_merge_with_a_reason(responder: User) -> None:
    incident = create_incident(by=responder, title="Stop")
    save_incident(incident, expected=1, by=responder, changes={"status": "published"})
    with pytest.raises(Exception, match="say in a few words"):
        save_incident(incident, expected=1, by=responder, changes={"summary": "It stopped."})
    outcome = save_incident(
        incident, expected=1, by=responder, changes={"summary": "It stopped."}, comment="forgotten"
    )
    assert isinstance(outcome, Saved)
    assert outcome.current.status == "amended"


@pytest.mark.django_db
def test_a_host_is_never_merged(responder: User) -> None:
    from incidents.hosts.models import Host
    from incidents.hosts.register import create, save

    host = create(Host(name="web-1"), by=responder).current
    save(host, expected=1, by=responder, changes={"role": "web"})
    assert isinstance(save(host, expected=1, by=responder, changes={"rack": "4"}), Conflict)


@pytest.mark.django_db
def test_who_wrote_what(browser_of: Browser, responder: User, stranger: User) -> None:
    page = create_page(by=responder, title="Pair", body=BASE)
    revisions.save(page, expected=1, by=stranger, changes={"body": BASE.replace("Second", "2nd")},
                   comment="shorter")  # fmt: skip
    revisions.save(page, expected=2, by=responder, changes={"title": "The pair"})
    from kb.wiki.blame import blame

    page.refresh_from_db()
    found = [(one.text, one.entry.number) for one in blame(page, "body")]
    assert found == [("First.", 1), ("2nd.", 2), ("Third.", 1)]
    shown = browser_of(responder).get("/pages/pair/history/?who=body").content.decode()
    assert "shorter" in shown
    assert browser_of(responder).get("/pages/pair/history/?who=slug").status_code == 404


@pytest.mark.django_db
def test_looking_at_a_long_history_costs_the_same(
    responder: User, django_assert_num_queries: Any
) -> None:
    from kb.wiki.blame import blame

    page = create_page(by=responder, title="Pair", body="a")
    for number in range(1, 15):
        revisions.save(page, expected=number, by=responder, changes={"body": "a\n\n" * number})
    page = Page.objects.get()
    blame(page, "body")
    with django_assert_num_queries(2):  # states with their authors, versions
        blame(page, "body")
