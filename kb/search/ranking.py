"""How much a word says, and which of two things goes first: the same for every backend.

The form and the constants are measured (docs/search.md).
"""

from collections.abc import Iterable
from math import log

from kb.search.tree import Node, Phrase, Stem, Word, asked
from kb.search.words import STOP_WORDS, is_code, stem, stems, words

B, K1 = 0.75, 1.6
TITLE_BOOST = 0.5

# Where a token is looked up.
TEXT, TITLE, SPOKEN, CODES = "text", "title", "spoken", "codes"
Token = tuple[str, str]


def idf(documents: int, having: int) -> float:
    """How rare a word is: Lucene's form, never negative, so a common word costs nothing."""
    return log(1 + (documents - having + 0.5) / (having + 0.5))


def bm25(weight: float, length: float) -> float:
    """What ``weight`` occurrences say in a field of ``length``, as a share of the average field."""
    return weight * (K1 + 1) / (weight + K1 * (1 - B + B * length))


def tokens(tree: Node | None) -> dict[Token, float]:
    """By what to rank, with a boost each; a word that was typed twice counts twice.

    Beginnings are left to the backend, which knows the words there are.
    """
    found: dict[Token, float] = {}

    def add(where: str, token: str, boost: float = 1.0) -> None:
        found[where, token] = found.get((where, token), 0.0) + boost

    for leaf in asked(tree):
        for word in _ranked_by(leaf):
            add(TEXT, word)
            add(TITLE, word, TITLE_BOOST)
        if isinstance(leaf, Word):
            if is_code(leaf.text):
                add(CODES, leaf.text)
            elif leaf.text in STOP_WORDS:
                add(SPOKEN, leaf.text)
    return found


def _ranked_by(leaf: Node) -> Iterable[str]:
    if isinstance(leaf, Phrase):
        return stems(leaf.text)
    if isinstance(leaf, Stem):
        return [leaf.text]
    if isinstance(leaf, Word) and is_code(leaf.text):
        return stems(leaf.text) if spelt_apart(leaf.text) else []
    if isinstance(leaf, Word) and leaf.text not in STOP_WORDS:
        return [stem(leaf.text)]
    return []


def spelt_apart(code: str) -> bool:
    """Whether a code may be written as words: ``off-host``; of ``10.0.3`` numbers say nothing."""
    return all(part.isalpha() and part not in STOP_WORDS for part in words(code))


Order = tuple[float, int, float]


def order(score: float, weight: int, date: float) -> Order:
    """Smaller goes first.  Scores that differ by nothing one could feel are a tie, which the
    weightier and then the newer wins."""
    return (-round(score, 1), -weight, -date)
