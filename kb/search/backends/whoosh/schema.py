"""What the index keeps of a document.

Text reaches Whoosh already cut into tokens (``kb.search.cut``), so what the index pickles is
Whoosh's own, and every backend cuts alike.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from whoosh.analysis import RegexTokenizer
from whoosh.fields import ID, KEYWORD, NUMERIC, STORED, TEXT, Schema

from kb.search.cut import Cut
from kb.search.document import Document

_BETWEEN = "\x1f"
NEVER = -(2**60)  # the date of what has none


def schema() -> Schema:
    tokens = RegexTokenizer(rf"[^{_BETWEEN}]+")

    def terms(**options: Any) -> KEYWORD:
        return KEYWORD(analyzer=tokens, **options)

    def number() -> NUMERIC:
        return NUMERIC(int, bits=64, signed=True, sortable=True)

    return Schema(
        key=ID(unique=True, stored=True),
        kind=STORED(),
        text=TEXT(analyzer=tokens, phrase=True),
        title=TEXT(analyzer=tokens, phrase=False),
        spoken=TEXT(analyzer=tokens, phrase=False),
        codes=terms(scorable=True),
        heads=terms(),
        terms=terms(),
        facets=terms(),
        date=number(),
        due=number(),
        weight=number(),
        kept=STORED(),
        marker=STORED(),
    )


def fields(document: Document) -> dict[str, Any]:
    """A document as the index takes it in."""
    cut = Cut(document)
    found = {
        "text": cut.text,
        "title": cut.title,
        "spoken": cut.spoken,
        "codes": cut.codes,
        "heads": cut.heads,
        "terms": cut.terms,
        "facets": cut.facets,
    }
    return {
        "key": document.key,
        "kind": document.kind,
        "date": _micros(document.date),
        "due": _micros(document.due),
        "weight": document.weight,
        "kept": _kept(document),
        "marker": document.marker(),
        **{name: _joined(values) for name, values in found.items()},
    }


def _micros(moment: datetime | None) -> int:
    return micros(moment) if moment else NEVER


def micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


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
