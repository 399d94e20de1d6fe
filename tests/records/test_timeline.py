"""Lines of a timeline in the browser."""

from collections.abc import Callable

import pytest
from django.test import Client

from incidents.records.models import TimelineEntry
from incidents.records.timeline import add_line
from kb.accounts.models import User
from tests.support.factories import NOW, make_incident

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def test_a_line_is_added_where_it_is_read(browser_of: Browser, responder: User) -> None:
    incident = make_incident("Gone")
    sent = {"at": "2026-11-23T09:05", "what": "It <b>stopped</b>.", "kind": "interpretation"}
    browser = browser_of(responder)
    answer = browser.post(f"/incidents/{incident.pk}/timeline/new/", sent)
    assert answer.headers["Location"] == f"/incidents/{incident.pk}/#timeline"
    said = browser.get(f"/incidents/{incident.pk}/").content.decode()
    assert "It &lt;b&gt;stopped&lt;/b&gt;." in said
    assert "interpretation, ruth" in said


def test_a_line_without_a_time_is_shown_again(browser_of: Browser, responder: User) -> None:
    incident = make_incident("Gone")
    sent = {"at": "", "what": "It stopped.", "kind": "fact"}
    answer = browser_of(responder).post(f"/incidents/{incident.pk}/timeline/new/", sent)
    assert answer.status_code == 422
    assert "It stopped." in answer.content.decode()
    assert not TimelineEntry.objects.exists()


def test_a_line_is_corrected_on_its_revision(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    incident = make_incident("Gone")
    line = add_line(incident, by=responder, at=NOW, what="One.")
    address = f"/incidents/{incident.pk}/timeline/{line.pk}/"
    sent = {"at": "2026-11-23T09:00", "kind": "fact", "revision": "1"}
    browser_of(stranger).post(address, sent | {"what": "Theirs."})
    answer = browser_of(responder).post(address, sent | {"what": "Mine."})
    assert answer.status_code == 409
    line.refresh_from_db()
    assert line.what == "Theirs."


def test_taking_a_line_away_asks_first(browser_of: Browser, responder: User) -> None:
    incident = make_incident("Gone")
    line = add_line(incident, by=responder, at=NOW, what="One.")
    address = f"/incidents/{incident.pk}/timeline/{line.pk}/remove/"
    browser = browser_of(responder)
    assert "Take this line off the timeline?" in browser.get(address).content.decode()
    assert incident.timeline.exists()
    for _ in "ab":  # pressed twice
        assert browser.post(address).status_code == 302
    assert not incident.timeline.exists()
