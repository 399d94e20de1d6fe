"""The write-up: everything that is known, nothing that is not for this reader."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from incidents.records.factors import load_factors
from incidents.records.timeline import add_line
from incidents.records.writing import create_incident
from kb.accounts.models import User
from tests.support.factories import (
    make_action,
    make_flag,
    make_host,
    make_incident,
    make_lesson,
    make_pattern,
    make_service,
)

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 10, 23, hour, minute, tzinfo=UTC)


def test_it_tells_the_whole_story(browser_of: Browser, responder: User, viewer: User) -> None:
    load_factors()
    robert, david = make_host("robert"), make_host("david")
    make_service("Big system", slug="big-system")
    lesson = make_lesson("RAID is not a backup", slug="raid-is-not-a-backup")
    pattern = make_pattern(
        "raid-only-no-backup", title="RAID is the only copy", lessons=[lesson.slug]
    )
    make_flag(pattern, robert, sentence="raid5, no backup")
    make_flag(pattern, david)
    incident = create_incident(
        by=responder,
        title="The controller took the rest with it",
        severity="critical",
        started_at=at(7, 15),
        detected_at=at(7, 20),
        resolved_at=at(22, 45),
        time_sources={"detected": "monitoring"},
        summary="A drive in @david failed. See [[raid]].",
        lucky="The switch had been tried.",
        relations={
            "hosts": {"david": "affected"},
            "services": ["big-system"],
            "factors": ["hardware"],
            "lessons": ["raid-is-not-a-backup"],
        },
    )
    add_line(incident, by=responder, at=at(13, 31), what="The controller stops answering.")
    make_action("A backup that leaves david", incident=incident, owner=responder)
    answer = browser_of(viewer).get(f"/incidents/{incident.pk}/")
    said = answer.content.decode()
    for words in (
        "The controller took the rest with it",
        "The times, drawn to scale",
        "15 h 30 min",
        "monitoring",
        "The controller stops answering.",
        "The switch had been tried.",
        "A backup that leaves david",
        "Big system",
        "RAID is not a backup",
        "?factor=hardware",
        "raid5, no backup",
        "And still here",
    ):
        assert words in said, words
    assert "Publish" not in said  # a viewer reads


def test_an_empty_incident_says_what_is_missing(browser_of: Browser, responder: User) -> None:
    incident = make_incident("Something")
    said = browser_of(responder).get(f"/incidents/{incident.pk}/").content.decode()
    assert "Nobody has told it yet." in said
    assert "What is missing" in said
    assert "What happened, in three sentences" in said
    assert "No pattern watches for it." in said


def test_the_page_costs_the_same_for_many_lines_and_hosts(
    browser_of: Browser, responder: User, django_assert_num_queries: Callable[[int], object]
) -> None:
    hosts = tuple(make_host(f"h{number}") for number in range(8))
    incident = make_incident("Long", hosts=hosts, lessons=[make_lesson(), make_lesson()])
    for number in range(15):
        add_line(incident, by=responder, at=at(8, number), what=f"Line {number}")
    browser = browser_of(responder)
    browser.get(f"/incidents/{incident.pk}/")  # what is asked once per process
    with django_assert_num_queries(36):  # type: ignore[attr-defined]
        browser.get(f"/incidents/{incident.pk}/")
