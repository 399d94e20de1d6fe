"""Tokens that are cut already, as fields of Whoosh; and where they stand in a text, for phrases.

The places of a token are kept as the bits of a number, so that whether two stand side by side is a
shift and an ``and``: for phrases of common words that is what counts.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from whoosh.fields import FieldType
from whoosh.formats import Existence, Format

Said = tuple[bytes, int, float, bytes]

_HEAD = 4  # bytes: the first place, doubled, and one more where a list of places follows
_SPARSE = 128  # bits a place may cost; what stands further apart is kept as a list


class Tokens(FieldType):
    """Any number of tokens.  ``ranked``: how often each stands there says something."""

    def __init__(self, *, ranked: bool = False) -> None:
        super().__init__(Existence(), None, scorable=ranked)

    def index(self, value: Sequence[str], **options: Any) -> Iterator[Said]:
        for token, often in Counter(value).items():
            yield token.encode(), often, float(often), b""


class Text(FieldType):
    """Tokens in order, each with its places."""

    def __init__(self) -> None:
        super().__init__(Places(), None, scorable=True)

    def index(self, value: Sequence[str], **options: Any) -> Iterator[Said]:
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, token in enumerate(value):
            places[token].append(place)
        for token, at in places.items():
            yield token.encode(), len(at), float(len(at)), packed(at)


class Places(Format):
    """What stands beside a token and a document: ``packed``, of any length."""


def packed(at: list[int]) -> bytes:
    """Places in rising order, as short as they can be read fast."""
    first, last = at[0], at[-1]
    if last - first > _SPARSE * len(at):
        return (2 * first + 1).to_bytes(_HEAD, "little") + array("I", at).tobytes()
    bits = 0
    for place in at:
        bits |= 1 << (place - first)
    return (2 * first).to_bytes(_HEAD, "little") + bits.to_bytes((last - first) // 8 + 1, "little")


def unpacked(value: bytes) -> int:
    """A number whose bits are the places."""
    head = int.from_bytes(value[:_HEAD], "little")
    if head & 1:
        return sum(1 << place for place in array("I", value[_HEAD:]))
    return int.from_bytes(value[_HEAD:], "little") << (head >> 1)
