"""The list of incidents: newest first, filtered by its address."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from incidents.records.factors import load_factors
from incidents.records.writing import create_incident
from kb.accounts.models import User
from tests.support.factories import NOW, make_host, make_incident, make_lesson, make_service

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def test_filters_stand_in_the_address_and_can_be_taken_away(
    browser_of: Browser, viewer: User, responder: User
) -> None:
    load_factors()
    make_host("robert")
    make_service("Big", slug="big")
    make_lesson("RAID", slug="raid")
    create_incident(
        by=responder,
        title="The controller",
        severity="critical",
        relations={
            "hosts": {"robert": "affected"},
            "services": ["big"],
            "factors": ["hardware", "process"],
            "lessons": ["raid"],
        },
    )
    make_incident("Another", kind="drill", status="published")
    browser = browser_of(viewer)
    for query, shown in (
        ("", 2), ("?host=robert", 1), ("?severity=critical", 1), ("?kind=drill", 1),
        ("?status=published", 1), ("?factor=process", 1), ("?service=big", 1), ("?lesson=raid", 1),
        ("?host=robert&kind=drill", 0), ("?restricted=1", 0), ("?severity=nonsense", 0),
    ):  # fmt: skip
        answer = browser.get(f"/incidents/{query}")
        assert answer.context["page"].paginator.count == shown, query
    said = browser.get("/incidents/?host=robert&severity=critical").content.decode()
    assert 'href="?severity=critical"' in said
    assert "No incident matches" in browser.get("/incidents/?host=nobody").content.decode()


def test_newest_first_as_far_as_anybody_knows(browser_of: Browser, viewer: User) -> None:
    make_incident("Older", started_at=NOW - timedelta(days=9))
    make_incident("Newer", detected_at=NOW - timedelta(days=2))
    make_incident("Oldest", started_at=NOW - timedelta(days=400))
    page = browser_of(viewer).get("/incidents/").context["page"]
    assert [incident.title for incident in page] == ["Newer", "Older", "Oldest"]


def test_it_costs_the_same_for_any_number_of_incidents(
    browser_of: Browser, viewer: User, django_assert_num_queries: Any
) -> None:
    host = make_host("robert")
    for number in range(12):
        make_incident(f"Incident {number}", hosts=[host], summary="*Told*.")
    browser = browser_of(viewer)
    with django_assert_num_queries(6):  # session, user, factors, count, rows, hosts
        browser.get("/incidents/")


def test_an_empty_list_says_what_to_do_next(
    browser_of: Browser, viewer: User, responder: User
) -> None:
    assert "two fields are enough" in browser_of(responder).get("/incidents/").content.decode()
    assert "two fields are enough" not in browser_of(viewer).get("/incidents/").content.decode()
