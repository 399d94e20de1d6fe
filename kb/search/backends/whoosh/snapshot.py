"""One state of the index, opened for reading.  Used by one thread at a time.

Whoosh ranks nested queries wrongly when it may stop early (docs/search.md), so it is only asked
which documents a token is in, and how often.  What matches is worked out segment by segment as
sets of document numbers, and ranked by summing up the tokens: exact, whatever the limit, and
faster as well.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, compress, islice, repeat
from operator import add, neg
from typing import Any

from whoosh.reading import SegmentReader

from kb.search.backends.base import MOST_COUNTED, MOST_VALUES, Asked, Hit, Hits
from kb.search.backends.whoosh.segment import NONE, Docs, Memory, Segment
from kb.search.cut import NAME, SHORT, term
from kb.search.language import Query
from kb.search.ranking import CODES, K1, SPOKEN, TEXT, Order, Token, idf, tokens
from kb.search.tree import Every, Prefix, plain_words
from kb.search.tree import asked as asked_for
from kb.search.words import exact

TIE = 0.11  # scores that differ by more are never rounded to the same (``ranking.order``)
MOST_RANKED = 32  # of the words one beginning stands for, those that take part in ranking


class Snapshot:
    """``memories`` outlive it: a segment that is open already, and what was read of it, is the
    same in the next state.  What was taken out of it since is no part of the segment."""

    def __init__(self, index: Any, memories: dict[str, Memory]) -> None:
        contents = index._read_toc()
        self.generation = int(contents.generation)
        there = {one.segment_id(): one for one in contents.segments if one.doc_count_all()}
        for gone in memories.keys() - there.keys():
            memories.pop(gone).close()
        for name in there.keys() - memories.keys():
            memories[name] = Memory(SegmentReader(index.storage, contents.schema, there[name]))
        self._segments = [
            Segment(memories[name], frozenset(one.deleted_docs())) for name, one in there.items()
        ]

    def __len__(self) -> int:
        return self._everything - sum(len(segment.deleted) for segment in self._segments)

    def segments(self) -> int:
        return len(self._segments)

    @cached_property
    def _everything(self) -> int:
        return sum(len(segment) for segment in self._segments)

    def deleted_share(self) -> float:
        return 1 - len(self) / self._everything if self._everything else 0.0

    def markers(self) -> Iterator[tuple[str, str]]:
        for segment in self._segments:
            for number in range(len(segment)):
                if number not in segment.deleted:
                    kept = segment.stored(number)
                    yield kept["key"], kept["marker"]

    def search(self, asked: Asked) -> Hits:
        query, offset = asked.query, asked.offset
        if query.is_empty:
            return Hits()
        counts: Counter[str] = Counter()
        matches: list[_Match] = []
        for segment in self._segments:
            match = _Match.of(segment, query, asked.principals)
            counts.update({kind: len(ids & match.docs) for kind, ids in segment.kinds.items()})
            for some in asked.chosen:
                match.docs = match.docs & frozenset().union(
                    *(segment.kinds.get(kind, NONE) for kind in some)
                )
            matches.append(match)
        total = sum(len(match.docs) for match in matches)
        best = self._ranked(query, matches, asked.first, offset + asked.limit)
        return Hits(
            results=[_hit(segment, number, whole) for segment, number, whole in best[offset:]],
            total=total,
            facets={kind: n for kind, n in counts.items() if n},
            narrower=_narrower(matches) if asked.count and total <= MOST_COUNTED else {},
        )

    # --- words --------------------------------------------------------------------------------

    def values(self, field: str, stump: str, principals: frozenset[str], limit: int) -> list[str]:
        found: Counter[str] = Counter()
        for segment in self._segments:
            visible = segment.visible(principals)
            for text in islice(segment.expand("terms", term(field, stump)), 500):
                found[text.partition(":")[2]] += len(visible & segment.ids("terms", text))
        return [text for text, n in found.most_common(limit) if n]

    def spellings(self, letter: str, shortest: int, longest: int) -> set[str]:
        return {
            text
            for segment in self._segments
            for name in (SPOKEN, TEXT)
            for text in segment.expand(name, letter)
            if shortest <= len(text) <= longest
        }

    def frequencies(self, words: Iterable[str]) -> dict[str, int]:
        found = {word: self._frequency((TEXT, word)) for word in words}
        return {word: n for word, n in found.items() if n}

    def get(self, key: str) -> Hit | None:
        for segment in self._segments:
            for number in segment.ids("key", key) - segment.deleted:
                return _hit(segment, number, True)
        return None

    # --- order --------------------------------------------------------------------------------

    def _ranked(
        self, query: Query, matches: list["_Match"], kinds: dict[str, int], wanted: int
    ) -> list[tuple[Segment, int, bool]]:
        """Called exactly so; called so for short; with all the words; the rest."""
        say = self._tokens(query)
        said = [self._scores(match, say) for match in matches]
        tiers = [match.tiers(query) for match in matches]
        found: list[tuple[Segment, int, bool]] = []
        for number in range(4):
            left = wanted - len(found)
            if left <= 0:
                break
            best = [
                (place, match.segment, one)
                for match, scores, tier in zip(matches, said, tiers, strict=True)
                for place, one in _best(match.segment, tier[number], scores, left, bool(say))
            ]
            if number == 0:  # few, and in the order of their kinds
                last = len(kinds)
                best.sort(key=lambda b: (kinds.get(b[1].stored(b[2])["kind"], last), b[0]))
            else:
                best.sort(key=lambda b: b[0])
            whole = [tier[4] for tier in tiers]
            by_segment = {id(m.segment): w for m, w in zip(matches, whole, strict=True)}
            found += [(s, one, one in by_segment[id(s)]) for _, s, one in best[:left]]
        return found

    def _tokens(self, query: Query) -> dict[Token, float]:
        found = tokens(query.tree)
        for leaf in asked_for(query.tree):
            if isinstance(leaf, Prefix):
                for name in (TEXT, SPOKEN) if leaf.text.isalnum() else (CODES,):
                    several = (
                        text
                        for segment in self._segments
                        for text in islice(segment.expand(name, leaf.text), MOST_RANKED)
                    )
                    for text in sorted(set(several))[:MOST_RANKED]:
                        found[name, text] = found.get((name, text), 0.0) + 1.0
        return found

    def _scores(self, match: "_Match", say: Mapping[Token, float]) -> dict[int, float]:
        """What the tokens, each with its boost, say of each document that matches."""
        scores: dict[int, float] = {}
        segment = match.segment
        for (name, text), boost in say.items() if match.docs else ():
            ids, weights = segment.postings(name, text)
            if not ids:
                continue
            factor = boost * (K1 + 1) * idf(self._everything, self._frequency((name, text)))
            norms = self._norms(segment, name)
            told = [factor * w / (w + norms[one]) for one, w in zip(ids, weights, strict=True)]
            # What is said of others than those that match does no harm: nobody asks for it.
            if scores:
                before = map(scores.get, ids, repeat(0.0))
                scores.update(zip(ids, map(add, before, told), strict=True))
            else:
                scores = dict(zip(ids, told, strict=True))
        return scores

    @cached_property
    def _normed(self) -> dict[tuple[int, str], list[float]]:
        return {}

    def _norms(self, segment: Segment, name: str) -> list[float]:
        place = (id(segment), name)
        if place not in self._normed:
            length = sum(one.length(name) for one in self._segments)
            average = length / self._everything or 1.0
            self._normed[place] = segment.norms(name, average)
        return self._normed[place]

    @cached_property
    def _frequencies(self) -> dict[Token, int]:
        return {}

    def _frequency(self, token: Token) -> int:
        if token not in self._frequencies:
            self._frequencies[token] = sum(one.frequency(*token) for one in self._segments)
        return self._frequencies[token]


@dataclass(slots=True)
class _Match:
    """What one question finds in one segment, among what somebody may see."""

    segment: Segment
    docs: Docs
    names: Docs
    short: Docs

    @classmethod
    def of(cls, segment: Segment, query: Query, principals: frozenset[str]) -> "_Match":
        visible = segment.visible(principals)
        docs = visible if query.tree is None else segment.answers(query.tree, visible)
        called = {exact(query.name), exact(query.name.lstrip("@"))} - {""}

        def bearing(as_: str) -> Docs:
            return frozenset().union(*(segment.ids("terms", term(as_, name)) for name in called))

        names = bearing(NAME) & visible
        if query.only_words:
            docs = docs | names
        return cls(segment, docs, names, bearing(SHORT))

    def tiers(self, query: Query) -> tuple[Docs, Docs, Docs, Docs, Docs]:
        """Disjoint, the best first; and at the end all that have every plain word."""
        words = plain_words(query.tree)
        whole = self.segment.answers(Every(words), self.docs) if len(words) > 1 else self.docs
        exactly = self.docs & self.names
        shortly = (self.docs & self.short) - exactly
        named = exactly | shortly
        return exactly, shortly, whole - named, (self.docs - whole) - named, whole


def _best(
    segment: Segment, docs: Docs, scores: Mapping[int, float], limit: int, ranked: bool
) -> list[tuple[Order, int]]:
    """The first ``limit`` of ``docs`` by ``ranking.order``, worked out for all of them at once;
    where nothing is said of any, the newest."""
    if not docs:
        return []
    dates, weights = segment.column("date"), segment.column("weight")
    several, said = list(docs), list(map(scores.get, docs, repeat(0.0)))
    if len(several) > 4 * limit and ranked:
        # The full order costs more than the score, so it decides only between the best.
        least = heapq.nlargest(limit, said)[-1] - TIE
        kept = [one >= least for one in said]
        several, said = list(compress(several, kept)), list(compress(said, kept))
    heavy = map(weights.__getitem__, several) if ranked else repeat(0, len(several))
    placed = zip(
        [-round(one, 1) for one in said],
        map(neg, heavy),
        map(neg, map(dates.__getitem__, several)),
        several,
        strict=True,
    )
    return [((a, b, c), one) for a, b, c, one in heapq.nsmallest(limit, placed)]


def _narrower(matches: list[_Match]) -> dict[str, dict[str, int]]:
    counted: Counter[str] = Counter()
    for match in matches:
        facets = match.segment.facets()
        counted.update(chain.from_iterable(map(facets.get, match.docs, repeat(()))))
    found: dict[str, dict[str, int]] = {}
    for text, n in sorted(counted.items(), key=lambda one: (-one[1], one[0])):
        field, _, value = text.partition(":")
        values = found.setdefault(field, {})
        if len(values) < MOST_VALUES:
            values[value] = n
    return found


def _hit(segment: Segment, number: int, whole: bool) -> Hit:
    stored = segment.stored(number)
    return Hit(key=stored["key"], kind=stored["kind"], whole=whole, **stored["kept"])
