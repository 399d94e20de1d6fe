"""Finding: what was asked, of what the asker may see, asked again before it is shown."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.safestring import SafeString

from kb.accounts.models import User
from kb.search.backends import backend
from kb.search.backends.base import Hit
from kb.search.document import principals_of
from kb.search.language import Clause, Filter, Query, parse
from kb.search.registry import searchables
from kb.search.snippets import Marker


@dataclass(frozen=True, slots=True)
class Result:
    """One thing found.  ``headline`` and ``snippet`` are HTML with ``<mark>``, safe as it is."""

    kind: str
    label: str
    key: str
    title: str
    headline: SafeString
    url: str
    snippet: SafeString
    date: datetime | None
    severity: str
    state: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A kind, and how many of it would be found."""

    kind: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Found:
    query: Query
    results: list[Result]
    total: int
    facets: list[Facet]
    ignored: tuple[str, ...] = ()


def find(
    text: str, user: User, *, kinds: Iterable[str] = (), limit: int = 20, offset: int = 0
) -> Found:
    """What ``user`` may see of what ``text`` looks for.  Raises ``IndexUnavailable``.

    Words that make no sense are ignored and named.  Without words but with kinds: all of these,
    the newest first.
    """
    query = _with_known_kinds(parse(text))
    chosen = frozenset(kinds)
    if query.is_empty and chosen and not text.strip():
        query = replace(query, wanted=tuple(Filter("kind", kind) for kind in sorted(chosen)))
    hits = backend().search(
        query,
        principals=principals_of(user),
        kinds=chosen,
        first=searchables.names(),
        limit=limit,
        offset=offset,
    )
    seen = _still_visible(hits.results, user)
    marker = Marker(query)
    return Found(
        query=query,
        results=[_result(hit, marker) for hit in seen],
        total=hits.total - (len(hits.results) - len(seen)),
        facets=_facets(hits.facets, chosen),
        ignored=query.ignored,
    )


def _still_visible(hits: list[Hit], user: User) -> list[Hit]:
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
        title=hit.title,
        headline=marker.whole(hit.title),
        url=hit.url,
        snippet=marker.passage(hit.body),
        date=hit.date,
        severity=hit.severity,
        state=hit.state,
    )


def _facets(counts: dict[str, int], chosen: frozenset[str]) -> list[Facet]:
    return [
        Facet(kind, searchables[kind].many(), counts.get(kind, 0), kind in chosen)
        for kind in searchables.names()
        if counts.get(kind) or kind in chosen
    ]


def _with_known_kinds(query: Query) -> Query:
    """``kind:hosts`` means hosts; a kind that is none is left out, with the ones there are."""
    names = {name: name for name in searchables.names()}
    for name, searchable in searchables.items():
        names.setdefault(searchable.many().lower(), name)
        names.setdefault(searchable.label.lower(), name)
    ignored = list(query.ignored)

    def known(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
        kept: list[Clause] = []
        for clause in clauses:
            if not (isinstance(clause, Filter) and clause.field == "kind"):
                kept.append(clause)
            elif clause.value in names:
                kept.append(Filter("kind", names[clause.value]))
            else:
                there = ", ".join(searchables.names())
                ignored.append(f"kind:{clause.value}: the kinds are {there}")
        return tuple(kept)

    wanted, unwanted = known(query.wanted), known(query.unwanted)
    return replace(query, wanted=wanted, unwanted=unwanted, ignored=tuple(ignored))
