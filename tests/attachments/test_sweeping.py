"""Bytes of an upload that died before its row was written go after a day, and no others."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.utils import timezone

from kb.accounts.models import User
from kb.attachments import keeping, store
from kb.attachments.keeping import keep
from kb.attachments.models import Attachment, Blob
from kb.attachments.sweeping import sweep
from kb.attachments.tasks import sweep as task
from kb.outbox.drain import drain
from tests.attachments import files

pytestmark = pytest.mark.django_db


def later() -> datetime:
    return timezone.now() + timedelta(days=2)


def paths(kept_in: Path) -> set[str]:
    return {str(path.relative_to(kept_in)) for path in kept_in.rglob("*") if path.is_file()}


def test_an_upload_that_died_is_swept_after_a_day(
    kept_in: Path, responder: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*args: object) -> Any:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(keeping, "_blob", dies)
        with pytest.raises(RuntimeError):
            keep(ContentFile(b"lost"), "a.txt", by=responder)
    (kept_in / "ab").mkdir(mode=0o700)
    (kept_in / "ab" / ".part-x1_y").write_bytes(b"half")
    assert len(paths(kept_in)) == 2
    assert sweep(timezone.now()) == 0
    assert sweep(later()) == 2
    assert paths(kept_in) == set()
    assert not Blob.objects.exists()
    assert keep(ContentFile(b"lost"), "a.txt", by=responder).blob.size == 4


def test_what_is_named_stays_and_what_is_not_ours_too(kept_in: Path, responder: User) -> None:
    made = keep(ContentFile(files.picture()), "a.png", by=responder)
    drain("attachment")
    Attachment.objects.update(deleted_at=timezone.now())  # in the bin is named as well
    (kept_in / "notes.txt").write_text("ours alone")
    assert sweep(later()) == 0
    assert paths(kept_in) == {made.blob.path, made.blob.thumbnail_path, "notes.txt"}


def test_bytes_that_are_brought_again_meanwhile_stay(
    kept_in: Path, responder: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = Blob(digest=keeping.digest_of(ContentFile(b"again")))
    store.put(blob.path, ContentFile(b"again"), 5)

    def brought(self: Storage, name: str) -> datetime:
        keep(ContentFile(b"again"), "a.txt", by=responder)
        return datetime.fromisoformat("2020-01-01T00:00:00+00:00")

    there = type(store.store())
    monkeypatch.setattr(there, "get_modified_time", brought)
    assert sweep(later()) == 0
    assert paths(kept_in) == {blob.path}


def test_one_that_cannot_go_stops_no_other(
    kept_in: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for letter in "ab":
        store.put(f"{letter * 2}/{letter * 62}", ContentFile(b"x"), 1)
    there = type(store.store())
    delete = there.delete

    def refuse(self: Storage, name: str) -> None:
        if name.startswith("aa"):
            raise PermissionError(name)
        delete(self, name)

    monkeypatch.setattr(there, "delete", refuse)
    assert sweep(later()) == 1
    assert "could not be swept" in caplog.text
    assert not Blob.objects.exists()


def test_beat_finds_nothing_where_nothing_was_kept() -> None:
    assert task() == 0
