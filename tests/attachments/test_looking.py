"""A worker draws small pictures and reads words; what is hostile stays bytes."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image

from kb.accounts.models import User
from kb.attachments.keeping import forget, keep
from kb.attachments.looking import thumbnail
from kb.attachments.models import Attachment, Blob
from kb.outbox.drain import drain
from kb.search.find import find
from kb.wiki.pages import create_page
from tests.attachments import files

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def test_a_picture_gets_a_small_one(browser_of: Browser, responder: User) -> None:
    made = keep(ContentFile(files.picture()), "a.png", by=responder)
    browser = browser_of(responder)
    assert browser.get(made.thumbnail_url).status_code == 404
    drain("attachment")
    answer = browser.get(made.thumbnail_url)
    assert answer.headers["Content-Type"] == "image/webp"
    with Image.open(BytesIO(b"".join(answer.streaming_content))) as small:
        assert small.size == (640, 480)


def test_a_small_picture_keeps_no_notes_of_the_camera() -> None:
    out = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "at my home"
    Image.new("RGB", (800, 600)).save(out, "JPEG", exif=exif)
    assert b"at my home" in out.getvalue()
    assert b"at my home" not in thumbnail(ContentFile(out.getvalue()))


def test_a_picture_bomb_is_never_drawn(responder: User) -> None:
    keep(ContentFile(files.picture_bomb(8_000)), "a.png", by=responder)
    drain("attachment")
    blob = Blob.objects.get()
    assert (blob.has_thumbnail, blob.looked_at is not None) == (False, True)


def test_a_broken_picture_stops_nobody(responder: User) -> None:
    keep(ContentFile(files.picture()[:400]), "a.png", by=responder)
    keep(ContentFile(files.picture(colour="red")), "b.png", by=responder)
    drain("attachment")
    assert list(Blob.objects.order_by("pk").values_list("has_thumbnail", flat=True)) == [
        False,
        True,
    ]


def test_words_of_a_file_find_the_page_it_hangs_on(responder: User) -> None:
    page = create_page(by=responder, title="Rack")
    keep(ContentFile(b"ORA-00600: internal error"), "alert.log", by=responder, thing=page)
    drain("attachment")
    drain("index")
    assert [one.title for one in find("ORA-00600", responder).results] == ["Rack"]
    assert [one.title for one in find("alert.log", responder).results] == ["Rack"]


def test_bytes_go_when_nothing_needs_them_any_more(
    responder: User, stranger: User, kept_in: Path
) -> None:
    for by in (responder, stranger):
        keep(ContentFile(files.picture()), "a.png", by=by)
    drain("attachment")
    forget(Attachment.objects.filter(uploaded_by=responder))
    assert Blob.objects.count() == 1
    forget(Attachment.objects.all())
    assert not Blob.objects.exists()
    assert not [path for path in kept_in.rglob("*") if path.is_file()]


def test_a_copy_that_was_cut_short_is_written_again(responder: User, kept_in: Path) -> None:
    made = keep(ContentFile(b"all of it"), "a.txt", by=responder)
    (kept_in / made.blob.path).write_bytes(b"all")
    keep(ContentFile(b"all of it"), "b.txt", by=responder)
    assert (kept_in / made.blob.path).read_bytes() == b"all of it"
