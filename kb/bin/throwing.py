"""Into the bin and out of it again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from kb.accounts.models import User
from kb.attachments import keeping
from kb.attachments.models import Attachment
from kb.wiki.things import Thing, named, thing_of, things
from kb.wiki.thrown import mark


@dataclass(frozen=True, slots=True)
class Thrown:
    """One thing in the bin, as its reader may know it."""

    thing: Thing
    obj: Any
    goes_at: datetime

    @property
    def key(self) -> str:
        return f"{self.thing.kind}:{self.obj.pk}"

    @property
    def title(self) -> str:
        return str(self.obj)

    @property
    def size(self) -> int | None:
        return self.obj.blob.size if isinstance(self.obj, Attachment) else None

    @property
    def by(self) -> User | None:
        """Who threw it away, where that is on record."""
        if isinstance(self.obj, Attachment):
            return self.obj.deleted_by
        return getattr(self.obj, "updated_by", None)


def kept_for() -> timedelta:
    return timedelta(days=settings.BIN_DAYS)


def kinds() -> list[Thing]:
    """What can be thrown away."""
    return [thing for thing in things if thing.has_bin]


@transaction.atomic
def throw(obj: Any, *, by: User, now: datetime) -> None:
    """Into the bin, out of every list and out of search at once; doing so twice is once."""
    thing = thing_of(obj)
    if not thing.has_bin:
        raise ValidationError({"object": f"A {thing.label.lower()} cannot be thrown away."})
    if not thing.may_throw(obj, by):
        raise PermissionDenied
    if isinstance(obj, Attachment):
        keeping.remove(obj, by=by, now=now)
    else:
        mark(obj, now, by=by)


@transaction.atomic
def bring_back(obj: Any, *, by: User) -> None:
    """Out of the bin to where it was; doing so twice is once."""
    thing = thing_of(obj)
    if not thing.may_throw(obj, by):
        raise PermissionDenied
    if isinstance(obj, Attachment):
        keeping.restore(obj, by=by)
    else:
        mark(obj, None, by=by)


def find_thrown(key: str, user: User) -> Any | None:
    """What ``kind:pk`` or ``kind:name`` names in the bin, if this person could see it before."""
    thing = things.get(key.partition(":")[0])
    if thing is None or not thing.has_bin:
        return None
    return named(thing, key, thing.in_bin(user))


def thrown_for(user: User, kind: str = "", *, most: int = 300) -> list[Thrown]:
    """What this person could see before it was thrown away, the latest first."""
    found: list[Thrown] = []
    for thing in kinds():
        if kind in ("", thing.kind):
            rows = thing.in_bin(user).order_by("-deleted_at", "-pk")
            follow = ("blob", "deleted_by") if thing.model is Attachment else ("updated_by",)
            found += [
                Thrown(thing, obj, obj.deleted_at + kept_for())
                for obj in rows.select_related(*follow)[:most]
            ]
    return sorted(found, key=lambda one: one.goes_at, reverse=True)[:most]
