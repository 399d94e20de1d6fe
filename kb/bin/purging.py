"""For ever: what lay in the bin long enough, with its history, its files and its comments."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Sum

from kb.accounts.models import User
from kb.attachments import keeping
from kb.attachments.models import Attachment, Blob
from kb.bin.throwing import kept_for, kinds
from kb.comments.models import Comment
from kb.outbox.post import post
from kb.wiki import revisions
from kb.wiki.models import Revisioned
from kb.wiki.things import Thing, thing_of

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Purged:
    """How many of each kind are gone, and how many bytes of files that freed."""

    things: dict[str, int] = field(default_factory=dict)
    freed: int = 0

    def count(self, kind: str, number: int = 1) -> None:
        if number:
            self.things[kind] = self.things.get(kind, 0) + number


def purge_old(now: datetime) -> Purged:
    """Everything whose time in the bin is over; killed in between, the next one goes on.

    Files that were brought and never hung anywhere go after the same time, and what is left of
    things that went another way.
    """
    done, before, stored = Purged(), now - kept_for(), _stored()
    for thing in kinds():
        if thing.model is not Attachment:
            for obj in thing.model._default_manager.filter(deleted_at__lt=before):
                _one(thing, obj, done, before)
    _files(done, before)
    done.freed = stored - _stored()
    return done


@transaction.atomic
def purge_now(obj: Any, *, by: User) -> None:
    """One thing from the bin for ever, because an admin says so."""
    if not by.is_keeper:
        raise PermissionDenied
    thing = thing_of(obj)
    if isinstance(obj, Attachment):
        keeping.forget(Attachment.objects.filter(pk=obj.pk).exclude(deleted_at=None))
    elif obj.deleted_at is not None:
        _forget(thing, obj, Purged())


def _one(thing: Thing, obj: Any, done: Purged, before: datetime) -> None:
    try:
        with transaction.atomic():
            rows = thing.model._default_manager.select_for_update()
            # Once more, under the lock: somebody may have brought it back this moment.
            if (current := rows.filter(pk=obj.pk, deleted_at__lt=before).first()) is not None:
                _forget(thing, current, done)
    except Exception:  # one that something else still holds must not stop the others
        log.exception("%s:%s could not be purged", thing.kind, obj.pk)


def _forget(thing: Thing, obj: Any, done: Purged) -> None:
    kind = ContentType.objects.get_for_model(thing.model)
    files = Attachment.objects.filter(content_type=kind, object_id=obj.pk)
    done.count("file", keeping.forget(files))
    said = Comment.objects.filter(content_type=kind, object_id=obj.pk)
    pks = list(said.values_list("pk", flat=True))
    revisions.forget(Comment, pks)
    said.delete()
    done.count("comment", len(pks))
    for model, parts in thing.parts(obj):
        revisions.forget(model, parts)
    key = f"{thing.kind}:{obj.pk}"
    if issubclass(thing.model, Revisioned):
        revisions.forget(thing.model, [obj.pk])
    obj.delete()
    post("index", key)
    done.count(thing.kind)


def _files(done: Purged, before: datetime) -> None:
    old = Attachment.objects.filter(deleted_at__lt=before)
    loose = Attachment.objects.filter(content_type=None, uploaded_at__lt=before)
    for rows in (old, loose):
        done.count("file", keeping.forget(rows))
    for thing in kinds():
        kind = ContentType.objects.get_for_model(thing.model)
        there = thing.model._default_manager.values("pk")
        orphans = Attachment.objects.filter(content_type=kind).exclude(object_id__in=there)
        done.count("file", keeping.forget(orphans))
    # Rows that a purge which died left behind; bytes that are on their way in are younger.
    left = Blob.objects.filter(attachments=None, kept_at__lt=before - timedelta(days=1))
    for blob in left:
        keeping.let_go(blob)


def _stored() -> int:
    return Blob.objects.aggregate(all=Sum("size"))["all"] or 0
