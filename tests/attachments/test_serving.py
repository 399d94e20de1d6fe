"""Nothing that people bring acts in a reader's browser, and nobody reads what is not theirs."""

from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from kb.accounts.models import User
from kb.attachments import keeping, kinds
from kb.attachments.keeping import keep
from kb.wiki.pages import create_page
from tests.attachments import files
from tests.support.factories import make_incident

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("content", "name", "type_", "served", "shown"),
    [
        (files.picture(), "a.png", "image/png", "image/png", True),
        (files.picture("JPEG"), "a.exe.jpg", "image/jpeg", "image/jpeg", True),
        (files.picture("GIF"), "a.gif", "image/gif", "image/gif", True),
        (files.picture("WEBP"), "a.webp", "image/webp", "image/webp", True),
        (files.picture_with_tail(), "a.html", "image/png", "image/png", True),
        (b"10:02 it stopped", "a.log", "text/plain", "text/plain; charset=utf-8", True),
        ("grün".encode(), "a.md", "text/markdown", "text/plain; charset=utf-8", True),
        (b"{}", "a.json", "application/json", "text/plain; charset=utf-8", True),
        (files.HTML, "a.png", "text/html", "application/octet-stream", False),
        (files.HTML, "a.txt", "text/html", "application/octet-stream", False),
        (files.SVG, "a.svg", "image/svg+xml", "application/octet-stream", False),
        (files.SVG, "a.png", "image/svg+xml", "application/octet-stream", False),
        (files.SVG_LATER, "a.svg", "image/svg+xml", "application/octet-stream", False),
        (files.PDF, "a.pdf", "application/pdf", "application/octet-stream", False),
        (files.POLYGLOT_GIF, "a.gif", kinds.ANYTHING, kinds.ANYTHING, False),
        (b"\xff\xfe<\x00s\x00", "a.txt", kinds.ANYTHING, kinds.ANYTHING, False),
        (files.picture_bomb(), "a.png", kinds.ANYTHING, kinds.ANYTHING, False),
        (files.zip_bomb(), "a.zip", "application/zip", "application/octet-stream", False),
    ],
)  # fmt: skip
def test_only_pictures_and_plain_text_are_shown(
    browser_of: Browser,
    responder: User,
    content: bytes,
    name: str,
    type_: str,
    served: str,
    shown: bool,
) -> None:
    made = keep(ContentFile(content), name, by=responder)
    assert made.blob.type == type_
    answer = browser_of(responder).get(made.url)
    assert answer.headers["Content-Type"] == served
    assert answer.headers["Content-Disposition"].startswith("inline" if shown else "attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert b"".join(answer.streaming_content) == content


def test_a_name_writes_no_headers(browser_of: Browser, responder: User) -> None:
    made = keep(ContentFile(b"words"), 'a"\r\nSet-Cookie: x=1', by=responder)
    answer = browser_of(responder).get(made.url)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Content-Disposition"] == 'inline; filename="a_ Set-Cookie_ x=1"'


def test_a_known_copy_is_not_sent_again_and_a_lost_right_ends_it(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    incident = make_incident(author=responder)
    made = keep(ContentFile(b"words"), "a.txt", by=responder, thing=incident)
    browser = browser_of(stranger)
    tag = browser.get(made.url).headers["ETag"]
    assert browser.get(made.url, HTTP_IF_NONE_MATCH=tag).status_code == 304
    type(incident).objects.filter(pk=incident.pk).update(visibility="restricted")
    assert browser.get(made.url, HTTP_IF_NONE_MATCH=tag).status_code == 404


def test_who_sees_the_thing_sees_its_files_and_nobody_else(
    browser_of: Browser, responder: User, stranger: User, viewer: User, keeper: User
) -> None:
    secret = make_incident(visibility="restricted", author=responder)
    secret.allowed_users.add(viewer)
    hidden = keep(ContentFile(b"names"), "names.txt", by=responder, thing=secret)
    open_ = keep(ContentFile(b"words"), "a.txt", by=responder,
                 thing=create_page(by=responder, title="Rack"))  # fmt: skip
    loose = keep(ContentFile(b"loose"), "b.txt", by=responder)
    seen = {
        one.username: [browser_of(one).get(file.url).status_code for file in (hidden, open_, loose)]
        for one in (responder, viewer, stranger, keeper)
    }
    assert seen == {
        "ruth": [200, 200, 200],
        "vera": [200, 200, 404],
        "sam": [404, 200, 404],
        "kim": [404, 200, 404],
    }
    assert Client().get(open_.url).status_code == 302
    assert browser_of(stranger).post(f"/attachments/{hidden.pk}/remove/").status_code == 404
    assert browser_of(viewer).post(f"/attachments/{open_.pk}/remove/").status_code == 403


def test_a_removed_file_is_gone_at_once_and_comes_back_with_its_revision(
    browser_of: Browser, responder: User
) -> None:
    page = create_page(by=responder, title="Rack")
    made = keep(ContentFile(b"words"), "a.txt", by=responder, thing=page)
    browser = browser_of(responder)
    browser.post(f"/attachments/{made.pk}/remove/", {"next": "/pages/rack/"})
    assert browser.get(made.url).status_code == 404
    browser.post("/pages/rack/history/", {"number": "2", "revision": "3"})
    assert browser.get(made.url).status_code == 200
    page.refresh_from_db()
    assert page.revision == 4


def test_an_upload_while_somebody_writes_is_no_conflict(
    browser_of: Browser, responder: User
) -> None:
    page = create_page(by=responder, title="Rack", body="Old.")
    browser = browser_of(responder)
    keep(ContentFile(b"words"), "a.txt", by=responder, thing=page)  # pasted into the open form
    answer = browser.post("/pages/rack/edit/", {"title": "Rack", "body": "New.", "revision": "1"})
    assert answer.status_code == 302
    page.refresh_from_db()
    assert (page.body, page.revision) == ("New.", 3)


def test_removing_twice_is_once(responder: User) -> None:
    page = create_page(by=responder, title="Rack")
    made = keep(ContentFile(b"words"), "a.txt", by=responder, thing=page)
    for _ in range(2):
        keeping.remove(made, by=responder, now=timezone.now())
    page.refresh_from_db()
    assert page.revision == 3
