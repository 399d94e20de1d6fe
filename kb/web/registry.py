"""The one mechanism by which a higher room makes itself known to a lower one."""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Things by name, in the order of ``rank``, then of registration.

    A lower room declares one; higher rooms fill it in a module that Django imports at start
    (the table in docs/architecture.md names the modules).
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self._entries: dict[str, tuple[int, T]] = {}

    def register(self, name: str, entry: T, *, rank: int = 100) -> T:
        """Add ``entry`` under ``name``; a second entry of the same name is a ``ValueError``."""
        if name in self._entries:
            raise ValueError(f"{self.what} {name!r} is registered twice")
        self._entries[name] = (rank, entry)
        return entry

    def __getitem__(self, name: str) -> T:
        return self._entries[name][1]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, name: str) -> T | None:
        entry = self._entries.get(name)
        return entry[1] if entry else None

    def names(self) -> list[str]:
        return [name for name, _ in self.items()]

    def items(self) -> list[tuple[str, T]]:
        ranked = sorted(self._entries.items(), key=lambda item: item[1][0])
        return [(name, entry) for name, (_, entry) in ranked]

    def __iter__(self) -> Iterator[T]:
        return (entry for _, entry in self.items())
