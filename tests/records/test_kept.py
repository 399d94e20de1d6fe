"""What a browser kept while it was offline is taken in once, whoever sends it and how often."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from incidents.records.models import Incident, TimelineEntry
from kb.accounts.models import User
from tests.support.factories import make_host, make_incident

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db
AT = "2026-11-23T09:05:12.345Z"


def send(browser: Client, **thing: Any) -> Any:
    return browser.post("/incidents/kept/", json.dumps(thing), content_type="application/json")


def begun(title: str = "The mail stands still", **more: Any) -> dict[str, Any]:
    return {"kind": "incident", "key": str(uuid4()), "at": AT, "title": title, "hosts": ""} | more


def test_an_incident_and_its_lines_are_taken_once(browser_of: Browser, responder: User) -> None:
    make_host("robert")
    browser = browser_of(responder)
    thing = begun(hosts="robert, @rob")
    line = {"kind": "line", "key": str(uuid4()), "begun": thing["key"], "at": AT, "what": "Dead."}
    for _ in "ab":
        answer = send(browser, **thing)
        assert answer.json() == {"number": Incident.objects.get().pk, "address": "/incidents/1/"}
        assert send(browser, **line).status_code == 200
    incident = Incident.objects.get()
    assert incident.author == responder
    assert [host.name for host in incident.hosts.all()] == ["robert"]
    assert incident.open_questions == "Which host is meant by: rob?"
    assert f"{incident.started_at:%H:%M:%S}" == "09:05:12"
    assert TimelineEntry.objects.get().what == "Dead."


def test_the_form_and_what_was_kept_behind_it_are_one(browser_of: Browser, responder: User) -> None:
    browser = browser_of(responder)
    thing = begun()
    browser.post("/incidents/new/", {"title": thing["title"], "severity": "high",
                                     "kind": "incident", "key": thing["key"]})  # fmt: skip
    assert send(browser, **thing).json()["number"] == Incident.objects.get().pk
    assert Incident.objects.get().severity == "high"


@pytest.mark.parametrize(
    ("thing", "why"),
    [
        ({"kind": "line"}, "not kept in a form we know"),
        ({"kind": "line", "key": str(uuid4()), "at": "2026-11-23T09:05", "what": "x"}, "in a form"),
        ({"kind": "line", "key": str(uuid4()), "at": AT, "what": "x"}, "There is no such incident"),
        (
            {"kind": "line", "key": str(uuid4()), "at": AT, "what": "x", "incident": "one"},
            "which incident it belongs to",
        ),
        (begun(title=""), "cannot be blank"),
    ],
)
def test_what_cannot_be_taken_says_why(
    browser_of: Browser, responder: User, thing: dict[str, Any], why: str
) -> None:
    answer = send(browser_of(responder), **thing)
    assert answer.status_code == 422
    assert why in answer.json()["why"]
    assert not Incident.objects.exists()


def test_nobody_takes_over_what_another_began(
    browser_of: Browser, responder: User, stranger: User, viewer: User
) -> None:
    thing = begun()
    send(browser_of(responder), **thing)
    assert send(browser_of(stranger), **thing).status_code == 422
    assert send(browser_of(viewer), **begun()).status_code == 403
    secret = make_incident("Secret", visibility="restricted", author=responder)
    line = {"kind": "line", "key": str(uuid4()), "at": AT, "what": "x", "incident": secret.pk}
    assert send(browser_of(stranger), **line).json() == {"why": "There is no such incident."}
    assert not secret.timeline.exists()


def test_signed_out_it_leads_to_the_door_and_takes_nothing() -> None:
    answer = send(Client(), **begun())
    assert answer.status_code == 302
    assert not Incident.objects.exists()


def test_the_page_without_a_connection_holds_nothing_of_anybodys(
    browser_of: Browser, responder: User
) -> None:
    mine = browser_of(responder).get("/offline/").content
    assert mine == Client().get("/offline/").content
    assert b"ruth" not in mine
    script = Client().get("/worker.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
    said = script.content.decode()
    assert '"/static/js/outbox.js"' in said
    assert '"/static/css/kept.css"' in said


def test_who_begins_one_sees_what_another_has_just_begun(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    send(browser_of(stranger), **begun())
    make_incident("Secret", visibility="restricted", author=stranger)
    page = browser_of(responder).get("/incidents/new/").content.decode()
    assert "Somebody may be writing it down already" in page
    assert "The mail stands still" in page
    assert "Secret" not in page
