"""Answers while there is no index: the database is looked through, for as long as one waits.

Slower, without forms of rare and common words weighed, and perhaps not everything; the page says
so.  The index is made anew meanwhile.
"""

import heapq
import time
from collections import Counter
from collections.abc import Iterator, Set
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from kb.accounts.models import User
from kb.search.backends.base import Hit, Hits
from kb.search.cut import Cut
from kb.search.document import Document, principals_of
from kb.search.indexing import documents_of
from kb.search.language import Query
from kb.search.plain import Plain
from kb.search.ranking import order
from kb.search.registry import Searchable, searchables
from kb.search.tasks import reconcile_soon

SECONDS = 1.5
CHUNK = 100
MEANWHILE = "The index is being made anew."
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
Found = tuple[tuple[int, int, Any], Document, bool]


def look_through(
    query: Query, user: User, *, kinds: Set[str], limit: int, offset: int
) -> tuple[Hits, str]:
    """What answers ``query`` among what was looked at, and a note of how much that was."""
    reconcile_soon()
    if query.is_empty:
        return Hits(), MEANWHILE
    principals = principals_of(user)
    until = time.monotonic() + SECONDS
    places = {kind: place for place, kind in enumerate(searchables.names())}
    counts: Counter[str] = Counter()
    found: list[Found] = []
    looked, stopped = 0, False
    for document in _documents(user, kinds | query.kinds):
        if time.monotonic() > until:
            stopped = True
            break
        looked += 1
        plain = Plain(Cut(document))
        if plain.answers(query) and plain.may_be_found_by(principals):
            counts[document.kind] += 1
            found.append(_placed(plain, query, places))
    best = heapq.nsmallest(offset + limit, found, key=lambda one: one[0])
    hits = [_hit(document, whole) for _, document, whole in best[offset:]]
    few = f" Only the newest {looked} things were looked through." if stopped else ""
    note = f"{MEANWHILE} This is a plainer answer out of the database.{few}"
    return Hits(hits, len(found), dict(counts)), note


def _placed(plain: Plain, query: Query, places: dict[str, int]) -> Found:
    document = plain.document
    called = plain.called(query)
    date = (document.date or _LONG_AGO).timestamp()
    rank = order(plain.score(query), document.weight, date)
    return (called, places[document.kind] if called == 0 else 0, rank), document, called < 3


def _documents(user: User, kinds: Set[str]) -> Iterator[Document]:
    """The newest of every kind in turn, so that no kind is left out where time is short."""
    wanted = [one for one in searchables if not kinds or one.kind in kinds]
    streams = [_of(searchable, user) for searchable in wanted]
    while streams:
        for stream in list(streams):
            some = list(islice(stream, CHUNK))
            yield from some
            if len(some) < CHUNK:
                streams.remove(stream)


def _of(searchable: Searchable[Any], user: User) -> Iterator[Document]:
    mine = searchable.visible(user).order_by().values("pk")
    rows = searchable.queryset().filter(pk__in=mine).order_by("-pk")
    last = None
    while True:
        chunk = list((rows if last is None else rows.filter(pk__lt=last))[:CHUNK])
        yield from documents_of(searchable, chunk)
        if len(chunk) < CHUNK:
            return
        last = chunk[-1].pk


def _hit(document: Document, whole: bool) -> Hit:
    return Hit(
        key=document.key,
        kind=document.kind,
        natural_key=document.natural_key,
        title=document.title,
        url=document.url,
        body=document.body,
        date=document.date,
        severity=document.severity,
        state=document.state,
        whole=whole,
    )
