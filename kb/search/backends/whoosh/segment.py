"""One segment of the index: which of its documents answer, and what a word says of each.

A segment never changes, apart from documents that are taken out of it.  So what was read of it
is remembered for the next generation too (``Memory``): opening one is not felt.  Everything here
counts documents from the segment's own nought.
"""

import sys
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any as Anything
from typing import TypeVar

from whoosh.codec.whoosh3 import LENGTHS_COLUMN, _lenfield
from whoosh.util.numeric import byte_to_length

from kb.search.backends.whoosh.places import unpacked
from kb.search.backends.whoosh.schema import NEVER, micros
from kb.search.cut import WHO, term
from kb.search.ranking import K1, B, spelt_apart
from kb.search.tree import (
    Any,
    Due,
    Either,
    Every,
    Filter,
    Head,
    Node,
    Not,
    Period,
    Phrase,
    Prefix,
    Stem,
    Word,
)
from kb.search.words import STOP_WORDS, is_code, stem, stems

T = TypeVar("T")
Docs = Set[int]
NONE: Docs = frozenset()
LENGTHS = [byte_to_length(kept) or 1 for kept in range(256)]  # a length is kept as one byte
MOST_REMEMBERED = 4000  # lists of documents, per segment
MOST_EXPANSIONS = 2000  # words that one beginning stands for


@dataclass(slots=True)
class Memory:
    """An open segment and what was read of it; lists of documents only as far as there is room."""

    leaf: Anything
    ids: OrderedDict[tuple[str, str], Docs] = field(default_factory=OrderedDict)
    postings: OrderedDict[tuple[str, str], tuple[list[int], list[float]]] = field(
        default_factory=OrderedDict
    )
    columns: dict[str, Anything] = field(default_factory=dict)
    room: int = 2_000_000  # postings that may be kept

    def close(self) -> None:
        self.leaf.close()


class Segment:
    def __init__(self, memory: Memory, deleted: Docs) -> None:
        self._leaf = memory.leaf
        self._memory = memory
        self.deleted = deleted
        self._visible: dict[frozenset[str], Docs] = {}

    def __len__(self) -> int:
        """How many documents there are, with those that were taken out."""
        return int(self._leaf.doc_count_all())

    # --- sets ---------------------------------------------------------------------------------

    def visible(self, principals: frozenset[str]) -> Docs:
        """What these may find, without what was taken out: the start of every question."""
        found = self._visible.get(principals)
        if found is None:
            ids = (self.ids("terms", term(WHO, one)) for one in principals)
            found = self._visible[principals] = _union(ids) - self.deleted
        return found

    def answers(self, node: Node, within: Docs) -> Docs:
        """Those of ``within`` that ``node`` holds for."""
        if not within:
            return NONE
        if isinstance(node, Any | Either):
            return _union(self.answers(part, within) for part in node.parts)
        if isinstance(node, Every):
            for part in sorted(node.parts, key=_cost):
                within = self.answers(part, within)
            return within
        if isinstance(node, Not):
            return within - self.answers(node.part, within)
        if isinstance(node, Phrase):
            return self._together(stems(node.text), within)
        if isinstance(node, Word):
            return self._word(node.text, within)
        if isinstance(node, Period | Due):
            return self._in_time(node, within)
        return within & self._leaf_ids(node)

    def _leaf_ids(self, node: Prefix | Head | Stem | Filter) -> Docs:
        if isinstance(node, Stem):
            return self.ids("text", node.text)
        if isinstance(node, Filter):
            wanted = term(node.field, node.value)
            return self._beginning(["terms"], wanted) if node.begins else self.ids("terms", wanted)
        if isinstance(node, Head):
            return self._beginning(["heads"], node.text)
        fields = ["text", "spoken"] if node.text.isalnum() else ["codes"]
        return self._beginning(fields, node.text)

    def ids(self, name: str, text: str) -> Docs:
        """Every document with this token; also such that were taken out since."""
        return _remembered(
            self._memory.ids, (name, text), lambda: frozenset(self._read(name, text)[0])
        )

    def _beginning(self, fields: list[str], stump: str) -> Docs:
        return _remembered(
            self._memory.ids,
            (f"{fields[0]}*", stump),
            lambda: _union(
                frozenset(self._read(name, text)[0])
                for name in fields
                for text in islice(self.expand(name, stump), MOST_EXPANSIONS)
            ),
        )

    def _word(self, text: str, within: Docs) -> Docs:
        if is_code(text):
            found = within & self.ids("codes", text)
            if spelt_apart(text):
                found = found | self._together(stems(text), within - found)
            return found
        if text in STOP_WORDS:
            return within & self.ids("spoken", text)
        return (within & self.ids("text", stem(text))) | (within & self.ids("codes", text))

    def _in_time(self, node: Period | Due, within: Docs) -> Docs:
        if isinstance(node, Due):
            start, end, dates = NEVER + 1, micros(node.before), self.column("due")
        else:
            start = micros(node.start) if node.start else NEVER + 1
            end = micros(node.end) if node.end else 2**62
            dates = self.column("date")
        return frozenset(one for one in within if start <= dates[one] < end)

    def _together(self, wanted: list[str], within: Docs) -> Docs:
        """Where these stems stand side by side; only what has all of them is looked into."""
        for word in sorted(set(wanted), key=lambda word: len(self.ids("text", word))):
            within = within & self.ids("text", word)
        if len(wanted) < 2 or not within:
            return within if wanted else NONE
        places = {word: self._places(word) for word in set(wanted)}
        first, *rest = [places[word] for word in wanted]
        starts = {number: unpacked(first[number]) for number in within}
        for place, found in enumerate(rest, 1):
            starts = {
                number: left
                for number, before in starts.items()
                if (left := before & (unpacked(found[number]) >> place))
            }
        return starts.keys()

    # --- what the segment holds ---------------------------------------------------------------

    def expand(self, name: str, stump: str) -> Iterator[str]:
        """The tokens that begin so."""
        for text in self._leaf.expand_prefix(name, stump):
            yield text.decode() if isinstance(text, bytes) else text

    def frequency(self, name: str, text: str) -> int:
        return int(self._leaf.doc_frequency(name, text))

    def postings(self, name: str, text: str) -> tuple[list[int], list[float]]:
        """Documents with this token, and how often each has it."""
        memory = self._memory
        found = memory.postings.get((name, text))
        if found is None:
            found = self._read(name, text)
            memory.postings[name, text] = found
            memory.room -= len(found[0])
            while memory.room < 0 and memory.postings:
                memory.room += len(memory.postings.popitem(last=False)[1][0])
        return found

    def length(self, name: str) -> int:
        """Of all its documents together, in tokens."""
        return int(self._leaf.field_length(name))

    def norms(self, name: str, average: float) -> list[float]:
        """What BM25 adds below the line for each document's length."""
        lengths = self._lengths(name)
        by_length = {one: K1 * (1 - B + B * one / average) for one in set(lengths)}
        return [by_length[one] for one in lengths]

    def _lengths(self, name: str) -> list[int]:
        columns = self._memory.columns
        if f"length {name}" not in columns:
            kept = self._leaf._perdoc._cached_reader(_lenfield(name), LENGTHS_COLUMN)
            said = _numbers(kept, len(self)) if kept is not None else [0] * len(self)
            columns[f"length {name}"] = list(map(LENGTHS.__getitem__, said))
        found: list[int] = columns[f"length {name}"]
        return found

    def column(self, name: str) -> list[int]:
        columns = self._memory.columns
        if name not in columns:
            columns[name] = _numbers(self._leaf.column_reader(name), len(self))
        found: list[int] = columns[name]
        return found

    @cached_property
    def kinds(self) -> dict[str, Docs]:
        return {
            text.partition(":")[2]: self.ids("terms", text)
            for text in self.expand("terms", term("kind", ""))
        }

    def facets(self) -> dict[int, list[str]]:
        """Document → the values that are counted beside results."""
        columns = self._memory.columns
        if "facets" not in columns:
            by_document: dict[int, list[str]] = {}
            columns["facets"] = by_document
            for text in self.expand("facets", ""):
                for number in self._read("facets", text)[0]:
                    by_document.setdefault(number, []).append(text)
        found: dict[int, list[str]] = columns["facets"]
        return found

    def stored(self, number: int) -> dict[str, Anything]:
        found: dict[str, Anything] = self._leaf.stored_fields(number)
        return found

    # --- Whoosh's own --------------------------------------------------------------------------

    def _matcher(self, name: str, text: str) -> Anything | None:
        """Without Whoosh's filter of what was taken out: that is one set, taken off once."""
        raw = text.encode()
        if (name, text) not in self._leaf:
            return None
        return self._leaf._terms.matcher(name, raw, self._leaf.schema[name].format, scorer=None)

    def _read(self, name: str, text: str) -> tuple[list[int], list[float]]:
        matcher = self._matcher(name, text)
        ids: list[int] = []
        weights: list[float] = []
        for block_ids, block_weights, _ in _blocks(matcher):
            ids += block_ids
            weights += block_weights
        return ids, weights

    def _places(self, text: str) -> dict[int, bytes]:
        """Where this stem stands in each document."""
        found: dict[int, bytes] = {}
        for ids, _, values in _blocks(self._matcher("text", text), values=True):
            found.update(zip(ids, values, strict=True))
        return found


def _blocks(
    matcher: Anything, *, values: bool = False
) -> Iterator[tuple[Iterable[int], Iterable[float], Iterable[bytes]]]:
    """Postings by the block, as they are read: one by one costs ten times as much.

    Leans on the insides of the version that is pinned; whatever has others is read one by one.
    """
    if matcher is None:
        return
    if not hasattr(matcher, "_read_weights"):
        while matcher.is_active():
            value = (matcher.value(),) if values else ()
            yield (matcher.id(),), (matcher.weight(),), value
            matcher.next()
        return
    while matcher.is_active():
        matcher._read_ids()
        matcher._read_weights()
        if values:
            matcher._read_values()
        yield matcher._ids, matcher._weights, matcher._values or ()
        matcher._next_block()


def _numbers(column: Anything, count: int) -> list[int]:
    """A column of numbers as it lies in the file: one by one it costs ten times as much."""
    translate = getattr(column, "_translate", None)
    raw = column if translate is None else column.raw_column()
    there = min(raw._count, count)
    found = array(raw._typecode, raw._dbfile.get(raw._basepos, there * raw._fixedlen))
    if sys.byteorder == "little":
        found.byteswap()
    values = found.tolist() + [raw._default] * (count - there)
    return values if translate is None else list(map(translate, values))


def _cost(node: Node) -> int:
    return {Filter: 0, Phrase: 8, Not: 9}.get(type(node), 4)


def _union(sets: Iterable[Docs]) -> Docs:
    found = [one for one in sets if one]
    return found[0] if len(found) == 1 else frozenset().union(*found)


def _remembered(
    memory: "OrderedDict[tuple[str, str], Docs]", name: tuple[str, str], make: Callable[[], Docs]
) -> Docs:
    found = memory.get(name)
    if found is None:
        found = memory[name] = make()
        if len(memory) > MOST_REMEMBERED:
            memory.popitem(last=False)
    return found
