"""Lessons: what taught them, what watches for them, where they are broken today."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from incidents.records.models import Lesson
from kb.accounts.models import User
from kb.wiki import revisions
from tests.support.factories import (
    NOW,
    make_flag,
    make_host,
    make_incident,
    make_lesson,
    make_pattern,
)

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def test_a_lesson_says_what_taught_it_what_watches_and_where_it_is_broken(
    browser_of: Browser, viewer: User
) -> None:
    lesson = make_lesson("RAID is not a backup", slug="raid", why="See [[lesson:path]].")
    make_lesson("Path", slug="path")
    make_incident("The controller", lessons=[lesson], started_at=NOW)
    make_incident("Again", lessons=[lesson], started_at=NOW)
    pattern = make_pattern("raid-only", title="RAID is the only copy", lessons=["raid"])
    make_flag(pattern, make_host("robert"), sentence="raid5 and no backup")
    make_flag(pattern, make_host("fixed"), state="resolved")
    said = browser_of(viewer).get("/lessons/raid/").content.decode()
    for words in ("taught 2 times", "The controller", "RAID is the only copy", "robert",
                  "raid5 and no backup", 'href="/lessons/path/"'):  # fmt: skip
        assert words in said, words
    assert "fixed" not in said.split("<main")[1]


def test_what_nobody_watches_for_is_not_called_well(browser_of: Browser, viewer: User) -> None:
    make_lesson("Lunch", slug="lunch")
    said = browser_of(viewer).get("/lessons/lunch/").content.decode()
    assert "No pattern watches for this lesson, so no host is asked." in said
    make_pattern("lunch-missing", lessons=["lunch"])
    said = browser_of(viewer).get("/lessons/lunch/").content.decode()
    assert "Where facts are missing, a pattern says unknown" in said


def test_it_is_a_file_under_its_address(browser_of: Browser, viewer: User) -> None:
    make_lesson("RAID is not a backup", slug="raid", why="It brings *nothing* back.")
    answer = browser_of(viewer).get("/lessons/raid.md")
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    head, _, text = answer.content.decode().removeprefix("---\n").partition("---\n")
    assert "slug: raid" in head
    assert text.strip() == "It brings *nothing* back."
    assert browser_of(viewer).get("/lessons/none.md").status_code == 404


def test_the_list_costs_the_same_for_any_number_of_lessons(
    browser_of: Browser, viewer: User, django_assert_num_queries: Any
) -> None:
    for number in range(8):
        lesson = make_lesson(f"Lesson {number}")
        make_incident(f"Incident {number}", lessons=[lesson])
        make_pattern(lessons=[lesson.slug])
    browser = browser_of(viewer)
    with django_assert_num_queries(5):  # session, user, count, rows, patterns
        said = browser.get("/lessons/").content.decode()
    assert said.count("taught 1 time,") == 8


def test_a_lesson_from_an_incident_is_linked_to_it(browser_of: Browser, responder: User) -> None:
    incident = make_incident("The controller")
    sent = {"title": "RAID is not a backup", "statement": "It is not.", "state": "active"}
    answer = browser_of(responder).post(f"/lessons/new/?incident={incident.pk}", sent)
    assert answer.headers["Location"] == "/lessons/raid-is-not-a-backup/"
    assert [lesson.slug for lesson in incident.lessons.all()] == ["raid-is-not-a-backup"]
    assert revisions.history(incident)[0].comment == "Taught: RAID is not a backup"


def test_a_conflict_keeps_both_words(browser_of: Browser, responder: User, keeper: User) -> None:
    lesson = make_lesson("RAID", slug="raid", statement="One.")
    sent = {"title": "RAID", "state": "active", "revision": "1"}
    browser_of(keeper).post("/lessons/raid/edit/", sent | {"statement": "Theirs."})
    answer = browser_of(responder).post("/lessons/raid/edit/", sent | {"statement": "Mine."})
    assert answer.status_code == 409
    assert "Mine." in answer.content.decode()
    lesson.refresh_from_db()
    assert lesson.statement == "Theirs."


def test_a_viewer_reads_and_cannot_write(browser_of: Browser, viewer: User) -> None:
    make_lesson("RAID", slug="raid", statement="One.")
    browser = browser_of(viewer)
    sent = {"title": "X", "statement": "X", "state": "active", "number": "1", "revision": "1"}
    for address in ("/lessons/new/", "/lessons/raid/edit/", "/lessons/raid/history/"):
        assert browser.post(address, sent).status_code == 403, address
    assert Lesson.objects.get().statement == "One."
