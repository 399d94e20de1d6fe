"""Lines of a timeline in the browser."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

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


def test_a_line_without_a_time_is_of_now_and_sent_twice_stands_once(
    browser_of: Browser, responder: User
) -> None:
    incident = make_incident("Gone")
    key = "5f0f5d3c-9f0e-4a31-9d0b-2b8a4f6f8b1e"
    sent = {"at": "", "what": "It stopped.", "kind": "fact", "key": key}
    browser = browser_of(responder)
    before = timezone.now().replace(microsecond=0)
    for _ in "ab":
        assert browser.post(f"/incidents/{incident.pk}/timeline/new/", sent).status_code == 302
    assert before <= TimelineEntry.objects.get().at <= timezone.now()


def test_a_line_without_words_is_shown_again(browser_of: Browser, responder: User) -> None:
    incident = make_incident("Gone")
    sent = {"at": "", "what": "", "evidence": "The monitor", "kind": "fact"}
    answer = browser_of(responder).post(f"/incidents/{incident.pk}/timeline/new/", sent)
    assert answer.status_code == 422
    assert "The monitor" in answer.content.decode()
    assert not TimelineEntry.objects.exists()


def test_a_line_goes_between_two_of_the_same_moment(browser_of: Browser, responder: User) -> None:
    incident = make_incident("Gone")
    first, _ = (add_line(incident, by=responder, at=NOW, what=what) for what in ("One.", "Three."))
    browser = browser_of(responder)
    form = browser.get(
        f"/incidents/{incident.pk}/timeline/new/?after={first.pk}", headers={"HX-Request": "true"}
    ).content.decode()
    assert 'value="2026-11-23T09:00"' in form
    assert "<html" not in form
    sent = {"at": "2026-11-23T09:00", "what": "Two.", "kind": "fact", "after": first.pk}
    assert browser.post(f"/incidents/{incident.pk}/timeline/new/", sent).status_code == 302
    assert [line.what for line in incident.timeline.all()] == ["One.", "Two.", "Three."]


def test_times_are_written_on_the_clock_of_the_writer(browser_of: Browser, responder: User) -> None:
    User.objects.filter(pk=responder.pk).update(time_zone="Europe/Berlin")
    incident = make_incident("Gone")
    browser = browser_of(responder)
    address = f"/incidents/{incident.pk}/timeline/new/"
    words = {"what": "It stopped.", "kind": "fact"}
    assert browser.post(address, words | {"at": "2026-07-01T11:05"}).status_code == 302
    line = incident.timeline.get()
    assert line.at == datetime(2026, 7, 1, 9, 5, tzinfo=UTC)
    shown = browser.get(f"/incidents/{incident.pk}/timeline/{line.pk}/").content.decode()
    assert 'value="2026-07-01T11:05"' in shown
    gone = browser.post(address, words | {"at": "2026-03-29T02:30"})
    assert gone.status_code == 422
    assert "there was no such time. Write 03:30, or 01:30." in gone.content.decode()
    twice = {"at": "2026-10-25T02:30"}
    asked = browser.post(address, words | twice)
    assert "it was twice. Say which one you mean." in asked.content.decode()
    assert "the first: 00:30 UTC" in asked.content.decode()
    assert browser.post(address, words | twice | {"at_which": "second"}).status_code == 302
    assert incident.timeline.filter(at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC)).exists()


def test_a_moment_that_is_left_alone_keeps_its_seconds(
    browser_of: Browser, responder: User
) -> None:
    User.objects.filter(pk=responder.pk).update(time_zone="Europe/Berlin")
    incident = make_incident("Gone")
    at = datetime(2026, 10, 25, 0, 30, 12, tzinfo=UTC)  # the first of two
    line = add_line(incident, by=responder, at=at, what="One.")
    sent = {
        "at": "2026-10-25T02:30:12", "at_shown": at.isoformat(), "what": "Two.", "kind": "fact",
        "revision": "1",
    }  # fmt: skip
    address = f"/incidents/{incident.pk}/timeline/{line.pk}/"
    assert browser_of(responder).post(address, sent).status_code == 302
    line.refresh_from_db()
    assert (line.at, line.what) == (at, "Two.")


def test_the_timeline_goes_out_in_its_order(browser_of: Browser, responder: User) -> None:
    incident = make_incident("Gone")
    add_line(incident, by=responder, at=NOW, what="=Two", evidence="A graph", kind="interpretation")
    add_line(incident, by=None, at=NOW.replace(hour=8), what="One\n> more")
    browser = browser_of(responder)
    rows = b"".join(browser.get(f"/incidents/{incident.pk}/timeline.csv")).decode()
    assert list(csv.reader(io.StringIO(rows, newline=""))) == [
        ["at", "what", "evidence", "kind", "by"],
        ["2026-11-23T08:00:00Z", "One\n> more", "", "fact", ""],
        ["2026-11-23T09:00:00Z", "'=Two", "A graph", "interpretation", "ruth"],
    ]
    said = browser.get(f"/incidents/{incident.pk}/timeline.md").content.decode()
    assert said == (
        "## Timeline\n\n- 2026-11-23T08:00:00Z, fact\n  One\n  \\> more\n"
        "- 2026-11-23T09:00:00Z, interpretation, by ruth\n  =Two\n  > A graph\n"
    )


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


def test_a_line_that_was_taken_off_meanwhile_keeps_its_new_words(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    incident = make_incident(author=responder)
    line = add_line(incident, by=responder, at=NOW, what="It rose.")
    browser, address = browser_of(responder), f"/incidents/{incident.pk}/timeline/{line.pk}/"
    browser_of(stranger).post(f"{address}remove/")
    sent = {"at": "2026-11-23T10:00", "what": "It rose fast.", "kind": "fact", "revision": "1"}
    answer = browser.post(address, sent, headers={"HX-Request": "true"})
    said = answer.content.decode()
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (410, "#main")
    assert "took this line off the timeline" in said
    assert "It rose fast." in said
    assert f'action="/incidents/{incident.pk}/timeline/new/"' in said
    assert browser.get(address).status_code == 404
    browser.post(f"/incidents/{incident.pk}/timeline/new/", sent)
    assert incident.timeline.get().what == "It rose fast."
