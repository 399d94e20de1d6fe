"""Rules of files: taking one in, hanging it on a thing, taking it away, and letting go of bytes."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import models, transaction

from kb.accounts.models import User
from kb.attachments import kinds, store
from kb.attachments.models import Attachment, Blob
from kb.outbox.post import post
from kb.wiki import revisions
from kb.wiki.things import thing_of

LOOK = "attachment"  # the topic of the outbox under which a worker looks into new bytes
_ODD = re.compile(r"[\x00-\x1f\x7f/\\<>:\"|?*\u202a-\u202e\u2066-\u2069]")


def keep(
    content: File, name: str, *, by: User | None, thing: models.Model | None = None
) -> Attachment:
    """Take a file in, on ``thing`` or on nothing yet; the same one sent twice is kept once.

    Raises ``ValidationError`` on ``file`` with the mend; the caller has checked that ``by`` may
    write and may see ``thing``.
    """
    size = content.size or 0
    check_size(size)
    kind = kinds.sniff(content, name)
    check_type(kind.type)
    digest = digest_of(content)
    blob = Blob(digest=digest, size=size, type=kind.type, width=kind.width, height=kind.height)
    store.put(blob.path, content, size)  # before the lock: a far store may be slow
    with transaction.atomic():
        blob = _blob(blob)
        # Once more, under the lock: the purge may have let go of these bytes meanwhile.
        store.put(blob.path, content, size)
        return _attach(blob, tidy_name(name), by, thing)


def check_size(size: int) -> None:
    most = settings.ATTACHMENT_MAX_BYTES
    if size > most:
        said = f"A file may have {most // 2**20} MB; this one has {size / 2**20:.1f}."
        raise ValidationError({"file": f"{said} Pack it, or keep it elsewhere and link to it."})
    if size == 0:
        raise ValidationError({"file": "This file is empty. Look whether it was written whole."})


def check_type(type_: str) -> None:
    what = kinds.REFUSED.get(type_)
    if what:
        raise ValidationError(
            {"file": f"This is {what}, and programs are not kept here. Link to where it lies."}
        )


def tidy_name(name: str) -> str:
    """A name without folders, control characters and what a shell or a browser would stumble on."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/")).rsplit("/", 1)[-1]
    clean = _ODD.sub("_", " ".join(last.split())).strip(" .")
    if len(clean) > 120:
        stem, dot, end = clean.rpartition(".")
        clean = f"{stem[: 119 - len(end)]}.{end}" if dot and len(end) < 12 else clean[:120]
    return clean or "file"


def digest_of(content: File) -> str:
    """The SHA-256 of these bytes."""
    content.seek(0)
    found = hashlib.sha256()
    for chunk in content.chunks():
        found.update(chunk)
    return found.hexdigest()


def _blob(wanted: Blob) -> Blob:
    """The row of these bytes, locked; new ones are looked into by a worker."""
    blob, created = Blob.objects.get_or_create(
        digest=wanted.digest,
        defaults={"size": wanted.size, "type": wanted.type, "width": wanted.width,
                  "height": wanted.height},
    )  # fmt: skip
    if created:
        post(LOOK, str(blob.pk))
    return Blob.objects.select_for_update().get(pk=blob.pk)


def _attach(blob: Blob, name: str, by: User | None, thing: Any) -> Attachment:
    where = _where(thing)
    same = Attachment.objects.filter(
        blob=blob, name=name, uploaded_by=by, deleted_at=None, **where
    ).first()
    if same is not None:
        return same
    made = Attachment.objects.create(blob=blob, name=name, uploaded_by=by)
    if thing is not None:
        _change(thing, by, f"Attached {name}", add=made)
        made.refresh_from_db()
    return made


def _where(thing: models.Model | None) -> dict[str, Any]:
    if thing is None:
        return {"content_type": None, "object_id": None}
    if not thing_of(thing).is_written:
        raise ValidationError({"object": f"Nothing can be attached to a {thing_of(thing).kind}."})
    return {
        "content_type": ContentType.objects.get_for_model(type(thing)),
        "object_id": thing.pk,
    }


def names_of(thing: models.Model) -> list[str]:
    """``12/shot.png``: the files that hang on it, as a revision holds them."""
    rows = Attachment.objects.of(thing).values_list("pk", "name")
    return sorted(f"{pk}/{name}" for pk, name in rows)


def _change(
    thing: Any,
    by: User | None,
    comment: str,
    *,
    add: Attachment | None = None,
    take: Attachment | None = None,
) -> None:
    """A revision of the thing with one file more or less."""
    locked = type(thing)._default_manager.select_for_update().get(pk=thing.pk)
    names = [name for name in names_of(locked) if take is None or _pk(name) != take.pk]
    if add is not None:
        names = sorted([*names, f"{add.pk}/{add.name}"])
    revisions.save(
        locked,
        expected=locked.revision,
        by=by,
        changes={},
        relations={"attachments": names},
        comment=comment,
    )


def _pk(name: str) -> int:
    return int(name.partition("/")[0])


def set_files(
    thing: models.Model, names: list[str], now: datetime, *, by: User | None = None
) -> None:
    """Exactly these hang on it: others go into the bin, thrown-away ones come back.

    One that was purged since stays gone; a revision is restored without it.
    """
    wanted = {_pk(name) for name in names}
    here = Attachment.objects.filter(**_where(thing))
    here.filter(pk__in=wanted).exclude(deleted_at=None).update(deleted_at=None, deleted_by=None)
    here.filter(deleted_at=None).exclude(pk__in=wanted).update(deleted_at=now, deleted_by=by)
    hang(wanted, thing)


def hang(pks: Iterable[int], thing: models.Model) -> None:
    """Let uploads that hung nowhere hang on a thing.  The caller makes the revision."""
    loose = Attachment.objects.filter(pk__in=list(pks), content_type=None)
    loose.update(deleted_at=None, deleted_by=None, **_where(thing))


@transaction.atomic
def remove(attachment: Attachment, *, by: User, now: datetime) -> None:
    """Into the bin; one that never hung anywhere too.  Removing twice is once."""
    current = Attachment.objects.select_for_update().get(pk=attachment.pk)
    thing = current.thing
    if current.deleted_at is not None:
        return
    if thing is None:
        Attachment.objects.filter(pk=current.pk).update(deleted_at=now, deleted_by=by)
    else:
        _change(thing, by, f"Removed {current.name}", take=current)


@transaction.atomic
def restore(attachment: Attachment, *, by: User) -> None:
    """Back from the bin to where it hung."""
    current = Attachment.objects.select_for_update().get(pk=attachment.pk)
    thing = current.thing
    if current.deleted_at is None:
        return
    if thing is None:
        Attachment.objects.filter(pk=current.pk).update(deleted_at=None, deleted_by=None)
    else:
        _change(thing, by, f"Brought back {current.name}", add=current)


@transaction.atomic
def forget(attachments: models.QuerySet[Attachment]) -> int:
    """For ever, and the bytes that nothing else needs; how many files that were."""
    blobs = set(attachments.values_list("blob", flat=True))
    gone: int = attachments.delete()[0]
    for blob in Blob.objects.filter(pk__in=blobs):
        let_go(blob)
    return gone


@transaction.atomic
def let_go(blob: Blob) -> None:
    """Bytes that no file needs any more."""
    # The row is locked until this commits: whoever brings the same bytes waits, looks, and writes
    # them again.  Should we die in between, the row without files is met by a later purge.
    if not Blob.objects.select_for_update().filter(pk=blob.pk, attachments=None).exists():
        return
    for path in (blob.path, blob.thumbnail_path):
        store.store().delete(path)
    blob.delete()
