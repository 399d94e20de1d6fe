"""One state of the index, opened for reading.  Used by one thread at a time.

Whoosh ranks nested queries wrongly when it may stop early (docs/search.md), so it is only asked
which documents a term is in, and how often.  What matches is worked out here as sets of document
numbers, and ranked by summing up the terms: exact, whatever the limit, and faster as well.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from whoosh.query import Phrase

from kb.search.backends.base import Hit, Hits
from kb.search.backends.whoosh.schema import TITLE_BOOST, bm25, idf
from kb.search.language import Clause, Filter, Prefix, Query, Word
from kb.search.language import Phrase as Quoted
from kb.search.words import STOP_WORDS, exact, is_code, stem, stems, words

Docs = Set[int]
Terms = Mapping[tuple[str, str], float]
MOST_EXPANSIONS = 200  # words that one prefix stands for
MOST_RANKED = 32  # of them that take part in ranking


class Snapshot:
    def __init__(self, searcher: Any) -> None:
        self._searcher = searcher
        self._reader = searcher.reader()
        self._visible = lru_cache(maxsize=64)(self._allowed_to)

    def close(self) -> None:
        self._searcher.close()

    def __len__(self) -> int:
        return int(self._reader.doc_count())

    def segments(self) -> int:
        return len(self._reader.leaf_readers())

    def deleted_share(self) -> float:
        everything = self._reader.doc_count_all()
        return 1 - len(self) / everything if everything else 0.0

    def markers(self) -> Iterator[tuple[str, str]]:
        for number in self._reader.all_doc_ids():
            kept = self._reader.stored_fields(number)
            yield kept["key"], kept["marker"]

    def search(
        self,
        query: Query,
        principals: frozenset[str],
        kinds: Set[str],
        first: Sequence[str],
        limit: int,
        offset: int,
    ) -> Hits:
        if query.is_empty or not len(self):
            return Hits()
        match = _Match(self, query, self._visible(principals))
        by_kind = {kind: ids & match.docs for kind, ids in self._kinds.items()}
        docs = match.docs
        for chosen in (kinds, query.filters().get("kind", set())):
            if chosen:
                docs = docs & frozenset().union(*(by_kind.get(kind, set()) for kind in chosen))
        order = {kind: place for place, kind in enumerate(first)}
        wanted = offset + limit
        best = islice(match.best(docs, order, wanted), offset, wanted)
        return Hits(
            results=[self._hit(number) for number in best],
            total=len(docs),
            facets={kind: len(found) for kind, found in by_kind.items() if found},
        )

    # --- what one term, phrase or beginning is found in ---------------------------------------

    def has(self, field: str, text: str) -> bool:
        return bool(text) and (field, text) in self._reader

    def ids(self, field: str, text: str) -> Docs:
        if not self.has(field, text):
            return frozenset()
        return set(self._reader.postings(field, text).all_ids())

    def phrase(self, text: str) -> Docs:
        together = stems(text)
        if not together or not all(self.has("text", word) for word in together):
            return frozenset()
        if len(together) == 1:
            return self.ids("text", together[0])
        return set(self._searcher.docs_for_query(Phrase("text", together)))

    def expand(self, field: str, stump: str) -> list[str]:
        found = islice(self._reader.expand_prefix(field, stump), MOST_EXPANSIONS)
        return [text.decode() if isinstance(text, bytes) else text for text in found]

    # --- order --------------------------------------------------------------------------------

    def scores(self, terms: Terms, docs: Docs) -> dict[int, float]:
        """What ``terms``, each with its boost, say of each of ``docs``."""
        scores: defaultdict[int, float] = defaultdict(float)
        for (field, text), boost in terms.items():
            if self.has(field, text):
                for number, score in self._scores(field, text, docs):
                    scores[number] += boost * score
        return scores

    def _scores(self, field: str, text: str, docs: Docs) -> Iterator[tuple[int, float]]:
        everything = self._reader.doc_count_all()
        rarity = idf(everything, self._reader.doc_frequency(field, text))
        average = self._reader.field_length(field) / everything or 1.0
        for leaf, offset in self._reader.leaf_readers():
            if (field, text) not in leaf:
                continue
            matcher, length = leaf.postings(field, text), leaf.doc_field_length
            while matcher.is_active():
                number = matcher.id()
                if number + offset in docs:
                    share = length(number, field, 1) / average
                    yield number + offset, rarity * bm25(matcher.weight(), share)
                matcher.next()

    def best(self, docs: Docs, scores: Mapping[int, float], limit: int) -> list[int]:
        """The best ``limit`` of ``docs``; where nothing is said of any, the newest."""
        if not docs or limit <= 0:
            return []
        if not scores:
            dates = self._reader.column_reader("date")
            return heapq.nsmallest(limit, docs, key=lambda number: (-dates[number], number))
        return heapq.nsmallest(limit, docs, key=lambda number: (-scores.get(number, 0.0), number))

    def kind_of(self, number: int) -> str:
        return str(self._reader.stored_fields(number)["kind"])

    def _hit(self, number: int) -> Hit:
        stored = self._reader.stored_fields(number)
        return Hit(key=stored["key"], kind=stored["kind"], **stored["kept"])

    @cached_property
    def _kinds(self) -> dict[str, Docs]:
        """The documents of each kind; asked for with every question, so read once."""
        kinds = (kind.decode() for kind in self._reader.lexicon("kind"))
        return {kind: frozenset(self.ids("kind", kind)) for kind in kinds}

    def _allowed_to(self, principals: frozenset[str]) -> Docs:
        return frozenset().union(*(self.ids("allowed", one) for one in principals))


class _Match:
    """What one question finds among the documents somebody may see, and in which order."""

    def __init__(self, index: Snapshot, query: Query, visible: Docs) -> None:
        self._index = index
        self._query = query
        self._terms: dict[tuple[str, str], float] = {}
        loose = [self._loose(c) for c in query.wanted if isinstance(c, Word | Prefix)]
        docs = visible & frozenset().union(*loose) if loose else visible
        for clause in query.wanted:
            if isinstance(clause, Quoted):
                docs = docs & self._strict(clause)
                self._rank_by_text(stems(clause.text))
        for field, values in query.filters().items():
            if field != "kind":  # applied later, so that the other kinds can be counted
                docs = docs & frozenset().union(*(index.ids(field, v) for v in values))
        for clause in query.unwanted:
            docs = docs - self._strict(clause)
        self._names = self._called(lambda name: index.ids("exact", exact(name)))
        if all(isinstance(clause, Word) for clause in query.wanted) and not query.unwanted:
            docs = docs | (self._names & visible)
        self.docs = docs
        found = [ids for ids in loose if ids]
        self._all = frozenset(found[0]).intersection(*found[1:]) if found else frozenset()

    def best(self, docs: Docs, kinds: dict[str, int], limit: int) -> Iterator[int]:
        """Called exactly so; called so for short; with all the words; the rest."""
        index = self._index
        scores = index.scores(self._terms, docs)
        names = self._names & docs
        if names:
            order, last = index.best(names, scores, len(names)), len(kinds)
            yield from sorted(order, key=lambda number: kinds.get(index.kind_of(number), last))
        limit, docs = limit - len(names), docs - names
        short = self._called(lambda name: index.ids("short", exact(name)))
        for tier in (short, self._all, docs):
            found = index.best(tier & docs, scores, limit)
            yield from found
            limit, docs = limit - len(found), docs - tier

    def _called(self, ids: Callable[[str], Docs]) -> Docs:
        """What bears all that was typed as its name."""
        name = self._query.name
        return ids(name) | ids(name.lstrip("@"))

    def _loose(self, clause: Word | Prefix) -> Docs:
        """Where this word is found; remembers by which terms to rank."""
        if isinstance(clause, Prefix):
            return self._beginning(clause)
        if is_code(clause.text):
            return self._code(clause.text)
        if clause.text in STOP_WORDS:
            self._rank("inflected", clause.text)
            return self._index.ids("inflected", clause.text)
        self._rank_by_text([stem(clause.text)])
        return self._index.ids("text", stem(clause.text))

    def _code(self, text: str) -> Docs:
        self._rank("codes", text)
        found = self._index.ids("codes", text)
        # "off-host" may be written "off host"; of "10.0.3" the numbers alone mean nothing.
        if not found or all(word.isalpha() for word in words(text)):
            self._rank_by_text(stems(text))
            found = found | self._index.phrase(text)
        return found

    def _beginning(self, clause: Prefix) -> Docs:
        fields = ("text", "inflected") if clause.text.isalnum() else ("codes",)
        found = [
            (field, text) for field in fields for text in self._index.expand(field, clause.text)
        ]
        for field, text in found[:MOST_RANKED]:
            self._rank(field, text)
        return frozenset().union(*(self._index.ids(field, text) for field, text in found))

    def _strict(self, clause: Clause) -> Docs:
        """Exactly what the clause says, for what must or must not be."""
        if isinstance(clause, Filter):
            return self._index.ids(clause.field, clause.value)
        if isinstance(clause, Quoted):
            return self._index.phrase(clause.text)
        terms, self._terms = self._terms, {}
        found = self._loose(clause)
        self._terms = terms
        return found

    def _rank(self, field: str, text: str, boost: float = 1.0) -> None:
        # A word that was typed twice counts twice.
        self._terms[field, text] = self._terms.get((field, text), 0.0) + boost

    def _rank_by_text(self, found: Iterable[str]) -> None:
        for word in found:
            self._rank("text", word)
            self._rank("title", word, TITLE_BOOST)
