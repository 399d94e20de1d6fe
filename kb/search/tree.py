"""A question as a tree: what every backend translates, and what nothing else needs to know.

Leaves say what a document has; ``Any``, ``Either``, ``Every`` and ``Not`` join them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Word:
    """One word or one code, lower case."""

    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a word or a code, lower case."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand together."""

    text: str


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a word in a title or a name, lower case."""

    text: str


@dataclass(frozen=True, slots=True)
class Stem:
    """A word that is cut to its stem already: what ``more like this`` looks for."""

    text: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A field and the value it must have, or begin with."""

    field: str
    value: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """A date not before ``start`` and before ``end``."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """Something in it was due before this moment."""

    before: datetime


@dataclass(frozen=True, slots=True)
class Any:
    """Plain words: one will do, and what has all of them comes first."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """``a OR b``"""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


Leaf = Word | Prefix | Phrase | Head | Stem | Filter | Period | Due
Node = Leaf | Any | Either | Every | Not


def every(parts: list[Node]) -> Node | None:
    """All of these; one alone needs no joining."""
    return parts[0] if len(parts) == 1 else Every(tuple(parts)) if parts else None


def either(parts: list[Node]) -> Node | None:
    return parts[0] if len(parts) == 1 else Either(tuple(parts)) if parts else None


def asked(node: Node | None) -> Iterator[Leaf]:
    """The leaves that are looked for, without those that must not be."""
    if node is None or isinstance(node, Not):
        return
    if isinstance(node, Any | Either | Every):
        for part in node.parts:
            yield from asked(part)
    else:
        yield node


def plain_words(node: Node | None) -> tuple[Node, ...]:
    """The plain words at the top: what a thing may have all of."""
    for one in node.parts if isinstance(node, Every) else (node,):
        if isinstance(one, Any):
            return one.parts
    return ()
