"""What the index keeps of a document, and how it weighs words.

Text reaches Whoosh already cut into tokens (``kb.search.words``), so what the index pickles is
Whoosh's own, and every backend cuts alike.
"""

from collections.abc import Iterable
from math import log
from typing import Any

from whoosh.analysis import RegexTokenizer
from whoosh.fields import ID, KEYWORD, NUMERIC, STORED, TEXT, Schema

from kb.search.document import Document
from kb.search.words import codes, exact, inflected, short_names, stems

# Raise it whenever the schema or the way text is cut changes: the index is then made anew.
VERSION = "2"

TITLE_BOOST = 0.5
_BETWEEN = "\x1f"


def schema() -> Schema:
    tokens = RegexTokenizer(rf"[^{_BETWEEN}]+")

    def terms(**options: Any) -> KEYWORD:
        return KEYWORD(analyzer=tokens, **options)

    return Schema(
        key=ID(unique=True, stored=True),
        kind=ID(stored=True),
        allowed=terms(),
        exact=terms(),
        short=terms(),
        text=TEXT(analyzer=tokens, phrase=True),
        title=TEXT(analyzer=tokens, phrase=False),
        inflected=TEXT(analyzer=tokens, phrase=False),
        codes=terms(scorable=True),
        host=terms(),
        service=terms(),
        tag=terms(),
        severity=terms(),
        state=terms(),
        date=NUMERIC(int, bits=64, signed=True, sortable=True),
        kept=STORED(),
        marker=STORED(),
    )


def fields(document: Document) -> dict[str, Any]:
    """A document as the index takes it in."""
    itself = [document.title, *document.names, document.natural_key, document.body]
    around = [document.severity, document.state, *document.tags, *document.services]
    searched = "\n".join(dict.fromkeys([*itself, *around, *document.hosts]))
    found = {
        "allowed": document.allowed,
        "exact": [exact(n) for n in (*document.names, document.natural_key, document.title)],
        "short": [exact(s) for name in document.names for s in short_names(name)],
        "text": stems(searched),
        "title": stems(document.title),
        "inflected": inflected(searched),
        "codes": codes(searched),
        "host": [h for name in document.hosts for h in _hosts(name)],
        "service": [service.lower() for service in document.services],
        "tag": [tag.lower() for tag in document.tags],
        "severity": [document.severity.lower()],
        "state": [document.state.lower()],
    }
    return {
        "key": document.key,
        "kind": document.kind,
        "date": int(document.date.timestamp()) if document.date else 0,
        "kept": _kept(document),
        "marker": document.marker(),
        **{name: _joined(values) for name, values in found.items()},
    }


def _hosts(name: str) -> list[str]:
    return [name.lower(), *(short.lower() for short in short_names(name))]


def _kept(document: Document) -> dict[str, Any]:
    return {
        "natural_key": document.natural_key,
        "title": document.title,
        "url": document.url,
        "body": document.body,
        "date": document.date,
        "severity": document.severity,
        "state": document.state,
    }


def _joined(tokens: Iterable[str]) -> str | None:
    return _BETWEEN.join(token for token in tokens if token) or None


def idf(documents: int, having: int) -> float:
    """How much a word says: Lucene's form, which is never negative, so a common word costs nothing.

    This and the constants below are measured (docs/search.md).
    """
    return log(1 + (documents - having + 0.5) / (having + 0.5))


B, K1 = 0.75, 1.6


def bm25(weight: float, length: float) -> float:
    """What ``weight`` occurrences say in a field of ``length``, as a share of the average field."""
    return weight * (K1 + 1) / (weight + K1 * (1 - B + B * length))
