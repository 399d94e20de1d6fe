"""Writing incidents in the browser: two fields, the whole form, conflicts, roles."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from incidents.records.models import Incident
from incidents.records.writing import create_incident, save_incident
from kb.accounts.models import User
from kb.wiki.models import KeptText
from tests.support.factories import make_host, make_incident, make_lesson

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db

WHOLE = {"title": "Gone", "severity": "medium", "kind": "incident", "visibility": "everyone"}


def roles(incident: Incident) -> dict[str, str]:
    return dict(incident.host_links.values_list("host__name", "role"))


def test_two_fields_are_enough(browser_of: Browser, responder: User) -> None:
    make_host("robert"), make_host("db-01")
    browser = browser_of(responder)
    assert 'name="started_at" value="20' in browser.get("/incidents/new/").content.decode()
    sent = {"title": "Disk full", "hosts_affected": "robert, @db-01", "severity": "medium",
            "kind": "incident"}  # fmt: skip
    answer = browser.post("/incidents/new/", sent)
    incident = Incident.objects.get()
    assert answer.headers["Location"] == f"/incidents/{incident.pk}/"
    assert (incident.title, incident.status, incident.author) == ("Disk full", "draft", responder)
    assert roles(incident) == {"robert": "affected", "db-01": "affected"}


def test_a_form_sent_twice_makes_one_incident(browser_of: Browser, responder: User) -> None:
    browser = browser_of(responder)
    sent = {"title": "Disk full", "severity": "medium", "kind": "incident"}
    first, second = (browser.post("/incidents/new/", sent) for _ in "ab")
    assert first.headers["Location"] == second.headers["Location"]
    assert Incident.objects.count() == 1


def test_an_unknown_host_is_named_with_what_may_have_been_meant(
    browser_of: Browser, responder: User
) -> None:
    make_host("robert")
    sent = {"title": "X", "hosts_affected": "rboert", "severity": "low", "kind": "incident"}
    answer = browser_of(responder).post("/incidents/new/", sent)
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "There is no host &#x27;rboert&#x27;. Did you mean robert?" in said
    assert 'value="rboert"' in said
    assert not Incident.objects.exists()


def test_times_out_of_order_name_both_fields(browser_of: Browser, responder: User) -> None:
    incident = create_incident(by=responder, title="Gone")
    sent = WHOLE | {
        "revision": "1", "started_at": "2026-11-23T09:00", "detected_at": "2026-11-23T08:00",
    }  # fmt: skip
    answer = browser_of(responder).post(f"/incidents/{incident.pk}/edit/", sent)
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "Detected (2026-11-23 08:00) lies before started (2026-11-23 09:00)." in said
    assert "is violated" not in said


def test_the_whole_write_up_is_saved(browser_of: Browser, responder: User) -> None:
    for name in ("robert", "david"):
        make_host(name)
    lesson = make_lesson("RAID")
    incident = create_incident(by=responder, title="Gone")
    sent: dict[str, Any] = WHOLE | {
        "revision": "1",
        "hosts_affected": "david",
        "hosts_helped": "robert",
        "lessons": [lesson.pk],
        "started_at": "2026-11-23T09:00",
        "source_started": "the log",
        "summary": "Told.",
        "tags": "raid, dc",
        "comment": "first telling",
    }
    answer = browser_of(responder).post(f"/incidents/{incident.pk}/edit/", sent)
    assert answer.status_code == 302, answer.content.decode()
    incident.refresh_from_db()
    assert roles(incident) == {"david": "affected", "robert": "helped"}
    assert list(incident.lessons.all()) == [lesson]
    assert incident.time_sources == {"started": "the log"}
    assert (incident.summary, incident.tags, incident.revision) == ("Told.", ["raid", "dc"], 2)


def test_the_form_sent_back_as_it_came_changes_nothing(
    browser_of: Browser, responder: User
) -> None:
    make_host("robert")
    incident = create_incident(
        by=responder,
        title="Gone",
        body="a\nb",
        relations={"hosts": {"robert": "contributed"}},
        time_sources={"started": "x"},
    )
    browser = browser_of(responder)
    form = browser.get(f"/incidents/{incident.pk}/edit/").context["form"]
    sent = {
        bound.html_name: value for bound in form if (value := bound.value()) not in (None, [], "")
    }
    sent["hosts_contributed"] = "robert"
    browser.post(f"/incidents/{incident.pk}/edit/", sent)
    incident.refresh_from_db()
    assert incident.revision == 1


def test_a_conflict_shows_both_and_the_merge_keeps_what_only_they_touched(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    for name in ("robert", "david"):
        make_host(name)
    incident = create_incident(by=responder, title="Gone", summary="One.")
    save_incident(
        incident,
        expected=1,
        by=stranger,
        changes={"summary": "Their words.", "impact": "Nobody could log in."},
        relations={"hosts": {"david": "affected"}},
    )
    browser = browser_of(responder)
    mine = WHOLE | {"revision": "1", "summary": "My words.", "hosts_affected": "robert"}
    answer = browser.post(f"/incidents/{incident.pk}/edit/", mine)
    assert answer.status_code == 409
    said = answer.content.decode()
    assert "<del>One</del><ins>Their words</ins>." in said
    assert "My words." in said
    assert 'name="impact" value="Nobody could log in."' in said
    assert 'name="hosts_affected" value="robert"' in said
    assert "david: affected" in said
    incident.refresh_from_db()
    assert incident.summary == "Their words."
    merged = WHOLE | {
        "revision": "2", "kept": str(KeptText.objects.get().pk), "summary": "Our words.",
        "impact": "Nobody could log in.", "hosts_affected": "david, robert",
    }  # fmt: skip
    assert browser.post(f"/incidents/{incident.pk}/edit/", merged).status_code == 302
    incident.refresh_from_db()
    assert (incident.summary, incident.impact) == ("Our words.", "Nobody could log in.")
    assert roles(incident) == {"david": "affected", "robert": "affected"}


def test_lifting_a_restriction_forgets_the_names(browser_of: Browser, responder: User) -> None:
    incident = create_incident(
        by=responder,
        title="Gone",
        visibility="restricted",
        relations={"allowed_users": [responder.username]},
    )
    sent = WHOLE | {"revision": "1", "allowed_users": [responder.pk]}
    browser_of(responder).post(f"/incidents/{incident.pk}/edit/", sent)
    incident.refresh_from_db()
    assert incident.visibility == "everyone"
    assert not incident.allowed_users.exists()


def test_publishing_is_a_button(browser_of: Browser, responder: User) -> None:
    incident = create_incident(by=responder, title="Gone")
    browser = browser_of(responder)
    for status, after in (("published", "published"), ("draft", "published"), ("x", "published")):
        browser.post(f"/incidents/{incident.pk}/status/", {"status": status})
        incident.refresh_from_db()
        assert incident.status == after


def test_restoring_brings_words_back_and_never_a_wider_circle(
    browser_of: Browser, responder: User
) -> None:
    incident = create_incident(by=responder, title="Gone", summary="Old.")
    save_incident(
        incident,
        expected=1,
        by=responder,
        changes={"summary": "New.", "visibility": "restricted", "status": "published"},
    )
    sent = {"number": "1", "revision": "2"}
    browser_of(responder).post(f"/incidents/{incident.pk}/history/", sent)
    incident.refresh_from_db()
    assert incident.summary == "Old."
    assert incident.visibility == "restricted"
    assert incident.status == "amended"


@pytest.mark.parametrize(
    "address",
    ["new/", "{pk}/edit/", "{pk}/history/", "{pk}/status/", "{pk}/timeline/new/",
     "{pk}/timeline/{line}/", "{pk}/timeline/{line}/remove/"],
)  # fmt: skip
def test_a_viewer_cannot_write(
    browser_of: Browser, viewer: User, responder: User, address: str
) -> None:
    from incidents.records.timeline import add_line
    from tests.support.factories import NOW

    incident = make_incident("Gone")
    line = add_line(incident, by=responder, at=NOW, what="It stopped.")
    path = "/incidents/" + address.format(pk=incident.pk, line=line.pk)
    sent = WHOLE | {"title": "Changed", "status": "published", "number": "1", "revision": "1",
                    "at": "2026-11-23T09:00", "what": "Changed", "kind": "fact"}  # fmt: skip
    assert browser_of(viewer).post(path, sent).status_code == 403
    incident.refresh_from_db()
    assert (incident.title, incident.status) == ("Gone", "draft")
    assert list(incident.timeline.values_list("what", flat=True)) == ["It stopped."]
