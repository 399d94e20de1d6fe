"""The passage of a text that answers, with the words that were asked for marked.

Text is escaped piece by piece as the result is put together, so nothing in a document can
become markup.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from kb.search.language import Query
from kb.search.tree import Head, Phrase, Prefix, Stem, Word, asked
from kb.search.words import STOP_WORDS, WORD, fold, is_code, normal, stem, words

WIDTH = 240  # characters of a passage
BEFORE = 60  # of them before the first word found
LONGEST = 100_000  # characters that are looked at
MOST_SPANS = 400

Span = tuple[int, int]


class Marker:
    """Marks what one question looks for, in any number of texts."""

    def __init__(self, query: Query) -> None:
        self._stems: set[str] = set()
        self._stumps: list[str] = []
        self._known: dict[str, bool] = {}  # by word: texts say the same ones again and again
        codes: list[str] = []
        for clause in asked(query.tree):
            if isinstance(clause, Word):
                if is_code(clause.text):
                    codes.append(clause.text)
                else:
                    self._stems.add(stem(clause.text))
            elif isinstance(clause, Phrase):
                self._stems.update(stem(w) for w in words(clause.text) if w not in STOP_WORDS)
            elif isinstance(clause, Stem):
                self._stems.add(clause.text)
            elif isinstance(clause, Head):
                self._stumps.append(clause.text)
            elif isinstance(clause, Prefix):
                self._stumps.append(clause.text)
                if is_code(clause.text):
                    codes.append(clause.text)
        either = "|".join(re.escape(code) for code in codes)
        self._codes = re.compile(rf"(?<![^\W_])(?:{either})", re.IGNORECASE) if codes else None

    def whole(self, text: str) -> SafeString:
        """All of a short text."""
        text = normal(text)
        return _marked(text, self._spans(text))

    def passage(self, text: str) -> SafeString:
        """The part of a long text that holds most of what was asked; its beginning if none."""
        text = " ".join(normal(text[:LONGEST]).split())
        spans = self._spans(text)
        first = _best(text, spans)
        start = _word_start(text, max(0, first - BEFORE)) if first > BEFORE else 0
        end = _word_end(text, start + WIDTH)
        inside = [(a - start, b - start) for a, b in spans if a >= start and b <= end]
        found = _marked(text[start:end], inside)
        return mark_safe(  # noqa: S308  built from escaped pieces
            f"{'… ' if start else ''}{found}{' …' if end < len(text) else ''}"
        )

    def _spans(self, text: str) -> list[Span]:
        """Where something stands that was asked for, in order, without overlaps."""
        found = sorted(self._hits(text))
        spans: list[Span] = []
        for start, end in found[:MOST_SPANS]:
            if spans and start < spans[-1][1]:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        return spans

    def _hits(self, text: str) -> Iterator[Span]:
        if self._codes:
            yield from (match.span() for match in self._codes.finditer(text))
        if not self._stems and not self._stumps:
            return
        known = self._known
        for match in WORD.finditer(text):
            word = match[0]
            if word not in known:
                known[word] = self._is_asked(fold(word))
            if known[word]:
                yield match.span()

    def _is_asked(self, word: str) -> bool:
        return stem(word) in self._stems or any(map(word.startswith, self._stumps))


def _best(text: str, spans: list[Span]) -> int:
    """Where the passage with the most different words found begins."""
    best, most = 0, 0
    starts = [start for start, _ in spans]
    for number, start in enumerate(starts):
        last = bisect_left(starts, start + WIDTH - BEFORE)
        different = {stem(fold(text[a:b])) for a, b in spans[number:last]}
        if len(different) > most:
            best, most = start, len(different)
    return best


def _word_start(text: str, at: int) -> int:
    space = text.find(" ", at)
    return space + 1 if 0 <= space < at + 30 else at


def _word_end(text: str, at: int) -> int:
    if at >= len(text):
        return len(text)
    space = text.rfind(" ", at - 30, at)
    return space if space > 0 else at


def _marked(text: str, spans: list[Span]) -> SafeString:
    pieces, at = [], 0
    for start, end in spans:
        pieces += [escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>"]
        at = end
    pieces.append(escape(text[at:]))
    return mark_safe("".join(pieces))  # noqa: S308  built from escaped pieces
