"""The index kept by Whoosh, in a folder: one writer anywhere, readers in every process."""

import logging
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from whoosh.index import create_in, open_dir

from kb.search.backends.base import Backend, Hit, Hits, IndexUnavailable, Writer
from kb.search.backends.whoosh.schema import fields, schema
from kb.search.backends.whoosh.segment import Memory
from kb.search.backends.whoosh.snapshot import Snapshot
from kb.search.backends.whoosh.store import MEND, Store
from kb.search.document import Document
from kb.search.language import Query

log = logging.getLogger(__name__)
T = TypeVar("T")

WAIT = 5.0  # seconds a writer waits for another
WAIT_TO_REBUILD = 60.0
MEMORY_MB = 128
REBUILD_AFTER = timedelta(days=1)
MANY_SEGMENTS = 5
MUCH_DELETED = 0.15


class WhooshBackend(Backend):
    def __init__(self, root: Path) -> None:
        self._store = Store(root)
        # One snapshot behind a lock is as fast as one per thread, and shared ones go wrong.
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._memories: dict[str, Memory] = {}
        self._index: Any = None
        self._path: Path | None = None
        self._stamp = ""

    def search(
        self,
        query: Query,
        *,
        principals: Set[str],
        kinds: Set[str] = frozenset(),
        first: Iterable[str] = (),
        limit: int = 20,
        offset: int = 0,
        count: bool = True,
    ) -> Hits:
        who, order = frozenset(principals), list(first)
        return self._read(lambda s: s.search(query, who, kinds, order, limit, offset, count))

    def values(self, field: str, stump: str, principals: Set[str], limit: int) -> list[str]:
        return self._read(lambda s: s.values(field, stump, frozenset(principals), limit))

    def spellings(self, letter: str, shortest: int, longest: int) -> Iterable[str]:
        return self._read(lambda s: s.spellings(letter, shortest, longest))

    def frequencies(self, stems: Iterable[str]) -> dict[str, int]:
        return self._read(lambda s: s.frequencies(stems))

    def get(self, key: str) -> Hit | None:
        return self._read(lambda s: s.get(key))

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        with self._store.lock(WAIT):
            path = self._store.current()
            session = _Session()
            yield session
            if session.changes:
                session.commit(path)

    def rebuild(self, documents: Iterable[Document]) -> int:
        with self._store.lock(WAIT_TO_REBUILD):
            path = self._store.fresh()
            try:
                count = _fill(path, documents)
                self._store.swap(path)
            except BaseException:
                shutil.rmtree(path, ignore_errors=True)
                raise
        return count

    def markers(self) -> Iterator[tuple[str, str]]:
        yield from self._read(lambda snapshot: list(snapshot.markers()))

    def size(self) -> int:
        return self._read(len)

    def generation(self) -> str:
        return self._read(lambda snapshot: self._stamp)

    def problem(self) -> str | None:
        try:
            self._read(len)
            return self._store.complaint()
        except IndexUnavailable as error:
            return str(error)

    def wants_rebuild(self) -> bool:
        if self._store.age() < REBUILD_AFTER:
            return False
        return self._read(
            lambda s: s.segments() >= MANY_SEGMENTS or s.deleted_share() >= MUCH_DELETED
        )

    def _read(self, ask: Callable[[Snapshot], T]) -> T:
        """Ask the newest state; once more from the start if it moved away underneath."""
        with self._lock:
            try:
                return ask(self._newest())
            except IndexUnavailable:
                self._drop()
                raise
            except Exception as error:  # a damaged file can raise anything
                log.debug("the index has to be opened again: %s", error)
                self._drop()
            try:
                return ask(self._newest())
            except IndexUnavailable:
                raise
            except Exception as error:
                log.exception("the index can't be read")
                if self._path is not None:
                    # Opening may go well where one word's postings are spoiled: say it to all.
                    self._store.condemn(self._path, repr(error))
                self._drop()
                raise IndexUnavailable(f"The index can't be read ({error!r}): {MEND}") from error

    def _newest(self) -> Snapshot:
        path = self._store.current()
        if self._path != path or self._index is None:
            self._drop()
            self._index, self._path = open_dir(str(path)), path
        stamp = f"{path.name}.{self._index.latest_generation()}"
        if self._snapshot is None or self._stamp != stamp:
            # Opened anew each time: Whoosh's refresh brings deleted documents back.
            old, self._snapshot = self._snapshot, None
            if old is not None:
                old.close()
            self._snapshot = Snapshot(self._index.searcher(), self._memories)
            self._stamp = stamp
        return self._snapshot

    def _drop(self) -> None:
        snapshot, self._snapshot = self._snapshot, None
        self._index, self._path, self._stamp = None, None, ""
        self._memories.clear()
        if snapshot is not None:
            snapshot.close()


class _Session(Writer):
    """Collects changes, the last per key, and writes them in one commit."""

    def __init__(self) -> None:
        self.changes: dict[str, Document | None] = {}

    def put(self, documents: Iterable[Document]) -> None:
        for document in documents:
            self.changes[document.key] = document

    def remove(self, keys: Iterable[str]) -> None:
        self.changes |= dict.fromkeys(keys)

    def commit(self, path: Path) -> None:
        taken = [fields(document) for document in self.changes.values() if document is not None]
        with _reading_what_is_there():
            writer = open_dir(str(path)).writer(timeout=WAIT, limitmb=MEMORY_MB)
        try:
            with _reading_what_is_there():
                for key in self.changes:
                    writer.delete_by_term("key", key)
            for document in taken:  # what fails here is the document's fault
                writer.add_document(**document)
        except BaseException:
            writer.cancel()
            raise
        with _reading_what_is_there():  # merges segments
            writer.commit()


@contextmanager
def _reading_what_is_there() -> Iterator[None]:
    """A damaged file can raise anything; whatever it is, the index is at fault."""
    try:
        yield
    except Exception as error:
        raise IndexUnavailable(f"The index can't be written ({error!r}): {MEND}") from error


def _fill(path: Path, documents: Iterable[Document]) -> int:
    writer = create_in(str(path), schema()).writer(limitmb=2 * MEMORY_MB)
    count = 0
    try:
        for document in documents:
            writer.add_document(**fields(document))
            count += 1
    except BaseException:
        writer.cancel()
        raise
    writer.commit()
    return count
