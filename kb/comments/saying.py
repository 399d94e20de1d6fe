"""Rules of comments: saying something, mending one's own words, and settling a matter."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction

from kb.accounts.models import User
from kb.comments.models import Comment
from kb.wiki import revisions
from kb.wiki.markdown import MAX_TEXT
from kb.wiki.revisions import Conflict, Saved

#: The same words about the same thing within this time are the same form sent twice.
SENT_TWICE = timedelta(minutes=2)


@transaction.atomic
def say(thing: models.Model, body: str, *, by: User | None, now: datetime) -> Comment:
    """A comment on ``thing``; the caller has checked that ``by`` may write and may see it."""
    words = body.replace("\r\n", "\n").strip()
    check(words)
    where = {
        "content_type": ContentType.objects.get_for_model(type(thing)),
        "object_id": thing.pk,
    }
    type(thing)._default_manager.select_for_update().get(pk=thing.pk)
    same = Comment.objects.filter(
        author=by, body=words, deleted_at=None, created_at__gte=now - SENT_TWICE, **where
    ).first()
    if same is not None:
        return same
    return revisions.create(Comment(author=by, body=words, **where), by=by).current


def check(body: str) -> None:
    if not body.strip():
        raise ValidationError({"body": "Say something: a comment has at least one word."})
    if len(body) > MAX_TEXT:
        raise ValidationError({"body": f"A comment has at most {MAX_TEXT:,} characters."})


def resolve(comment: Comment, *, by: User, now: datetime) -> Saved[Comment] | Conflict[Comment]:
    """The matter is settled; saying so twice is once."""
    if comment.resolved_at is not None:
        return Saved(comment, changed=False)
    return _settle(comment, by, {"resolved_at": now, "resolved_by": by}, "Resolved")


def reopen(comment: Comment, *, by: User) -> Saved[Comment] | Conflict[Comment]:
    """It is not settled after all."""
    return _settle(comment, by, {"resolved_at": None, "resolved_by": None}, "Opened again")


def _settle(
    comment: Comment, by: User, changes: dict[str, Any], why: str
) -> Saved[Comment] | Conflict[Comment]:
    return revisions.save(comment, expected=comment.revision, by=by, changes=changes, comment=why)


def may_mend(comment: Comment, user: User) -> bool:
    """Words are their author's to change."""
    return user.may_write and comment.author_id == user.pk


def may_take_away(comment: Comment, user: User) -> bool:
    """Their author's, and an admin's who looks after the place."""
    return may_mend(comment, user) or user.is_keeper
