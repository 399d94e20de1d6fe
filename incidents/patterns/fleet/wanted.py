"""Which sections, and which parts of them, somebody is going to read: nothing else is loaded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

Needs = Mapping[str, tuple[str, ...]]
"""Path of a derived field, or name of its section → the reported sections it is made of."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Names of sections, and paths in them (``groups[].peers[].drives``).

    A section named without any path is wanted whole; ``names`` None wants everything.
    """

    names: frozenset[str] | None = None

    @classmethod
    def of(cls, names: Iterable[str] | None) -> Self:
        return cls(None if names is None else frozenset(names))

    @property
    def sections(self) -> frozenset[str] | None:
        """The sections alone; None for all."""
        return None if self.names is None else _sections(self.names)

    def section(self, name: str) -> bool:
        return self.names is None or name in _sections(self.names)

    def path(self, path: str) -> bool:
        """Whether the field at ``path``, or anything below it, is going to be read."""
        return self.names is None or _wants(self.names, path)

    def made_of(self, needs: Needs) -> set[str]:
        """The reported sections behind what is wanted."""
        return {name for path, names in needs.items() if self.path(path) for name in names}


@lru_cache(maxsize=64)
def _sections(names: frozenset[str]) -> frozenset[str]:
    return frozenset(_section(name) for name in names)


@lru_cache(maxsize=4096)
def _wants(names: frozenset[str], path: str) -> bool:
    section = _section(path)
    if path == section:
        return section in _sections(names)
    within = [name for name in names if name != section and _section(name) == section]
    if not within:
        return section in names
    return any(name == path or _below(name, path) for name in within)


def _section(path: str) -> str:
    return path.partition(".")[0].removesuffix("[]")


def _below(path: str, parent: str) -> bool:
    return path.startswith((f"{parent}.", f"{parent}["))
