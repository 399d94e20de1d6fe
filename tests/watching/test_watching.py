"""One mail until one has looked, never about one's own doing, and rights asked when it is sent."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from incidents.records.models import Lesson
from incidents.records.shipped import load_shipped
from incidents.records.writing import create_incident, save_incident
from kb.accounts.models import User
from kb.comments.saying import say
from kb.watching.models import Watch
from kb.watching.watching import sign, tell_all, watch
from kb.wiki import revisions
from kb.wiki.pages import create_page
from tests.conftest import api_as
from tests.support.factories import make_flag, make_host, make_incident, make_pattern

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def told() -> list[str]:
    """What has been mailed since last asked: subject and who reads it."""
    sent = [f"{one.to[0]}: {one.subject}" for one in mail.outbox]
    mail.outbox.clear()
    return sent


def test_one_mail_until_one_has_looked(browser_of: Browser, viewer: User, responder: User) -> None:
    page = create_page(by=responder, title="Rack", body="a")
    browser = browser_of(viewer)
    for _ in range(2):
        browser.post("/watching/", {"object": "page:rack"})
    assert Watch.objects.count() == 1
    assert tell_all(timezone.now()) == 0
    for number, body in enumerate("bcd", 1):
        revisions.save(page, expected=number, by=responder, changes={"body": body}, comment="why")
        tell_all(timezone.now())
    (one,) = mail.outbox
    assert "ruth" in one.body
    assert "why" in one.body
    assert one.extra_headers["List-Unsubscribe"].startswith("<http://localhost:8000/watching/end/")
    assert told() == ["vera@example.net: Changed: Rack"]
    browser.get("/pages/rack/")
    tell_all(timezone.now())
    assert told() == []  # what was there when one looked is no news
    say(page, "Hm.", by=responder, now=timezone.now())
    tell_all(timezone.now())
    assert told() == ["vera@example.net: Changed: Rack"]


def test_nobody_hears_of_their_own_doing(responder: User) -> None:
    page = create_page(by=responder, title="Rack", body="a")
    watch(responder, now=timezone.now(), thing=page)
    revisions.save(page, expected=1, by=responder, changes={"body": "b"})
    assert tell_all(timezone.now()) == 0


def test_who_lost_the_right_hears_nothing(responder: User, stranger: User) -> None:
    incident = create_incident(by=responder, title="Stop")
    watch(stranger, now=timezone.now(), thing=incident)
    save_incident(incident, expected=1, by=responder, changes={"visibility": "restricted"})
    assert tell_all(timezone.now()) == 0


def test_a_tag_is_watched(browser_of: Browser, responder: User, viewer: User) -> None:
    browser_of(viewer).post("/watching/", {"tag": " dc "})
    create_page(by=responder, title="Other", tags=["x"])
    create_page(by=responder, title="Rack", tags=["dc"])
    tell_all(timezone.now())
    assert told() == ["vera@example.net: Changed: Rack"]


def test_a_host_is_watched_with_its_flags_and_open_incidents(viewer: User, responder: User) -> None:
    host = make_host("robert")
    begun = timezone.now() - timedelta(minutes=1)
    one = watch(viewer, now=begun, thing=host)
    make_incident(title="Hush", visibility="restricted", author=responder, hosts=(host,))
    assert tell_all(timezone.now()) == 0
    make_incident(title="Loud", author=responder, hosts=(host,))
    make_flag(make_pattern("no-swap"), host, at=timezone.now())
    tell_all(timezone.now())
    (sent,) = mail.outbox
    assert "Loud" in sent.body
    assert "flag open: no-swap on robert" in sent.body
    assert "Hush" not in sent.body
    one.refresh_from_db()
    assert one.told_at is not None


def test_the_mail_ends_it_with_one_click_and_nothing_else(viewer: User, responder: User) -> None:
    one = watch(viewer, now=timezone.now(), thing=create_page(by=responder, title="Rack"))
    outside = Client(enforce_csrf_checks=True)
    address = f"/watching/end/{sign(one)}/"
    assert outside.get(address).status_code == 200
    assert Watch.objects.exists()
    assert outside.post("/watching/end/1:forged/").status_code == 200
    assert Watch.objects.exists()
    for _ in range(2):
        assert outside.post(address).status_code == 200
    assert not Watch.objects.exists()


def test_a_mail_that_cannot_go_is_tried_again(
    viewer: User, responder: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.mail import EmailMessage

    page = create_page(by=responder, title="Rack")
    watch(viewer, now=timezone.now(), thing=page)
    say(page, "Hm.", by=responder, now=timezone.now())

    def refuse(*_: Any, **__: Any) -> int:
        raise OSError("no route")

    with monkeypatch.context() as broken:
        broken.setattr(EmailMessage, "send", refuse)
        assert tell_all(timezone.now()) == 0
    assert tell_all(timezone.now()) == 1


def test_recent_changes_show_what_the_reader_may_see(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    page = create_page(by=responder, title="Rack")
    say(page, "Hm.", by=responder, now=timezone.now())
    create_incident(by=responder, title="Hush", visibility="restricted")
    mine = browser_of(responder).get("/changes/").content.decode()
    theirs = browser_of(stranger).get("/changes/").content.decode()
    assert "Hush" in mine
    assert "Hush" not in theirs
    assert "Rack" in theirs
    listed = api_as(stranger).get("/api/v1/changes/").json()
    assert [(one["kind"], one["object"]) for one in listed] == [
        ("comment", f"page:{page.pk}"),
        ("page", f"page:{page.pk}"),
    ]


def test_what_came_with_the_library_is_no_change(viewer: User) -> None:
    load_shipped()
    lesson = Lesson.objects.earliest("pk")
    api = api_as(viewer)
    assert api.get("/api/v1/changes/").json() == []
    revisions.save(lesson, expected=1, by=None, changes={"scope": "Disks"}, comment="Shipped anew")
    create_incident(by=None, title="Disk full", comment="Opened by an alert of Alertmanager")
    assert [one["comment"] for one in api.get("/api/v1/changes/").json()] == [
        "Opened by an alert of Alertmanager", "Shipped anew",
    ]  # fmt: skip


def test_the_api_watches_and_ends(viewer: User, responder: User) -> None:
    create_page(by=responder, title="Rack")
    api = api_as(viewer)
    for key in ("page:rack", "tag:dc"):
        assert api.post("/api/v1/watching/", {"object": key}, format="json").status_code == 201
    assert len(api.get("/api/v1/watching/").json()) == 2
    assert api.delete("/api/v1/watching/?object=tag:dc").status_code == 204
    assert api.post("/api/v1/watching/", {"object": "page:no"}, format="json").status_code == 400
    assert len(api.get("/api/v1/watching/").json()) == 1
