"""Writing down what is kept ready: runbooks, kits, spares, access, advisories.

Every rule saves on a revision, tells the search and has the hosts it concerns judged again, all in
one transaction.  Taking something away leaves it on record; it can be brought back.
"""

from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from incidents.hosts.provisions import Advisory, Kit, Runbook, SiteAccess, Spare
from incidents.hosts.register import concerned
from kb.accounts.models import User
from kb.outbox.post import post, post_many
from kb.wiki import revisions
from kb.wiki.revisions import Conflict, Saved

T = TypeVar("T", Runbook, Kit, Spare, SiteAccess, Advisory)
Changes = dict[str, Any]


def create(obj: T, *, by: User | None, comment: str = "") -> Saved[T]:
    """A new one.  ``ValidationError`` names the field and the mend."""
    _check(obj)
    try:
        with transaction.atomic():
            saved = revisions.create(obj, by=by, comment=comment)
            _follow(saved.current)
    except IntegrityError:  # two wrote it down at once, and both had looked before
        raise ValidationError("Somebody wrote this down at the same moment. Look at it.") from None
    return saved


@transaction.atomic
def save(
    obj: T,
    *,
    expected: int,
    by: User | None,
    changes: Changes,
    comment: str = "",
    relations: Changes | None = None,
) -> Saved[T] | Conflict[T]:
    """Save on ``expected``; the hosts it concerns are judged again."""
    wanted: T = type(obj).objects.get(pk=obj.pk)
    for name, value in changes.items():
        setattr(wanted, name, value)
    if wanted.gone_at is None:
        _check(wanted)
    outcome = revisions.save(obj, expected=expected, by=by, changes=changes, comment=comment)
    if isinstance(outcome, Saved) and outcome.changed:
        _follow(outcome.current)
    return outcome


def take_away(obj: T, *, expected: int, by: User | None) -> Saved[T] | Conflict[T]:
    """It is not there any more; pressing twice is once."""
    if obj.gone_at is not None:
        return Saved(obj, changed=False)
    changes: Changes = {"gone_at": timezone.now()}
    return save(obj, expected=expected, by=by, changes=changes, comment="Taken away")


def bring_back(obj: T, *, expected: int, by: User | None) -> Saved[T] | Conflict[T]:
    """It is there after all.  ``ValidationError`` where another has taken its place."""
    changes: Changes = {"gone_at": None}
    return save(obj, expected=expected, by=by, changes=changes, comment="Brought back")


def _check(obj: Runbook | Kit | Spare | SiteAccess | Advisory) -> None:
    if isinstance(obj, SiteAccess) and obj.person is None and not obj.name.strip():
        raise ValidationError({"name": "Say who: choose a user, or write a name."})
    if isinstance(obj, Advisory) and not any(letter.isdigit() for letter in obj.fixed_in):
        raise ValidationError({"fixed_in": "Give the firmware that mends it, such as HPG8."})
    obj.full_clean(exclude=["updated_by"])


def _follow(obj: Runbook | Kit | Spare | SiteAccess | Advisory) -> None:
    if isinstance(obj, Advisory):  # every host is told how many there are
        post("judge-section", "advisories")
        return
    hosts = concerned(obj.service if isinstance(obj, Runbook) else obj.site)
    post_many("judge", [str(pk) for pk in sorted(hosts)], {"itself": True})
