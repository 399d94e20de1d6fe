"""What an index can do, whatever keeps it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from kb.search.document import Document
from kb.search.language import Query


class IndexUnavailable(Exception):
    """There is no index that could be read; the message says what to do."""


class IndexBusy(Exception):
    """Another process is writing the index, for longer than it was worth waiting."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found, with what is kept of it."""

    key: str
    kind: str
    natural_key: str
    title: str
    url: str
    body: str
    date: datetime | None = None
    severity: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Hits:
    """``total`` counts all that match; ``facets`` how many of each kind, were no kind chosen."""

    results: list[Hit] = field(default_factory=list)
    total: int = 0
    facets: dict[str, int] = field(default_factory=dict)


class Writer(ABC):
    """Changes that become visible together."""

    @abstractmethod
    def put(self, documents: Iterable[Document]) -> None:
        """Add these, in place of what has the same key."""

    @abstractmethod
    def remove(self, keys: Iterable[str]) -> None:
        """Take these out; keys that are not there do no harm."""


class Backend(ABC):
    """One index."""

    @abstractmethod
    def search(
        self,
        query: Query,
        *,
        principals: Set[str],
        kinds: Set[str] = frozenset(),
        first: Iterable[str] = (),
        limit: int = 20,
        offset: int = 0,
    ) -> Hits:
        """The best of what ``principals`` may find; of these ``kinds`` only, unless empty.

        ``first`` are kinds in the order that decides between things of the same exact name.
        Raises ``IndexUnavailable``.
        """

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
