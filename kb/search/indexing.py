"""Keeping the index true to the database: single things, everything anew, and the proof."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Model

from kb.outbox.handlers import NotNow
from kb.outbox.models import OutboxRow
from kb.outbox.post import post_many
from kb.outbox.turn import turn
from kb.search.backends import backend
from kb.search.backends.base import IndexBusy, IndexUnavailable
from kb.search.document import Document
from kb.search.registry import Searchable, also_said, searchables

log = logging.getLogger(__name__)

TOPIC = "index"
CHUNK = 500

Progress = Callable[[int], None]


def update(rows: list[OutboxRow]) -> None:
    """The outbox's handler: bring what these rows name into the index, as it is by now."""
    keys = [row.key for row in rows]
    wanted = _by_kind(keys)
    try:
        try:
            with backend().writing() as writer:
                # Read only now, as the one writer: nobody can put an older state over this one.
                found = [document for kind, pks in wanted.items() for document in load(kind, pks)]
                writer.remove(set(keys) - {document.key for document in found})
                writer.put(found)
        except IndexUnavailable as why:
            log.warning("making the index anew: %s", why)
            rebuild()
    except (IndexBusy, OSError) as why:  # such as a full disk: no row's fault
        raise NotNow(str(why)) from None


def renamed(key: str) -> None:
    """Have what bears the name of this thing indexed anew.  Call inside the transaction."""
    kind, _, pk = key.partition(":")
    for searchable in searchables:
        bearing = searchable.bearing(kind, int(pk))
        if bearing is not None:
            pks = bearing.order_by().values_list("pk", flat=True).distinct()
            post_many(TOPIC, [searchable.key(found) for found in pks])


def load(kind: str, pks: Iterable[str]) -> Iterator[Document]:
    """The documents of those that are there; a kind that nobody registered has none."""
    searchable = searchables.get(kind)
    if searchable is not None:
        found = list(searchable.queryset().filter(pk__in=list(pks)))
        beside = _beside(kind, found)
        for obj in found:
            yield _with(searchable.document(obj), beside.get(obj.pk))


def count_all() -> int:
    """How many things belong in the index."""
    return sum(searchable.queryset().count() for searchable in searchables)


def rebuild(progress: Progress = lambda done: None) -> int:
    """Make the index anew and put it in force; how many documents it has.

    What cannot be made into a document is left out and logged; ``reconcile`` will name it.
    Raises ``IndexBusy``.
    """

    def documents() -> Iterator[Document]:
        done = 0
        for key, document in _everything():
            if document is None:
                log.error("%s is left out of the index", key)
                continue
            done += 1
            progress(done)
            yield document

    return backend().rebuild(documents())


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What the comparison found; everything in it has been posted to the outbox."""

    same: int = 0
    missing: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()
    rebuilt: bool = False

    @property
    def drift(self) -> tuple[str, ...]:
        return self.missing + self.stale + self.surplus


def reconcile() -> Reconciled | None:
    """Prove that the index is what the database says, and have the rest mended.

    ``None`` while somebody else is at it.  What already waits in the outbox is no drift.
    """
    with turn("index-reconcile") as mine:
        if not mine:
            return None
        if backend().problem() or backend().wants_rebuild():
            return Reconciled(same=rebuild(), rebuilt=True)
        found = compare()
        if found.drift:
            log.warning("the index had drifted: %s", ", ".join(found.drift[:20]))
            post_many(TOPIC, found.drift)
        return found


def compare() -> Reconciled:
    """Every document of the database against every one in the index, by marker."""
    kept = dict(backend().markers())
    missing, stale, same = [], [], 0
    for key, document in _everything():
        marker = kept.pop(key, None)
        if marker is None:
            missing.append(key)
        elif document is None or document.marker() != marker:
            stale.append(key)
        else:
            same += 1
    # Asked last: whatever changed while this was comparing has its row by now, or is drained.
    waiting = set(OutboxRow.objects.filter(topic=TOPIC).values_list("key", flat=True))

    def not_waiting(keys: Iterable[str]) -> tuple[str, ...]:
        return tuple(key for key in keys if key not in waiting)

    return Reconciled(same, not_waiting(missing), not_waiting(stale), not_waiting(kept))


def documents_of(searchable: Searchable[Any], objs: list[Any]) -> Iterator[Document]:
    """The documents of these as the index would have them, without such as can't be made."""
    beside = _beside(searchable.kind, objs)
    for obj in objs:
        document = _document(searchable, obj, beside.get(obj.pk))
        if document is not None:
            yield document


def _everything() -> Iterator[tuple[str, Document | None]]:
    """Each key with its document, or ``None`` where making it failed."""
    for searchable in searchables:
        for chunk in _chunks(searchable):
            beside = _beside(searchable.kind, chunk)
            for obj in chunk:
                yield searchable.key(obj.pk), _document(searchable, obj, beside.get(obj.pk))


def _chunks(searchable: Searchable[Any]) -> Iterator[list[Model]]:
    """All rows in steps, so that neither memory nor one long query grows with the fleet."""
    rows = searchable.queryset().order_by("pk")
    chunk = list(rows[:CHUNK])
    while chunk:
        yield chunk
        chunk = list(rows.filter(pk__gt=chunk[-1].pk)[:CHUNK])


def _beside(kind: str, objs: list[Model]) -> dict[Any, str]:
    """By primary key, what other rooms say of these: their comments, the words of their files."""
    said: dict[Any, str] = {}
    for ask in also_said:
        for pk, words in ask(kind, [obj.pk for obj in objs]).items():
            said[pk] = f"{said[pk]}\n{words}" if pk in said else words
    return said


def _with(document: Document, words: str | None) -> Document:
    return replace(document, body=f"{document.body}\n{words}".strip()) if words else document


def _document(searchable: Searchable[Any], obj: Model, beside: str | None) -> Document | None:
    try:
        return _with(searchable.document(obj), beside)
    except Exception:
        log.exception("%s can't be indexed", searchable.key(obj.pk))
        return None


def _by_kind(keys: Iterable[str]) -> dict[str, list[str]]:
    wanted: dict[str, list[str]] = {}
    for key in keys:
        kind, colon, pk = key.partition(":")
        if not (kind and colon and pk):
            raise ValueError(f"{key!r} is no key of a document; it should be like host:12")
        wanted.setdefault(kind, []).append(pk)
    return wanted
