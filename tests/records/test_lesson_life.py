"""A lesson's life: its state moved with who and why, its evidence, its reading, its rest."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from incidents.patterns.models import WeeklyCount
from incidents.patterns.spec import load_yaml
from incidents.records import lesson_life
from incidents.records.asking import builder_for_lesson
from incidents.records.lessons import standing
from incidents.records.models import Incident, Lesson
from incidents.records.trails import LessonQuote
from kb.accounts.models import User
from kb.wiki import revisions
from tests.support.factories import (
    NOW,
    make_host,
    make_incident,
    make_lesson,
    make_pattern,
)

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def test_it_is_moved_with_who_and_why_once(browser_of: Browser, responder: User) -> None:
    lesson = make_lesson("RAID is no backup", slug="raid", state="proposed")
    browser = browser_of(responder)
    browser.post("/lessons/raid/state/", {"state": "active"})
    browser.post("/lessons/raid/state/", {"state": "dormant"})  # without a reason: refused
    lesson.refresh_from_db()
    assert lesson.state == "active"
    for _ in "ab":
        browser.post("/lessons/raid/state/", {"state": "dormant", "reason": "No RAID left"})
    lesson.refresh_from_db()
    assert lesson.state == "dormant"
    moves = lesson.moves.values_list("before", "after", "by_name", "reason")
    assert list(moves)[-1] == ("proposed", "active", "ruth", "")
    assert ("active", "dormant", "ruth", "No RAID left") in list(moves)
    assert revisions.history(lesson)[0].comment == "No RAID left"
    assert "active → dormant" in browser.get("/lessons/raid/").content.decode()


@pytest.mark.parametrize(
    ("state", "wanted"), [("proposed", "dormant"), ("retired", "dormant"), ("active", "nonsense")]
)
def test_it_moves_only_where_it_may(responder: User, state: str, wanted: str) -> None:
    lesson = make_lesson(state=state)
    with pytest.raises(ValidationError):
        lesson_life.move_lesson(lesson, wanted, by=responder, now=NOW, reason="because")
    assert lesson.moves.count() == 0


def test_a_viewer_moves_nothing(browser_of: Browser, viewer: User) -> None:
    make_lesson(slug="raid")
    make_incident()
    browser = browser_of(viewer)
    for address in ("state", "read", "quotes"):
        assert browser.post(f"/lessons/raid/{address}/", {}).status_code == 403, address


def test_words_of_an_incident_are_evidence_for_whoever_sees_it(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    lesson = make_lesson("RAID", slug="raid")
    secret = make_incident("Quiet", visibility="restricted", author=responder)
    browser = browser_of(responder)
    sent = {"q-incident": secret.pk, "q-quote": "The controller took them all.\r\n"}
    for _ in "ab":
        assert browser.post("/lessons/raid/quotes/", sent).status_code == 302
    assert LessonQuote.objects.count() == 1
    assert list(secret.lessons.all()) == [lesson]
    page = browser.get("/lessons/raid/").content.decode()
    assert "The controller took them all." in page
    assert "taught 1 time" in page
    theirs = browser_of(stranger).get("/lessons/raid/").content.decode()
    assert "controller" not in theirs
    assert "not taught here yet" in theirs
    one = LessonQuote.objects.get()
    assert browser_of(stranger).post(f"/lessons/raid/quotes/{one.pk}/remove/").status_code == 404
    refused = browser_of(stranger).post("/lessons/raid/quotes/", sent)
    assert refused.status_code == 422
    browser.post(f"/lessons/raid/quotes/{one.pk}/remove/")
    assert "The controller" not in browser.get("/lessons/raid/").content.decode()
    one.refresh_from_db()
    assert one.taken_back_by == responder


def test_a_restricted_incident_counts_only_for_those_who_see_it_and_lends_no_words_to_a_check(
    responder: User, stranger: User
) -> None:
    lesson = make_lesson()
    first = make_incident("Open", lessons=[lesson], started_at=NOW - timedelta(days=9))
    make_incident(
        "Quiet", lessons=[lesson], started_at=NOW, visibility="restricted", author=responder
    )
    stands = standing(lesson, responder)
    assert (stands.taught, stands.last, stands.shared) == (2, NOW, [first])
    assert standing(lesson, stranger).taught == 1


def test_it_is_read_again_and_comes_back_in_a_year(browser_of: Browser, responder: User) -> None:
    today = timezone.now().date()
    lesson = make_lesson(slug="raid", review_by=today)
    browser = browser_of(responder)
    assert "Does it still hold?" in browser.get("/lessons/raid/").content.decode()
    browser.post("/lessons/raid/read/")
    lesson.refresh_from_db()
    assert lesson.review_by == today + lesson_life.READ_AGAIN
    assert "Does it still hold?" not in browser.get("/lessons/raid/").content.decode()


def weeks(pattern: Any, states: list[dict[str, int]]) -> None:
    monday = NOW.date() - timedelta(days=NOW.weekday())
    for back, verdicts in enumerate(states):
        WeeklyCount.objects.create(
            week=monday - timedelta(weeks=back), pattern=pattern, verdicts=verdicts
        )


def test_rest_is_offered_when_no_host_has_had_to_do_with_it_for_weeks(responder: User) -> None:
    gone, here, young = make_lesson(slug="gone"), make_lesson(slug="here"), make_lesson(slug="y")
    weeks(make_pattern("a", lessons=["gone"]), [{"not applicable": 9, "match": 0}] * 9)
    weeks(make_pattern("b", lessons=["here"]), [{"not applicable": 9}] * 4 + [{"unknown": 1}] * 5)
    weeks(make_pattern("c", lessons=["y"]), [{"not applicable": 9}] * 3)
    offered = lesson_life.offered_rest([gone, here, young, make_lesson()], NOW)
    assert [(one.lesson, one.weeks) for one in offered] == [(gone, 9)]
    lesson_life.move_lesson(gone, "active", by=responder, now=NOW, reason="One comes back in May")
    assert lesson_life.offered_rest([gone], NOW) == []


def test_a_lesson_without_a_pattern_leads_to_the_builder_filled_in(
    browser_of: Browser, responder: User
) -> None:
    host = make_host("david", facts={"storage": {"raids": [{"name": "md0", "state": "degraded"}]}})
    lesson = make_lesson("RAID is no backup", slug="raid", why="A controller takes them all.")
    incident = make_incident(hosts=[host], lessons=[lesson], severity="critical")
    address = builder_for_lesson(lesson, [incident])
    assert parse_qs(urlsplit(address).query) == {
        "title": ["RAID is no backup"],
        "why": ["RAID is no backup.\n\nA controller takes them all."],
        "lesson": ["raid"],
        "severity": ["critical"],
        "host": ["david"],
    }
    browser = browser_of(responder)
    page = browser.get("/lessons/raid/")
    assert page.context["builder"] == address
    form = browser.get(address).context["form"]
    spec = load_yaml(form.initial["yaml"])
    assert (spec.pattern, spec.title, spec.severity) == (
        "raid-is-no-backup", "RAID is no backup", "critical",
    )  # fmt: skip
    assert spec.lessons == ["raid"]
    assert "A controller takes them all." in spec.why
    assert spec.examples[-1].verdict == "match"
    assert spec.examples[-1].name == "as seen on a host"
    assert form.initial["host"] == "david"
    make_pattern(lessons=["raid"])
    assert browser.get("/lessons/raid/").context["builder"] == ""


def test_a_fact_that_hosts_share_becomes_a_whole_pattern(
    browser_of: Browser, responder: User
) -> None:
    asked = "/patterns/new/?title=Old+cards&path=storage.controllers[].model&value=PERC+H700"
    spec = load_yaml(browser_of(responder).get(asked).context["form"].initial["yaml"])
    assert spec.match == 'storage.controllers.exists(one, one.model == "PERC H700")'
    assert [one.verdict for one in spec.examples] == ["match", "clear"]
    sent = {"yaml": browser_of(responder).get(asked).context["form"].initial["yaml"],
            "comment": "", "unseen": "on"}  # fmt: skip
    assert browser_of(responder).post("/patterns/new/", sent).status_code == 302


def test_the_page_costs_the_same_for_any_number_of_words_and_incidents(
    browser_of: Browser, responder: User, django_assert_num_queries: Any
) -> None:
    lesson = make_lesson(slug="raid")
    make_pattern(lessons=["raid"])
    for number in range(6):
        incident: Incident = make_incident(f"Number {number}", lessons=[lesson])
        lesson_life.quote(lesson, incident, f"Words {number}", by=responder, now=NOW)
    browser = browser_of(responder)
    browser.get("/lessons/raid/")
    with django_assert_num_queries(16):
        browser.get("/lessons/raid/")
    assert Lesson.objects.count() == 1
