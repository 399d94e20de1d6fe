"""The bin: out of sight at once, back for thirty days, then gone for ever."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient
from reversion.models import Version

from incidents.records.models import Incident, TimelineEntry
from incidents.records.writing import add_line, create_incident
from kb.accounts.models import User
from kb.attachments.keeping import keep
from kb.attachments.models import Attachment, Blob
from kb.bin.purging import purge_old
from kb.bin.tasks import purge
from kb.bin.throwing import throw
from kb.comments.models import Comment
from kb.comments.saying import say
from kb.outbox.drain import drain
from kb.search.find import find
from kb.wiki.models import Page, SavedState
from kb.wiki.pages import create_page
from kb.wiki.revisions import history
from tests.attachments.conftest import kept_in  # noqa: F401
from tests.conftest import api_as
from tests.support.factories import NOW, make_incident, make_lesson

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def test_a_page_leaves_lists_and_search_at_once_and_comes_back(
    browser_of: Browser, responder: User
) -> None:
    page = create_page(by=responder, title="Quokka")
    drain("index")
    browser = browser_of(responder)
    for _ in range(2):  # pressed twice is once
        answer = browser.post("/bin/", {"object": f"page:{page.pk}"}, follow=True)
    assert "thrown away" in answer.content.decode()
    assert browser.get("/pages/quokka/").status_code == 404
    assert not find("quokka", responder).results  # before the index has heard of it
    for _ in range(2):
        answer = browser.post("/bin/back/", {"object": f"page:{page.pk}"})
    assert answer.headers["Location"] == "/pages/quokka/"
    assert [one.comment for one in history(page)] == ["Out of the bin", "Into the bin", ""]


def test_everything_that_is_written_can_be_thrown_away(
    browser_of: Browser, responder: User
) -> None:
    page = create_page(by=responder, title="Rack")
    file = keep(ContentFile(b"words"), "a.txt", by=responder, thing=page)
    comment = say(page, "Hm.", by=responder, now=NOW)
    incident, lesson = make_incident(status="published"), make_lesson("Look twice")
    keys = [f"incident:{incident.pk}", f"lesson:{lesson.pk}", f"comment:{comment.pk}",
            f"file:{file.pk}", f"page:{page.pk}"]  # fmt: skip
    browser = browser_of(responder)
    for key in keys[:4]:
        assert browser.post("/bin/", {"object": key}).status_code == 302, key
    said = browser.get("/bin/").content.decode()
    for words in ("The disk was full", "Look twice", "Hm.", "a.txt", "5 bytes"):
        assert words in said.replace("\xa0", " ")
    for key in keys[:4]:
        assert browser.post("/bin/back/", {"object": key}).status_code == 302, key
    assert "The bin is empty" in browser.get("/bin/").content.decode()
    assert browser.get(file.url).status_code == 200


def test_the_bin_says_who_threw_away_what(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    page = create_page(by=responder, title="Rack")
    files = [keep(ContentFile(n.encode()), n, by=responder, thing=page) for n in ("a.txt", "b.txt")]
    loose = keep(ContentFile(b"c"), "c.txt", by=stranger)
    first = page.revision
    browser = browser_of(stranger)
    for file in (files[0], loose):
        browser.post(f"/attachments/{file.pk}/remove/")
    # Going back to an older revision takes away what was attached since.
    page.refresh_from_db()
    browser.post("/pages/rack/history/", {"number": first, "revision": page.revision})
    listed = api_as(stranger).get("/api/v1/bin/").json()
    assert {one["title"]: one["deleted_by"] for one in listed} == {
        "a.txt": "sam", "b.txt": "sam", "c.txt": "sam"
    }  # fmt: skip
    assert browser.get("/bin/").content.decode().count("by sam") == 3
    browser.post("/bin/back/", {"object": f"file:{files[0].pk}"})
    files[0].refresh_from_db()
    assert (files[0].deleted_at, files[0].deleted_by) == (None, None)


def test_who_may(
    browser_of: Browser, viewer: User, responder: User, stranger: User, keeper: User
) -> None:
    secret = make_incident(title="Hush", visibility="restricted", author=responder)
    assert browser_of(viewer).post("/bin/", {"object": f"incident:{secret.pk}"}).status_code == 403
    assert (
        browser_of(stranger).post("/bin/", {"object": f"incident:{secret.pk}"}).status_code == 404
    )
    browser_of(responder).post("/bin/", {"object": f"incident:{secret.pk}"})
    for other in (viewer, stranger, keeper):
        browser = browser_of(other)
        assert "Hush" not in browser.get("/bin/").content.decode()
        assert api_as(other).get("/api/v1/bin/").json() == []
    assert (
        browser_of(stranger).post("/bin/back/", {"object": f"incident:{secret.pk}"}).status_code
        == 404
    )
    assert (
        browser_of(keeper).post("/bin/purge/", {"object": f"incident:{secret.pk}"}).status_code
        == 404
    )
    mine = browser_of(responder)
    assert "Hush" in mine.get("/bin/").content.decode()
    assert mine.post("/bin/purge/", {"object": f"incident:{secret.pk}"}).status_code == 403
    comment = say(create_page(by=None, title="Rack"), "Hm.", by=responder, now=NOW)
    assert (
        browser_of(stranger).post("/bin/", {"object": f"comment:{comment.pk}"}).status_code == 403
    )
    assert browser_of(keeper).post("/bin/", {"object": f"comment:{comment.pk}"}).status_code == 302


def test_an_admin_is_asked_before_anything_goes_for_ever(browser_of: Browser, keeper: User) -> None:
    page = create_page(by=keeper, title="Rack")
    browser = browser_of(keeper)
    assert browser.get(f"/bin/purge/?object=page:{page.pk}").status_code == 404
    browser.post("/bin/", {"object": f"page:{page.pk}"})
    assert (
        "Nobody can bring it back"
        in browser.get(f"/bin/purge/?object=page:{page.pk}").content.decode()
    )
    assert Page.objects.exists()
    browser.post("/bin/purge/", {"object": f"page:{page.pk}"})
    assert not Page.objects.exists()
    assert not SavedState.objects.exists()


def test_after_thirty_days_it_is_gone_with_all_that_hung_on_it(
    responder: User,
    kept_in: Path,  # noqa: F811
) -> None:
    now = timezone.now()
    incident = create_incident(by=responder, title="Stop", summary="quokka")
    add_line(incident, by=responder, at=NOW, what="quokka")
    keep(ContentFile(b"quokka"), "a.txt", by=responder, thing=incident)
    say(incident, "quokka", by=responder, now=now)
    stays = create_page(by=responder, title="Stays")
    throw(incident, by=responder, now=now)
    assert purge_old(now + timedelta(days=29)).things == {}
    done = purge_old(now + timedelta(days=31))
    assert (done.things, done.freed) == ({"incident": 1, "file": 1, "comment": 1}, 6)
    for model in (Incident, TimelineEntry, Comment, Attachment, Blob):
        assert not model.objects.exists(), model
    assert list(Version.objects.values_list("object_id", flat=True)) == [str(stays.pk)]
    assert not [path for path in kept_in.rglob("*") if path.is_file()]
    assert purge_old(now + timedelta(days=31)).things == {}


def test_loose_files_and_thrown_ones_go_too(responder: User) -> None:
    now = timezone.now()
    keep(ContentFile(b"loose"), "a.txt", by=responder)
    page = create_page(by=responder, title="Rack")
    file = keep(ContentFile(b"thrown"), "b.txt", by=responder, thing=page)
    throw(file, by=responder, now=now)
    kept = keep(ContentFile(b"kept"), "c.txt", by=responder, thing=page)
    assert purge_old(now + timedelta(days=31)).things == {"file": 2}
    assert list(Attachment.objects.all()) == [kept]


def test_beat_purges(responder: User, settings) -> None:  # type: ignore[no-untyped-def]
    settings.BIN_DAYS = 0
    throw(create_page(by=responder, title="Rack"), by=responder, now=timezone.now())
    assert purge() == {"page": 1}
    assert purge() == {}


def test_the_api(api: APIClient, responder: User, keeper: User) -> None:
    page = create_page(by=responder, title="Rack")
    key = {"object": f"page:{page.pk}"}
    for _ in range(2):
        assert api.post("/api/v1/bin/", {"object": "page:rack"} if _ == 0 else key,
                        format="json").status_code == 204  # fmt: skip
    (one,) = api.get("/api/v1/bin/?kind=page").json()
    assert (one["object"], one["title"], one["deleted_by"]) == (key["object"], "Rack", "ruth")
    assert api.post("/api/v1/bin/back/", {"object": "page:rack"}, format="json").status_code == 204
    assert api.get("/api/v1/pages/rack/").status_code == 200
    assert api.post("/api/v1/bin/purge/", key, format="json").status_code == 403
    admin = api_as(keeper)
    assert admin.post("/api/v1/bin/purge/", key, format="json").status_code == 404
    assert admin.post("/api/v1/bin/", {"object": "host:x"}, format="json").status_code == 404
