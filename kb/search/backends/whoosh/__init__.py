"""The index kept by Whoosh, in a folder: one writer anywhere, readers in every process."""

import logging
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from whoosh.filedb.filestore import FileStorage
from whoosh.index import create_in

from kb.search.backends.base import (
    MEND,
    WAIT,
    WAIT_TO_REBUILD,
    Backend,
    IndexUnavailable,
    Writer,
)
from kb.search.backends.whoosh.schema import codec, fields, schema
from kb.search.backends.whoosh.segment import Memory
from kb.search.backends.whoosh.snapshot import Snapshot
from kb.search.backends.whoosh.store import Store
from kb.search.document import Document

log = logging.getLogger(__name__)
T = TypeVar("T")

MEMORY_MB = 128
REBUILD_AFTER = timedelta(days=1)
MANY_SEGMENTS = 5
MUCH_DELETED = 0.15
TRIES = 5  # to open what a writer is just changing


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

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        with self._store.lock(WAIT):
            path = self._store.current()
            writer = Writer()
            yield writer
            if writer.changes:
                _commit(path, writer.changes)

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
            self._index, self._path = _open(path), path
        if self._snapshot is None or self._snapshot.generation != self._index.latest_generation():
            self._snapshot = self._opened()
            self._stamp = f"{path.name}.{self._snapshot.generation}"
        return self._snapshot

    def _opened(self) -> Snapshot:
        # Whoosh's own way of opening what is new (refresh) brings deleted documents back.
        for _ in range(TRIES - 1):
            with suppress(FileNotFoundError):  # a segment that was merged away this moment
                return Snapshot(self._index, self._memories)
        return Snapshot(self._index, self._memories)

    def _drop(self) -> None:
        self._snapshot = None
        self._index, self._path, self._stamp = None, None, ""
        while self._memories:
            self._memories.popitem()[1].close()


def _open(path: Path) -> Any:
    # Of a file that it maps Whoosh makes a copy in memory, in every process and for each state.
    return FileStorage(str(path), supports_mmap=False).open_index()


def _commit(path: Path, changes: dict[str, Document | None]) -> None:
    taken = [fields(document) for document in changes.values() if document is not None]
    with _reading_what_is_there():
        writer = _open(path).writer(timeout=WAIT, limitmb=MEMORY_MB, codec=codec())
    try:
        with _reading_what_is_there():
            for key in changes:
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
    writer = create_in(str(path), schema()).writer(limitmb=2 * MEMORY_MB, codec=codec())
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
