"""Saving compares the revision, keeps both texts and forgets nothing."""

import threading

import pytest
from django.db import OperationalError, connections
from reversion.models import Revision

from kb.accounts.models import User
from kb.outbox.models import OutboxRow
from kb.wiki import revisions
from kb.wiki.models import KeptText, Page, SavedState
from kb.wiki.revisions import Conflict, Saved
from tests.support.factories import make_team, make_user


def a_page(by: User, **fields: object) -> Page:
    page = Page(slug="pair", title="The pair", body="One.\nTwo.", **fields)
    return revisions.create(page, by=by, comment="first").current


@pytest.mark.django_db
def test_creating_makes_revision_one_and_tells_the_index() -> None:
    ruth = make_user("ruth")
    page = a_page(ruth)
    entries = revisions.history(page)
    assert [(e.number, e.by, e.comment) for e in entries] == [(1, ruth, "first")]
    assert list(OutboxRow.objects.values_list("topic", "key")) == [("index", f"page:{page.pk}")]


@pytest.mark.django_db
def test_saving_stores_the_change_with_its_author_and_reason() -> None:
    ruth, sam = make_user("ruth"), make_user("sam")
    page = a_page(ruth)
    saved = revisions.save(
        page, expected=1, by=sam, changes={"body": "Three."}, comment="two was wrong"
    )
    assert isinstance(saved, Saved)
    page.refresh_from_db()
    assert (saved.revision, page.revision, page.body, page.updated_by) == (2, 2, "Three.", sam)
    assert [(e.number, e.by, e.comment) for e in revisions.history(page)] == [
        (2, sam, "two was wrong"),
        (1, ruth, "first"),
    ]


@pytest.mark.django_db
def test_a_stale_save_overwrites_nothing_and_keeps_both_texts() -> None:
    ruth, sam = make_user("ruth"), make_user("sam")
    page = a_page(ruth)
    revisions.save(page, expected=1, by=sam, changes={"body": "Theirs."})
    conflict = revisions.save(page, expected=1, by=ruth, changes={"body": "Mine."})
    assert isinstance(conflict, Conflict)
    page.refresh_from_db()
    assert (page.body, page.revision) == ("Theirs.", 2)
    assert conflict.mine == {"body": "Mine."}
    assert conflict.theirs["body"] == "Theirs."
    assert conflict.base is not None
    assert conflict.base["body"] == "One.\nTwo."
    kept = KeptText.objects.get()
    assert (kept.author, kept.based_on, kept.changes) == (ruth, 1, {"body": "Mine."})


@pytest.mark.django_db
def test_the_same_stale_form_sent_twice_is_kept_once() -> None:
    ruth = make_user("ruth")
    team = make_team("Platform")
    page = a_page(ruth)
    revisions.save(page, expected=1, by=ruth, changes={"body": "Newer."})
    for _ in range(2):
        revisions.save(page, expected=1, by=ruth, changes={"body": "Old.", "owner": team})
    assert KeptText.objects.count() == 1


@pytest.mark.django_db
def test_the_same_words_saved_twice_make_one_revision_and_no_conflict() -> None:
    ruth = make_user("ruth")
    page = a_page(ruth)
    first = revisions.save(page, expected=1, by=ruth, changes={"body": "A\r\nB"})
    again = revisions.save(page, expected=1, by=ruth, changes={"body": "A\nB"})
    assert isinstance(first, Saved)
    assert isinstance(again, Saved)
    assert (first.changed, again.changed, again.revision) == (True, False, 2)
    assert SavedState.objects.count() == 2
    assert not KeptText.objects.exists()


@pytest.mark.django_db
def test_a_field_that_is_not_tracked_is_refused_before_anything_changes() -> None:
    page = a_page(make_user())
    with pytest.raises(LookupError, match=r"Page\.example is not tracked"):
        revisions.save(page, expected=1, by=None, changes={"example": True})
    page.refresh_from_db()
    assert (page.example, page.revision) == (False, 1)


@pytest.mark.django_db
def test_what_came_by_another_door_gets_its_first_state_on_record() -> None:
    ruth = make_user("ruth")
    page = Page.objects.create(slug="x", title="X", body="imported")
    revisions.save(page, expected=1, by=ruth, changes={"body": "edited"})
    assert [e.number for e in revisions.history(page)] == [2, 1]
    first = revisions.text_at(page, 1)
    assert first is not None
    assert first["body"] == "imported"


@pytest.mark.django_db
def test_a_revision_reads_as_words() -> None:
    team = make_team("Platform")
    page = a_page(make_user(), owner=team, tags=["raid", "london"], is_runbook=True)
    assert revisions.text_at(page, 1) == {
        "slug": "pair",
        "about": "",
        "title": "The pair",
        "body": "One.\nTwo.",
        "tags": "raid, london",
        "is_runbook": "yes",
        "owner": "Platform",
        "review_by": "",
        "deleted_at": "",
        "attachments": "",
    }
    assert revisions.text_at(page, 9) is None


@pytest.mark.django_db
def test_restoring_makes_a_new_revision_with_the_old_words() -> None:
    ruth = make_user("ruth")
    page = a_page(ruth)
    revisions.save(page, expected=1, by=ruth, changes={"body": "Worse.", "tags": ["x"]})
    outcome = revisions.restore(page, 1, expected=2, by=ruth)
    assert isinstance(outcome, Saved)
    page.refresh_from_db()
    assert (page.revision, page.body, page.tags) == (3, "One.\nTwo.", [])
    assert revisions.history(page)[0].comment == "Restored from revision 1"
    assert isinstance(revisions.restore(page, 1, expected=2, by=ruth), Saved)  # says so already
    assert isinstance(revisions.restore(page, 2, expected=2, by=ruth), Conflict)
    assert revisions.restore(page, 77, expected=3, by=ruth) is None


@pytest.mark.django_db
def test_forgetting_leaves_no_trace() -> None:
    ruth = make_user("ruth")
    page = a_page(ruth)
    revisions.save(page, expected=1, by=ruth, changes={"body": "x"})
    revisions.save(page, expected=1, by=ruth, changes={"body": "y"})
    revisions.forget(Page, [page.pk])
    assert not Revision.objects.exists()
    assert not SavedState.objects.exists()
    assert not KeptText.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_at_once_one_wins_and_the_other_is_kept() -> None:
    ruth, sam = make_user("ruth"), make_user("sam")
    page = a_page(ruth)
    outcomes: list[object] = []
    together = threading.Barrier(2)

    def save(by: User, words: str) -> None:
        together.wait()
        while True:
            try:
                outcome = revisions.save(page, expected=1, by=by, changes={"body": words})
            except OperationalError:
                continue  # an SQLite in memory does not let writers queue as a file does
            outcomes.append(outcome)
            break
        connections.close_all()

    threads = [
        threading.Thread(target=save, args=(ruth, "Ruth.")),
        threading.Thread(target=save, args=(sam, "Sam.")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "Saved"]
    page.refresh_from_db()
    kept = KeptText.objects.get().changes["body"]
    assert {page.body, kept} == {"Ruth.", "Sam."}
    assert page.revision == 2
