"""What a question means, said without any index: one document, yes or no.

Slow and plain.  The backends are tested against it, and it answers while there is no index.
"""

from datetime import datetime

from kb.search.cut import NAME, SHORT, WHO, Cut, term
from kb.search.language import Query
from kb.search.ranking import bm25, spelt_apart, tokens
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
    plain_words,
)
from kb.search.words import STOP_WORDS, exact, is_code, stem, stems


class Plain:
    """One document, ready to be asked."""

    def __init__(self, cut: Cut) -> None:
        self.document = cut.document
        self.facets = cut.facets
        self.text = cut.text
        self.fields = {
            "text": cut.text,
            "title": cut.title,
            "spoken": cut.spoken,
            "codes": cut.codes,
        }
        self._stems, self._spoken = set(cut.text), set(cut.spoken)
        self._codes, self._heads, self._terms = set(cut.codes), cut.heads, set(cut.terms)

    def answers(self, query: Query) -> bool:
        """Whether it is among what ``query`` finds, whoever asks."""
        if query.kinds and self.document.kind not in query.kinds:
            return False
        if query.tree is None or self.has(query.tree):
            return True
        return query.only_words and self.called(query) == 0

    def may_be_found_by(self, principals: frozenset[str]) -> bool:
        return any(term(WHO, one) in self._terms for one in principals)

    def called(self, query: Query) -> int:
        """0: exactly as was asked; 1: so for short; 2: has all the words; 3: the rest."""
        names = {exact(query.name), exact(query.name.lstrip("@"))} - {""}
        if any(term(NAME, name) in self._terms for name in names):
            return 0
        if any(term(SHORT, name) in self._terms for name in names):
            return 1
        return 2 if all(map(self.has, plain_words(query.tree))) else 3

    def score(self, query: Query) -> float:
        """As the indexes rank, as far as one document can tell: no word is rarer than another."""
        found = 0.0
        for (where, token), boost in tokens(query.tree).items():
            if weight := self.fields[where].count(token):
                found += boost * bm25(weight, 1.0)
        return found

    def has(self, node: Node) -> bool:
        if isinstance(node, Any | Either):
            return any(map(self.has, node.parts))
        if isinstance(node, Every):
            return all(map(self.has, node.parts))
        if isinstance(node, Not):
            return not self.has(node.part)
        if isinstance(node, Word):
            return self._word(node.text)
        if isinstance(node, Prefix):
            return self._prefix(node.text)
        if isinstance(node, Phrase):
            return self._together(stems(node.text))
        if isinstance(node, Stem):
            return node.text in self._stems
        if isinstance(node, Head):
            return any(head.startswith(node.text) for head in self._heads)
        if isinstance(node, Filter):
            wanted = term(node.field, node.value)
            if node.begins:
                return any(one.startswith(wanted) for one in self._terms)
            return wanted in self._terms
        return self._in_time(node)

    def _in_time(self, node: Period | Due) -> bool:
        if isinstance(node, Due):
            return self.document.due is not None and self.document.due < node.before
        date: datetime | None = self.document.date
        if date is None:
            return False
        return (node.start is None or date >= node.start) and (node.end is None or date < node.end)

    def _word(self, text: str) -> bool:
        if is_code(text):
            return text in self._codes or (spelt_apart(text) and self._together(stems(text)))
        if text in STOP_WORDS:
            return text in self._spoken
        return stem(text) in self._stems or text in self._codes

    def _prefix(self, stump: str) -> bool:
        if stump.isalnum():
            return any(one.startswith(stump) for one in self._stems | self._spoken)
        return any(one.startswith(stump) for one in self._codes)

    def _together(self, wanted: list[str]) -> bool:
        length = len(wanted)
        return bool(wanted) and any(
            self.text[at : at + length] == wanted for at in range(len(self.text) - length + 1)
        )
