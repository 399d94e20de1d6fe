"""A file is taken in by form, script or editor; what it is decides its bytes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from kb.accounts.models import User
from kb.attachments.keeping import keep, tidy_name
from kb.attachments.models import Attachment, Blob
from kb.wiki.pages import create_page
from kb.wiki.revisions import history
from tests.attachments import files
from tests.support.factories import make_incident

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def test_the_editor_gets_the_line_that_shows_a_picture(
    browser_of: Browser, responder: User, kept_in: Path
) -> None:
    sent = {"file": files.upload(files.picture(), "Rack 4 (left).png")}
    answer = browser_of(responder).post("/attachments/", sent)
    made = Attachment.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": made.pk,
        "url": f"/attachments/{made.pk}/Rack%204%20(left).png",
        "markdown": f"![Rack 4 (left).png](/attachments/{made.pk}/Rack%204%20%28left%29.png)",
        "name": "Rack 4 (left).png",
        "size": len(files.picture()),
        "type": "image/png",
    }
    assert (made.thing, made.uploaded_by, made.blob.width) == (None, responder, 1200)
    assert (kept_in / made.blob.path).read_bytes() == files.picture()
    assert (kept_in / made.blob.path).stat().st_mode & 0o077 == 0


def test_the_line_shows_the_picture_on_a_page(browser_of: Browser, responder: User) -> None:
    browser = browser_of(responder)
    line = browser.post("/attachments/", {"file": files.upload(files.picture())}).json()["markdown"]
    browser.post("/pages/new/", {"title": "Rack", "body": f"Look:\n\n{line}"})
    made = Attachment.objects.get()
    assert str(made.thing) == "Rack"
    assert f'<img src="{made.url}"' in browser.get("/pages/rack/").content.decode()


def test_a_file_for_an_object_hangs_there_and_its_history_says_so(
    browser_of: Browser, responder: User
) -> None:
    page = create_page(by=responder, title="Rack")
    for key in ("page:rack", f"page:{page.pk}"):  # the same file sent twice is kept once
        sent = {"file": files.upload(b"10:02 it stopped\n", "mail.log"), "object": key}
        assert browser_of(responder).post("/attachments/", sent).status_code == 201
    made = Attachment.objects.get()
    assert (made.thing, made.blob.type) == (page, "text/plain")
    assert [(e.number, e.comment) for e in history(page)] == [(2, "Attached mail.log"), (1, "")]


def test_a_plain_form_leads_back_to_the_page(browser_of: Browser, responder: User) -> None:
    page = create_page(by=responder, title="Rack")
    browser = browser_of(responder)
    form = {"object": f"page:{page.pk}", "next": "/pages/rack/"}
    answer = browser.post("/attachments/", form | {"file": files.upload(files.picture())})
    assert answer.headers["Location"] == "/pages/rack/"
    said = browser.get("/pages/rack/").content.decode()
    assert "Attached shot.png" in said
    assert 'id="files"' in said
    refused = browser.post("/attachments/", form, follow=True).content.decode()
    assert "Nothing was attached. Choose a file: the form sent none." in refused


def test_nobody_is_led_to_another_house(browser_of: Browser, responder: User) -> None:
    sent = {"file": files.upload(b"words", "a.txt"), "next": "https://elsewhere.example/"}
    answer = browser_of(responder).post("/attachments/", sent)
    assert answer.headers["Location"] == "/attachments/"


@pytest.mark.parametrize(
    ("content", "name", "pointer", "said"),
    [
        (b"", "empty.txt", "/file", "This file is empty."),
        (files.ELF, "notes.txt", "/file", "This is a program, and programs are not kept here."),
        (files.EXE, "shot.png", "/file", "This is a Windows program"),
    ],
)
def test_what_is_refused_names_the_mend(
    browser_of: Browser, responder: User, content: bytes, name: str, pointer: str, said: str
) -> None:
    sent = {"file": files.upload(content, name)}
    answer = browser_of(responder).post("/attachments/", sent)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert error["detail"].startswith(said)
    assert not Attachment.objects.exists()
    assert not Blob.objects.exists()


def test_what_is_too_large_ends_where_it_gets_too_large(
    browser_of: Browser, responder: User, settings
) -> None:  # type: ignore[no-untyped-def]
    settings.ATTACHMENT_MAX_BYTES = 2**20
    sent = {"file": files.upload(b"x" * (2**20 + 1), "dump.txt")}
    answer = browser_of(responder).post("/attachments/", sent)
    assert answer.status_code == 413
    assert "A file may have 1 MB" in answer.json()["detail"]
    assert not Attachment.objects.exists()


def test_a_reader_brings_nothing_and_a_stranger_nothing_to_what_they_cannot_see(
    browser_of: Browser, viewer: User, responder: User, stranger: User
) -> None:
    sent = {"file": files.upload(b"words", "a.txt")}
    assert browser_of(viewer).post("/attachments/", sent).status_code == 403
    secret = make_incident(visibility="restricted", author=responder)
    sent = {"file": files.upload(b"words", "a.txt"), "object": f"incident:{secret.pk}"}
    answer = browser_of(stranger).post("/attachments/", sent)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/object"
    assert not Attachment.objects.exists()


def test_only_their_author_can_claim_loose_files(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    made = keep(ContentFile(b"words"), "a.txt", by=responder)
    create_page(by=stranger, title="Thief", body=made.markdown)
    made.refresh_from_db()
    assert made.thing is None


def test_a_line_of_a_timeline_hangs_its_picture_on_the_incident(responder: User) -> None:
    from incidents.records.writing import add_line
    from tests.support.factories import NOW

    incident = make_incident(author=responder)
    made = keep(ContentFile(files.picture()), "graph.png", by=responder)
    add_line(incident, by=responder, at=NOW, what="It rose.", evidence=made.markdown)
    made.refresh_from_db()
    assert made.thing == incident


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        (r"C:\temp\a.txt", "a.txt"),
        ('a"b\r\nX-Evil: 1.png', "a_b X-Evil_ 1.png"),
        ("photo\u202egnp.exe", "photo_gnp.exe"),
        ("...", "file"),
        ("x" * 300 + ".tar", "x" * 116 + ".tar"),
    ],
)
def test_names_are_tidied(sent: str, kept: str) -> None:
    assert tidy_name(sent) == kept


def test_two_who_bring_the_same_bytes_keep_them_once(
    responder: User, stranger: User, kept_in: Path
) -> None:
    for by in (responder, stranger):
        keep(ContentFile(b"same"), "a.txt", by=by)
    assert (Attachment.objects.count(), Blob.objects.count()) == (2, 1)
    assert len([path for path in kept_in.rglob("*") if path.is_file()]) == 1


def test_the_list_of_loose_files_is_mine_alone(
    browser_of: Browser, responder: User, stranger: User
) -> None:
    keep(ContentFile(b"words"), "mine.txt", by=responder)
    assert "mine.txt" in browser_of(responder).get("/attachments/").content.decode()
    assert "Nothing is loose" in browser_of(stranger).get("/attachments/").content.decode()


def test_the_api_takes_a_form_or_words(api, responder: User) -> None:  # type: ignore[no-untyped-def]
    page = create_page(by=responder, title="Rack")
    sent = {"file": files.upload(b"a;b\n", "t.csv"), "object": "page:rack"}
    answer = api.post("/api/v1/attachments/", sent, format="multipart")
    assert (answer.status_code, answer.json()["type"]) == (201, "text/csv")
    sent = {"name": "notes.md", "text": "# Oh\n", "object": "page:rack"}
    answer = api.post("/api/v1/attachments/", sent, format="json")
    assert (answer.status_code, answer.json()["type"]) == (201, "text/markdown")
    listed = api.get("/api/v1/attachments/?object=page:rack").json()["results"]
    assert [(one["name"], one["object"]) for one in listed] == [
        ("t.csv", f"page:{page.pk}"),
        ("notes.md", f"page:{page.pk}"),
    ]
    one = listed[1]["id"]
    assert b"".join(api.get(f"/api/v1/attachments/{one}/content/").streaming_content) == b"# Oh\n"
    assert api.delete(f"/api/v1/attachments/{one}/").status_code == 428
    assert api.delete(f"/api/v1/attachments/{one}/", HTTP_IF_MATCH="*").status_code == 204
    assert api.get(f"/api/v1/attachments/{one}/").status_code == 404
    assert json.loads(api.post("/api/v1/attachments/", {}, format="json").content)["errors"]
