"""Words one may have meant, and words that tell what a text is about; out of the index."""

import re
from collections import Counter
from collections.abc import Iterable

from kb.search.backends import backend
from kb.search.backends.base import Backend, Hit, IndexUnavailable
from kb.search.language import Query
from kb.search.ranking import idf
from kb.search.tree import Any, Stem, Word, plain_words
from kb.search.words import stem, stems

SHORTEST = 4
MOST_TRIED = 6  # of the nearest words, how many are asked whether the reader sees any such thing
MOST_TELLING = 20
MOST_LOOKED_AT = 120  # words of a text
TOO_COMMON = 0.2  # share of all things above which a word tells nothing


def instead(text: str, query: Query, principals: frozenset[str]) -> str:
    """``text`` with other words for those that are in nothing the reader may see; or nothing."""
    index = backend()
    meant = text
    try:
        for leaf in plain_words(query.tree):
            if isinstance(leaf, Word) and _misspelt(leaf.text, index, principals):
                other = nearest(leaf.text, index, principals)
                if other:
                    meant = re.sub(rf"\b{re.escape(leaf.text)}\b", other, meant, flags=re.I)
    except IndexUnavailable:
        return ""
    return meant if meant != text else ""


def _misspelt(word: str, index: Backend, principals: frozenset[str]) -> bool:
    return len(word) >= SHORTEST and word.isalpha() and not _seen(word, index, principals)


def _seen(word: str, index: Backend, principals: frozenset[str]) -> int:
    one = Query("", Any((Word(word),)))
    return index.search(one, principals=principals, limit=0, count=False).total


def nearest(word: str, index: Backend, principals: frozenset[str]) -> str:
    """The word most like this one that is in something the reader may see."""
    allowed = 1 if len(word) < 6 else 2
    letters = dict.fromkeys((word[0], word[1]))
    known = {
        one
        for letter in letters
        for one in index.spellings(letter, len(word) - allowed, len(word) + allowed)
        if one.isalpha()
    }
    # A stem that is no word itself has its words among the others.
    said = {stem(one) for one in known if stem(one) != one}
    near = [
        (distance, one)
        for one in known
        if one not in said and (distance := edits(word, one, allowed)) <= allowed
    ]
    tried = [
        (distance, -found, one)
        for distance, one in sorted(near)[:MOST_TRIED]
        if (found := _seen(one, index, principals))
    ]
    return min(tried)[2] if tried else ""


def edits(one: str, other: str, most: int) -> int:
    """Letters to change, add, leave out or swap; more than ``most`` is told as ``most + 1``."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def telling_words(hit: Hit, index: Backend) -> Query:
    """What a thing is about: its words that are often here and seldom elsewhere."""
    counts = Counter([*stems(hit.title) * 3, *stems(hit.body[:20_000])])
    often = dict(counts.most_common(MOST_LOOKED_AT))
    size = index.size()
    return Query("", _telling(often, index.frequencies(often), size))


def _telling(often: dict[str, int], known: dict[str, int], size: int) -> Any | None:
    def says(word: str) -> float:
        return min(often[word], 5) * idf(size, known[word])

    rare = [w for w, n in known.items() if 1 < n <= max(size * TOO_COMMON, 5) and len(w) > 2]
    best: Iterable[str] = sorted(rare, key=lambda word: (-says(word), word))[:MOST_TELLING]
    found = tuple(Stem(word) for word in best)
    return Any(found) if found else None
