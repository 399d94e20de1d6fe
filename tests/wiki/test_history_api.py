"""The history of anything people write, through the API."""

import pytest
from rest_framework.test import APIClient

from kb.accounts.models import User
from kb.wiki import revisions
from kb.wiki.pages import create_page
from tests.conftest import api_as
from tests.support.factories import make_incident

pytestmark = pytest.mark.django_db


def test_list_compare_and_authors(api: APIClient, responder: User) -> None:
    page = create_page(by=responder, title="Pair", body="One.\n\nTwo.")
    revisions.save(page, expected=1, by=None, changes={"body": "One.\n\n2."}, comment="short")
    listed = api.get("/api/v1/revisions/?object=page:pair").json()
    assert [(one["number"], one["by"], one["comment"]) for one in listed] == [
        (2, None, "short"),
        (1, "ruth", ""),
    ]
    assert api.get("/api/v1/revisions/changes/?object=page:pair").json() == [
        {"field": "body", "before": "One.\n\nTwo.", "after": "One.\n\n2."}
    ]
    authors = api.get("/api/v1/revisions/authors/?object=page:pair").json()
    assert [(one["text"], one["revision"]["number"]) for one in authors] == [("One.", 1), ("2.", 2)]


def test_restoring_compares_the_newest(api: APIClient, responder: User) -> None:
    page = create_page(by=responder, title="Pair", body="One.")
    revisions.save(page, expected=1, by=None, changes={"body": "Two."})
    sent = {"object": "page:pair", "number": 1, "revision": 1}
    refused = api.post("/api/v1/revisions/restore/", sent, format="json")
    assert (refused.status_code, refused.json()["current"]["revision"]) == (412, 2)
    done = api.post("/api/v1/revisions/restore/", sent | {"revision": 2}, format="json")
    assert (done.status_code, done.json()["number"]) == (200, 3)
    page.refresh_from_db()
    assert page.body == "One."


def test_restoring_an_incident_widens_no_circle(api: APIClient, responder: User) -> None:
    from incidents.records.writing import create_incident, save_incident

    incident = create_incident(by=responder, title="Stop", summary="a")
    save_incident(incident, expected=1, by=responder,
                  changes={"visibility": "restricted", "summary": "b"})  # fmt: skip
    sent = {"object": f"incident:{incident.pk}", "number": 1, "revision": 2}
    assert api.post("/api/v1/revisions/restore/", sent, format="json").status_code == 200
    incident.refresh_from_db()
    assert (incident.summary, incident.visibility) == ("a", "restricted")


def test_nobody_looks_back_at_what_they_may_not_see(
    responder: User, stranger: User, viewer_api: APIClient
) -> None:
    secret = make_incident(visibility="restricted", author=responder)
    for part in ("", "changes/", "authors/"):
        answer = api_as(stranger).get(f"/api/v1/revisions/{part}?object=incident:{secret.pk}")
        assert answer.status_code == 404
    create_page(by=responder, title="Pair")
    sent = {"object": "page:pair", "number": 1, "revision": 1}
    assert viewer_api.post("/api/v1/revisions/restore/", sent, format="json").status_code == 403
