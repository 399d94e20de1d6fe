"""Finding: what was asked, of what the asker may see, asked again before it is shown."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.safestring import SafeString

from kb.accounts.models import User
from kb.search import fallback, spelling
from kb.search.backends import backend
from kb.search.backends.base import Hit, Hits, IndexUnavailable
from kb.search.document import principals_of
from kb.search.fields import COUNTED, FIELDS
from kb.search.language import Query, parse
from kb.search.registry import searchables
from kb.search.snippets import Marker
from kb.search.tree import Either, Every, Filter, Node, Not, either, every, plain_words


@dataclass(frozen=True, slots=True)
class Result:
    """One thing found.  ``headline`` and ``snippet`` are HTML with ``<mark>``, safe as it is.

    ``whole``: it has all the words; ``name`` is its key in the index.
    """

    kind: str
    label: str
    key: str
    name: str
    title: str
    headline: SafeString
    url: str
    snippet: SafeString
    date: datetime | None
    severity: str
    state: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A kind, and how many of it would be found."""

    kind: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Narrower:
    """A field, and how many of what was found have which value; ``typed`` is what asks for it."""

    field: str
    heading: str
    values: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Found:
    """``instead`` is what may have been meant.  ``note`` says that, and why, this is not all."""

    query: Query
    results: list[Result]
    total: int
    facets: list[Facet]
    narrower: list[Narrower]
    ignored: tuple[str, ...] = ()
    instead: str = ""
    note: str = ""

    @property
    def words_end(self) -> int:
        """How many results have all the words, where others follow; else nought."""
        if len(plain_words(self.query.tree)) < 2:
            return 0
        return next((n for n, one in enumerate(self.results) if not one.whole), 0)


def find(
    text: str,
    user: User,
    *,
    kinds: Iterable[str] = (),
    limit: int = 20,
    offset: int = 0,
    now: datetime | None = None,
    count: bool = True,
) -> Found:
    """What ``user`` may see of what ``text`` looks for.

    Words that make no sense are ignored and named.  Without words but with kinds: all of these,
    the newest first.  While there is no index, the database is looked through as far as a
    reader waits.
    """
    query = with_known_kinds(parse(text, now))
    chosen = frozenset(kinds)
    if query.is_empty and chosen and not text.strip():
        query = replace(query, kinds=chosen)
    principals = principals_of(user)
    hits, note = _hits(query, user, principals, chosen, limit, offset, count)
    seen = still_visible(hits.results, user)
    marker = Marker(query)
    instead = "" if note or not count else spelling.instead(text, query, principals)
    return Found(
        query=query,
        results=[_result(hit, marker) for hit in seen],
        total=max(hits.total - (len(hits.results) - len(seen)), 0),
        facets=_facets(hits.facets, chosen),
        narrower=_narrower(hits.narrower, query),
        ignored=query.ignored,
        instead=instead,
        note=note,
    )


def _hits(
    query: Query,
    user: User,
    principals: frozenset[str],
    chosen: frozenset[str],
    limit: int,
    offset: int,
    count: bool,
) -> tuple[Hits, str]:
    try:
        hits = backend().search(
            query,
            principals=principals,
            kinds=chosen,
            first=searchables.names(),
            limit=limit,
            offset=offset,
            count=count,
        )
    except IndexUnavailable:
        return fallback.look_through(query, user, kinds=chosen, limit=limit, offset=offset)
    return hits, ""


def like(key: str, user: User, *, kinds: Iterable[str] = (), limit: int = 20) -> Found | None:
    """What speaks of the same as the thing ``key``; ``None`` where the reader sees no such."""
    index = backend()
    try:
        itself = still_visible([hit for hit in (index.get(key),) if hit], user)
        if not itself:
            return None
        query = spelling.telling_words(itself[0], index)
        if query.is_empty:
            return Found(query, [], 0, [], [])
        hits = index.search(
            query,
            principals=principals_of(user),
            kinds=frozenset(kinds),
            first=searchables.names(),
            limit=limit + 1,
            count=False,
        )
    except IndexUnavailable:
        return Found(Query(""), [], 0, [], [], note=fallback.MEANWHILE)
    others = [hit for hit in still_visible(hits.results, user) if hit.key != key][:limit]
    marker = Marker(query)
    results = [replace(_result(hit, marker), whole=True) for hit in others]
    return Found(query, results, len(results), [], [])


def still_visible(hits: list[Hit], user: User) -> list[Hit]:
    """The index may be seconds behind: the database has the last word, one question a kind."""
    pks: dict[str, list[str]] = {}
    for hit in hits:
        pks.setdefault(hit.kind, []).append(_pk(hit))
    seen = {
        (kind, str(pk))
        for kind, wanted in pks.items()
        if kind in searchables
        for pk in searchables[kind]
        .visible(user)
        .filter(pk__in=wanted)
        .order_by()
        .values_list("pk", flat=True)
    }
    return [hit for hit in hits if (hit.kind, _pk(hit)) in seen]


def _pk(hit: Hit) -> str:
    return hit.key.partition(":")[2]


def _result(hit: Hit, marker: Marker) -> Result:
    return Result(
        kind=hit.kind,
        label=searchables[hit.kind].label,
        key=hit.natural_key,
        name=hit.key,
        title=hit.title,
        headline=marker.whole(hit.title),
        url=hit.url,
        snippet=marker.passage(hit.body),
        date=hit.date,
        severity=hit.severity,
        state=hit.state,
        whole=hit.whole,
    )


def _facets(counts: dict[str, int], chosen: frozenset[str]) -> list[Facet]:
    return [
        Facet(kind, searchables[kind].many(), counts.get(kind, 0), kind in chosen)
        for kind in searchables.names()
        if counts.get(kind) or kind in chosen
    ]


def _narrower(counts: dict[str, dict[str, int]], query: Query) -> list[Narrower]:
    """A field that everything found has the same value of narrows nothing."""
    return [
        Narrower(field, FIELDS[field].facet, list(values.items()))
        for field in COUNTED
        if len(values := counts.get(field, {})) > 1
    ]


def with_known_kinds(query: Query) -> Query:
    """``kind:hosts`` means hosts; a kind that is none is left out, with the ones there are."""
    names = {name: name for name in searchables.names()}
    for name, searchable in searchables.items():
        names.setdefault(searchable.many().lower(), name)
        names.setdefault(searchable.label.lower(), name)
    ignored = list(query.ignored)

    def known(kind: str) -> str | None:
        found = names.get(kind)
        if found is None:
            ignored.append(f"kind:{kind}: the kinds are {', '.join(searchables.names())}")
        return found

    def cleared(node: Node | None) -> Node | None:
        if isinstance(node, Filter) and node.field == "kind":
            found = known(node.value)
            return Filter("kind", found) if found else None
        if isinstance(node, Not):
            part = cleared(node.part)
            return Not(part) if part else None
        if isinstance(node, Either | Every):
            parts = [left for part in node.parts if (left := cleared(part))]
            return either(parts) if isinstance(node, Either) else every(parts)
        return node

    kinds = frozenset(filter(None, map(known, sorted(query.kinds))))
    return replace(query, tree=cleared(query.tree), kinds=kinds, ignored=tuple(ignored))
