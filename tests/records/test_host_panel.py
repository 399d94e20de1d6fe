"""What happened to a host, on the host's own page."""

from typing import Any

import pytest
from django.test import RequestFactory

from incidents.records.panels import past
from kb.accounts.models import User
from tests.support.factories import NOW, make_host, make_incident, make_lesson

pytestmark = pytest.mark.django_db


def shown(host: Any, user: User) -> str:
    request = RequestFactory().get("/")
    request.user = user
    return past(host, request)


def test_it_lists_incidents_with_the_part_the_host_had_and_what_they_taught(viewer: User) -> None:
    robert = make_host("robert")
    lesson = make_lesson("RAID is not a backup")
    incident = make_incident("The controller", started_at=NOW, lessons=[lesson])
    incident.host_links.create(host=robert, role="helped")
    make_incident("Elsewhere", hosts=[make_host("david")])
    said = shown(robert, viewer)
    assert "The controller" in said
    assert "helped" in said
    assert "RAID is not a backup" in said
    assert "Elsewhere" not in said
    assert "write down an incident" not in said


def test_a_restricted_one_is_neither_listed_nor_counted(viewer: User, responder: User) -> None:
    robert = make_host("robert")
    make_incident(
        "Secret", hosts=[robert], visibility="restricted", author=responder,
        lessons=[make_lesson("Hidden")],
    )  # fmt: skip
    said = shown(robert, viewer)
    assert "Secret" not in said
    assert "Hidden" not in said
    assert "No incident is written down for this host" in said
    assert "Secret" in shown(robert, responder)


def test_it_costs_the_same_for_any_number_of_incidents(
    viewer: User, django_assert_num_queries: Any
) -> None:
    robert = make_host("robert")
    for number in range(14):
        make_incident(f"Incident {number}", hosts=[robert], lessons=[make_lesson()])
    with django_assert_num_queries(3):
        said = shown(robert, viewer)
    assert "All 14 incidents" in said
