"""Saving what people write together: compare the revision, keep both texts, forget nothing.

Every save is a row of django-reversion with a number of its own.  ``save`` is the one way to
change a thing that ``kb.wiki.tracking.track`` knows; it locks the row, compares the revision the
writer started from, and posts the change to the index, all in one transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import reversion
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone
from reversion.models import Revision, Version

from kb.accounts.models import User
from kb.outbox.post import post
from kb.wiki import mentions
from kb.wiki.links import link_targets
from kb.wiki.merging import merge
from kb.wiki.models import KeptText, Link, Revisioned, SavedState
from kb.wiki.tracking import Tracked, track, tracked

__all__ = [
    "Conflict", "Entry", "Saved", "create", "forget", "history", "note", "restore", "save",
    "state_at", "text_at", "track",
]  # fmt: skip

#: Why the first state of a thing is on record that came by another door.
ORIGIN = "As it was before the first edit"

T = TypeVar("T", bound=Revisioned)
State = dict[str, Any]
Weigh = Callable[[T, State], State]


@dataclass(frozen=True, slots=True)
class Saved(Generic[T]):
    """It is stored.  ``changed`` is false where every word already stood there.

    ``merged`` names the revisions that others saved meanwhile and whose words were kept beside.
    """

    current: T
    changed: bool = True
    merged: tuple[int, ...] = ()

    @property
    def revision(self) -> int:
        return self.current.revision


@dataclass(frozen=True, slots=True)
class Conflict(Generic[T]):
    """Somebody saved meanwhile: nothing was overwritten and the writer's words are kept.

    ``mine`` is what the writer sent, ``theirs`` what stands there now, ``base`` what both started
    from (None where that revision is not on record); each maps names of fields and links.
    """

    kept: KeptText
    current: T
    mine: State
    theirs: State
    base: State | None


@transaction.atomic
def create(
    obj: T, *, by: User | None, comment: str = "", relations: State | None = None
) -> Saved[T]:
    """Store a new thing as its revision 1."""
    entry = tracked(type(obj))
    obj.revision, obj.updated_by = 1, by
    for name, value in entry.bare(entry.columns(obj)).items():
        entry.set(obj, name, value)
    obj.save(force_insert=True)
    _write_links(entry, obj, (relations or {}) | entry.brought(obj, by, entry.columns(obj)))
    _note_mentions(entry, obj)
    _record(entry, obj, by, comment)
    _tell_index(entry, obj)
    return Saved(obj)


@transaction.atomic
def save(
    obj: T,
    *,
    expected: int,
    by: User | None,
    changes: State,
    comment: str = "",
    relations: State | None = None,
    weigh: Weigh[T] | None = None,
) -> Saved[T] | Conflict[T]:
    """Store ``changes`` (fields) and ``relations`` (links by name) on top of ``expected``.

    The same words sent twice make one revision and no conflict.  Where others saved meanwhile and
    the places are apart, both are kept and the revision says so; else nothing is overwritten.
    ``weigh(stored, fields)`` is the room's last word on what is about to be written, after a
    merge: it may add to it, or raise.  What ``obj`` holds in memory does not matter; the answer
    carries the stored object.
    """
    entry = tracked(type(obj))
    current = _locked(obj)
    theirs = entry.everything(current)
    mine = entry.bare(changes) | (relations or {})
    different = {name: value for name, value in mine.items() if theirs[name] != value}
    if not different:
        return Saved(current, changed=False)
    _record_origin(entry, current)
    merged: tuple[int, ...] = ()
    if expected != current.revision:
        base = state_at(current, expected)
        # Equal states differ by a note or a file at most: no words were changed meanwhile.
        if entry.own(base) != entry.own(theirs):
            together = merge(base, mine, theirs) if base is not None and entry.merges else None
            if together is None:
                kept = _keep(current, by, expected, mine)
                return Conflict(kept, current, mine, theirs, base)
            if not together:
                return Saved(current, changed=False)
            different = together
            merged = tuple(range(expected + 1, current.revision + 1))
    if weigh is not None:
        links = {name: value for name, value in different.items() if name in entry.links}
        fields = {name: value for name, value in different.items() if name not in links}
        different = weigh(current, fields) | links
    different |= entry.brought(current, by, different)
    columns = [name for name in different if name in entry.fields]
    for name in columns:
        entry.set(current, name, different[name])
    current.revision += 1
    current.updated_at, current.updated_by = timezone.now(), by
    current.save(update_fields=[*columns, "revision", "updated_at", "updated_by"])
    _write_links(entry, current, {n: v for n, v in different.items() if n in entry.links})
    _note_mentions(entry, current, before=theirs)
    _record(entry, current, by, _say_merged(comment, merged))
    _tell_index(entry, current)
    return Saved(current, merged=merged)


def _say_merged(comment: str, merged: tuple[int, ...]) -> str:
    if not merged:
        return comment
    those = f"revision {merged[0]}" if len(merged) == 1 else f"revisions {merged[0]}–{merged[-1]}"
    return f"{comment} (merged with {those})" if comment else f"Merged with {those}"


@transaction.atomic
def note(obj: Revisioned, *, by: User | None, comment: str) -> int:
    """Record that something about ``obj`` was done beside its own text; answers the revision."""
    entry = tracked(type(obj))
    current = _locked(obj)
    _record_origin(entry, current)
    current.revision += 1
    current.updated_at, current.updated_by = timezone.now(), by
    current.save(update_fields=["revision", "updated_at", "updated_by"])
    _record(entry, current, by, comment)
    _tell_index(entry, current)
    return current.revision


_save = save


def settle(kept: KeptText) -> None:
    """The writer has seen the conflict through; the words stay on record."""
    KeptText.objects.filter(pk=kept.pk, settled_at=None).update(settled_at=timezone.now())


# --- looking back -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history."""

    number: int
    at: datetime
    by: User | None
    comment: str


def history(obj: Revisioned) -> list[Entry]:
    """Every saved revision, newest first."""
    states = _states(obj).select_related("revision__user")
    return [
        Entry(s.number, s.revision.date_created, s.revision.user, s.revision.comment)
        for s in states
    ]


def state_at(obj: Revisioned, number: int) -> State | None:
    """Fields and links as revision ``number`` held them; None where it is not on record."""
    entry = tracked(type(obj))
    state = _states(obj).filter(number=number).first()
    if state is None:
        return None
    version = Version.objects.get(
        revision_id=state.revision_id,
        content_type=_content_type(obj),
        object_id=str(obj.pk),
    )
    kept = version.field_dict
    columns = {name: kept[entry.attname(name)] for name in entry.fields}
    return columns | {name: value for name, value in state.links.items() if name in entry.links}


def text_at(obj: Revisioned, number: int) -> dict[str, str] | None:
    """The same as words a person reads, by field."""
    entry = tracked(type(obj))
    state = state_at(obj, number)
    return None if state is None else {n: entry.shown(n, value) for n, value in state.items()}


@transaction.atomic
def restore(
    obj: T, number: int, *, expected: int, by: User, save: Callable[..., Any] | None = None
) -> Saved[T] | Conflict[T] | None:
    """Make the words of an older revision the newest; None where it is not on record.

    ``save`` is a rule of the room with the arguments of ``save`` here, where it has one.  Where
    somebody saved since ``expected`` there is nothing to merge: the whole was to be replaced.
    """
    entry = tracked(type(obj))
    state = state_at(obj, number)
    if state is None:
        return None
    current = _locked(obj)
    theirs, base = entry.everything(current), state_at(current, expected)
    moved_on = expected != current.revision and entry.own(base) != entry.own(theirs)
    if moved_on and any(theirs[name] != value for name, value in state.items()):
        kept = _keep(current, by, expected, state)
        return Conflict(kept, current, state, theirs, base)
    outcome: Saved[T] | Conflict[T] = (save or _save)(
        current,
        expected=current.revision,
        by=by,
        changes={n: v for n, v in state.items() if n in entry.fields},
        relations={n: v for n, v in state.items() if n in entry.links},
        comment=f"Restored from revision {number}",
    )
    return outcome


@transaction.atomic
def forget(model: type[Revisioned], pks: list[int]) -> None:
    """Remove revisions, kept texts and links of these objects (for data that leaves no trace)."""
    content_type = ContentType.objects.get_for_model(model)
    mine = {"content_type": content_type, "object_id__in": pks}
    revisions = SavedState.objects.filter(**mine).values("revision_id")
    Revision.objects.filter(pk__in=list(revisions.values_list("revision_id", flat=True))).delete()
    KeptText.objects.filter(**mine).delete()
    Link.objects.filter(**mine).delete()


# --- how it is done ---------------------------------------------------------------------------


def _locked(obj: T) -> T:
    return type(obj)._default_manager.select_for_update().get(pk=obj.pk)


def _content_type(obj: models.Model) -> ContentType:
    return ContentType.objects.get_for_model(type(obj))


def _states(obj: Revisioned) -> models.QuerySet[SavedState]:
    return SavedState.objects.filter(content_type=_content_type(obj), object_id=obj.pk)


def _tell_index(entry: Tracked, obj: Revisioned) -> None:
    if key := entry.index_key(obj):
        post("index", key)


def _write_links(entry: Tracked, obj: Revisioned, links: State) -> None:
    for name, value in links.items():
        entry.links[name].write(obj, value)


def _note_mentions(entry: Tracked, obj: Revisioned, *, before: State | None = None) -> None:
    """What its words link to, and the name it bore until now."""
    home = entry.home(obj)
    mentions.record(obj, entry.texts(obj), home=home)
    kind = link_targets.get(entry.kind)
    if before and kind and kind.name in before:
        mentions.renamed(home, before[kind.name], getattr(obj, kind.name))


def _record(entry: Tracked, obj: Revisioned, by: User | None, comment: str) -> None:
    # Manually: reversion would otherwise also record whatever else this transaction saves.
    with reversion.create_revision(manage_manually=True):
        reversion.add_to_revision(obj)
        if by is not None:
            reversion.set_user(by)
        reversion.set_comment(comment)
        reversion.set_date_created(timezone.now())
        reversion.add_meta(
            SavedState,
            content_type=_content_type(obj),
            object_id=obj.pk,
            number=obj.revision,
            links=entry.read_links(obj),
        )


def _record_origin(entry: Tracked, current: Revisioned) -> None:
    """A thing that came by another door (an import, a report) gets its first state on record."""
    if not _states(current).filter(number=current.revision).exists():
        _record(entry, current, current.updated_by, ORIGIN)


def _keep(current: Revisioned, by: User | None, expected: int, mine: State) -> KeptText:
    """The writer's words, once, however often the same form is sent."""
    kept, _ = KeptText.objects.get_or_create(
        content_type=_content_type(current),
        object_id=current.pk,
        author=by,
        based_on=expected,
        changes=mine,
        settled_at=None,
    )
    return kept
