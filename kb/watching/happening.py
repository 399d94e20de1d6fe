"""What happened to things: every save that is on record, and what other rooms tell of."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet

from kb.accounts.models import User
from kb.web.registry import Registry
from kb.wiki.models import SavedState
from kb.wiki.revisions import ORIGIN
from kb.wiki.things import address_of, get, things
from kb.wiki.tracking import every_tracked, tracked


@dataclass(frozen=True, slots=True)
class Happening:
    """One change of the thing ``key`` (``incident:12``); ``by`` is None where no person did it."""

    key: str
    at: datetime
    by: int | None
    words: str


#: ``(since) -> happenings`` besides saves; rooms above register theirs in ``watched.py``.
happenings: Registry[Callable[[datetime], Iterable[Happening]]] = Registry("happening")


def since(moment: datetime) -> Iterator[Happening]:
    """Everything that happened after ``moment``."""
    states = SavedState.objects.filter(revision__date_created__gt=moment)
    for change in described(states.select_related("revision__user").order_by("pk")):
        yield Happening(change.key, change.at, change.by.pk if change.by else None, change.words)
    for tell in happenings:
        yield from tell(moment)


@dataclass(frozen=True, slots=True)
class Change:
    """One save as it stands on the page of recent changes."""

    pk: int
    key: str
    kind: str
    number: int
    at: datetime
    by: User | None
    words: str
    title: str
    address: str


#: What is no news: first written by no person and without a word (shipped, imported, an example),
#: and what a thing said before its first edit.
UNTOLD = Q(number=1, revision__user=None, revision__comment="") | Q(revision__comment=ORIGIN)


def seen_states(user: User) -> QuerySet[SavedState]:
    """The saves of what this person may see, but for what came with the shipped library."""
    seen = Q(pk=None)
    for entry in every_tracked():
        rows: Any = entry.model._default_manager.all()
        if hasattr(rows, "visible_to"):
            kind = ContentType.objects.get_for_model(entry.model)
            pks = rows.visible_to(user).order_by().values("pk")
            seen |= Q(content_type=kind, object_id__in=pks)
    return SavedState.objects.filter(seen).exclude(UNTOLD)


def described(states: Iterable[SavedState]) -> list[Change]:
    """Saves with the thing they belong to; those of what is gone are left out."""
    found = list(states)
    objects = _objects(found)
    wholes: dict[str, Model | None] = {}
    changes = []
    for state in found:
        obj = objects.get((state.content_type_id, state.object_id))
        if obj is None:
            continue
        entry = tracked(type(obj))
        own = any(thing.model is type(obj) and not thing.hangs for thing in things)
        key = f"{entry.kind}:{obj.pk}" if own else entry.index_key(obj)
        if key not in wholes:
            wholes[key] = obj if own else get(key)
        whole = wholes[key]
        if whole is not None and key.partition(":")[0] in things:
            changes.append(_change(state, entry.kind, key, whole))
    return changes


def _change(state: SavedState, kind: str, key: str, whole: Model) -> Change:
    revision = state.revision
    return Change(
        pk=state.pk,
        key=key,
        kind=kind,
        number=state.number,
        at=revision.date_created,
        by=revision.user,
        words=revision.comment or ("written" if state.number == 1 else "changed"),
        title=str(whole),
        address=address_of(whole),
    )


def _objects(states: Iterable[SavedState]) -> dict[tuple[int, int], Any]:
    wanted: dict[int, set[int]] = defaultdict(set)
    for state in states:
        wanted[state.content_type_id].add(state.object_id)
    found: dict[tuple[int, int], Any] = {}
    for kind, pks in wanted.items():
        model = ContentType.objects.get_for_id(kind).model_class()
        if model is not None:
            found |= {(kind, pk): obj for pk, obj in model._default_manager.in_bulk(pks).items()}
    return found
