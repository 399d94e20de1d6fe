"""What the index keeps of a document.

Text reaches Whoosh already cut into tokens (``kb.search.cut``), so every backend cuts alike.
"""

from datetime import datetime
from typing import Any

from whoosh.codec.whoosh3 import W3Codec
from whoosh.fields import ID, NUMERIC, STORED, Schema

from kb.search.backends.whoosh.places import Text, Tokens
from kb.search.cut import Cut
from kb.search.document import Document

NEVER = -(2**60)  # the date of what has none


def schema() -> Schema:
    def number() -> NUMERIC:
        return NUMERIC(int, bits=64, signed=True, sortable=True)

    return Schema(
        key=ID(unique=True, stored=True),
        kind=STORED(),
        text=Text(),
        title=Tokens(ranked=True),
        spoken=Tokens(ranked=True),
        codes=Tokens(ranked=True),
        heads=Tokens(),
        terms=Tokens(),
        facets=Tokens(),
        date=number(),
        due=number(),
        weight=number(),
        kept=STORED(),
        marker=STORED(),
    )


def codec() -> W3Codec:
    """Long blocks: whoever asks for a common word reads all of them."""
    return W3Codec(blocklimit=1024)


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
        **{name: [one for one in tokens if one] for name, tokens in found.items()},
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
