"""What an index can do, whatever keeps it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from kb.search.document import Document
from kb.search.language import Query

T = TypeVar("T")

#: How an index that can't be read is mended.
MEND = "run `manage.py rebuild_index` (the worker does so by itself within minutes)"
#: Seconds a writer waits for another, and one who makes everything anew.
WAIT, WAIT_TO_REBUILD = 5.0, 60.0

#: Of more hits than this the values of fields are not counted, only their kinds.
MOST_COUNTED = 5000
#: So many values of a field are counted beside the results.
MOST_VALUES = 8


class IndexUnavailable(Exception):
    """There is no index that could be read; the message says what to do."""


class IndexBusy(Exception):
    """Another process is writing the index, for longer than it was worth waiting."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found, with what is kept of it.  ``whole``: it has all the plain words."""

    key: str
    kind: str
    natural_key: str
    title: str
    url: str
    body: str
    date: datetime | None = None
    severity: str = ""
    state: str = ""
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Hits:
    """``total`` counts all that match; ``facets`` how many of each kind, were no kind chosen.

    ``narrower`` counts values of other fields among what matches, the most frequent first.
    """

    results: list[Hit] = field(default_factory=list)
    total: int = 0
    facets: dict[str, int] = field(default_factory=dict)
    narrower: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as ``Backend.search`` was given it, for whoever answers it."""

    query: Query
    principals: frozenset[str]
    kinds: frozenset[str]
    first: dict[str, int]  # kind → its place
    limit: int
    offset: int
    count: bool

    @property
    def chosen(self) -> list[Set[str]]:
        """Kinds that a hit must be one of, once for each place where some were named."""
        return [some for some in (self.kinds, self.query.kinds) if some]


class Reading(Protocol):
    """One state of an index, opened for reading; what each of these says, ``Backend`` tells."""

    def search(self, asked: Asked) -> Hits: ...

    def values(
        self, field: str, stump: str, principals: frozenset[str], limit: int
    ) -> list[str]: ...

    def spellings(self, letter: str, shortest: int, longest: int) -> set[str]: ...

    def frequencies(self, stems: Iterable[str]) -> dict[str, int]: ...

    def get(self, key: str) -> Hit | None: ...


class Writer:
    """Changes that become visible together: collected, the last of each key, until the commit."""

    def __init__(self) -> None:
        self.changes: dict[str, Document | None] = {}

    def put(self, documents: Iterable[Document]) -> None:
        """Add these, in place of what has the same key."""
        for document in documents:
            self.changes[document.key] = document

    def remove(self, keys: Iterable[str]) -> None:
        """Take these out; keys that are not there do no harm."""
        self.changes |= dict.fromkeys(keys)


class Backend(ABC):
    """One index."""

    @abstractmethod
    def _read(self, ask: Callable[[Reading], T]) -> T:
        """Ask the newest state there is.  Raises ``IndexUnavailable``."""

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
        """The best of what ``principals`` may find; of these ``kinds`` only, unless empty.

        ``first`` are kinds in the order that decides between things of the same exact name.
        Without ``count`` the values of fields are not counted.  Raises ``IndexUnavailable``.
        """
        places = {kind: place for place, kind in enumerate(first)}
        who, some = frozenset(principals), frozenset(kinds)
        asked = Asked(query, who, some, places, limit, offset, count)
        return self._read(lambda there: there.search(asked))

    def values(self, field: str, stump: str, principals: Set[str], limit: int) -> list[str]:
        """Values of a field that begin so, of things that ``principals`` may find."""
        return self._read(lambda there: there.values(field, stump, frozenset(principals), limit))

    def spellings(self, letter: str, shortest: int, longest: int) -> set[str]:
        """Words in the index that begin with this letter and are about so long; anybody's."""
        return self._read(lambda there: there.spellings(letter, shortest, longest))

    def frequencies(self, stems: Iterable[str]) -> dict[str, int]:
        """In how many things each of these occurs; of those that occur at all."""
        return self._read(lambda there: there.frequencies(stems))

    def get(self, key: str) -> Hit | None:
        """What is kept of one thing.  It is not asked who may see it."""
        return self._read(lambda there: there.get(key))

    @abstractmethod
    def writing(self) -> AbstractContextManager[Writer]:
        """The only writer there is; committed on the way out, dropped on an exception.

        Read what you put after you are in: then no older state can overwrite a newer one.
        Raises ``IndexBusy``, and ``IndexUnavailable`` where there is nothing to write to.
        """

    @abstractmethod
    def rebuild(self, documents: Iterable[Document]) -> int:
        """Make a new index of these and put it in the place of the old; how many they were.

        Readers read the old one until the new one is whole.  ``documents`` is read while this
        is the only writer.  Raises ``IndexBusy``.
        """

    @abstractmethod
    def markers(self) -> Iterator[tuple[str, str]]:
        """Key and marker of every document in the index.  Raises ``IndexUnavailable``."""

    @abstractmethod
    def size(self) -> int:
        """How many documents there are.  Raises ``IndexUnavailable``."""

    @abstractmethod
    def generation(self) -> str:
        """Changes whenever the index does.  Raises ``IndexUnavailable``."""

    @abstractmethod
    def problem(self) -> str | None:
        """Why the index can't be used as it is, in plain words."""

    def wants_rebuild(self) -> bool:
        """Whether making it anew would make it faster."""
        return False

    def put(self, documents: Iterable[Document]) -> None:
        with self.writing() as writer:
            writer.put(documents)

    def remove(self, keys: Iterable[str]) -> None:
        with self.writing() as writer:
            writer.remove(keys)
