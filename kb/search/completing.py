"""What one may be about to type: names and titles that begin so, values of fields, tags."""

from dataclasses import dataclass

from kb.accounts.models import User
from kb.search.backends import backend
from kb.search.backends.base import Hit, IndexUnavailable
from kb.search.document import principals_of
from kb.search.fields import COUNTED, DATES, FIELDS
from kb.search.find import still_visible
from kb.search.language import Query
from kb.search.registry import searchables
from kb.search.tree import Head, every
from kb.search.words import exact

SHORTEST = 2
LONGEST = 100
MOST_LOOKED_AT = 24


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``url`` leads to a thing; without one, ``text`` is the question to ask."""

    text: str
    kind: str
    about: str
    url: str = ""


def suggestions(text: str, user: User, limit: int = 8) -> list[Suggestion]:
    """The best for what stands in the box; nothing while there is no index."""
    text = text[-LONGEST:].lstrip()
    before, _, last = text.rpartition(" ")
    principals = principals_of(user)
    try:
        field, colon, stump = last.partition(":")
        if colon and field.lower() in FIELDS:
            return _values(before, field.lower(), stump, principals, limit)
        if len(text.strip()) < SHORTEST:
            return []
        things = _things(text, user, principals, limit)
        tags = _values(before, "tag", last, principals, 2) if len(last) >= SHORTEST else []
    except IndexUnavailable:
        return []
    fields = [
        Suggestion(_asking(before, f"{name}:"), "field", FIELDS[name].says)
        for name in FIELDS
        if len(last) >= SHORTEST and name.startswith(last.lower())
    ]
    return [*things[: limit - len(tags) - len(fields)], *tags, *fields]


def _things(text: str, user: User, principals: frozenset[str], limit: int) -> list[Suggestion]:
    words = [Head(word) for word in exact(text.replace("@", " ")).split()][:8]
    query = Query(text, every(list(words)))
    hits = backend().search(
        query,
        principals=principals,
        first=searchables.names(),
        limit=MOST_LOOKED_AT,
        count=False,
    )
    begun = exact(text.lstrip("@"))
    order = {kind: place for place, kind in enumerate(searchables.names())}

    def place(hit: Hit) -> tuple[bool, int, int]:
        begins = exact(hit.title).startswith(begun)
        # Of what begins so, the shortest: "robert" before "robert.php".
        return not begins, order.get(hit.kind, len(order)), len(hit.title) if begins else 0

    exactly = hits.results[:1] if hits.results and _called(hits.results[0], begun) else []
    rest = sorted(hits.results[len(exactly) :], key=place)
    return [
        Suggestion(
            f"#{hit.natural_key} {hit.title}" if hit.natural_key.isdigit() else hit.title,
            hit.kind,
            searchables[hit.kind].label,
            hit.url,
        )
        for hit in still_visible([*exactly, *rest][:limit], user)
    ]


def _called(hit: Hit, name: str) -> bool:
    return exact(hit.title) == name or hit.natural_key == name.lstrip("#")


def _values(
    before: str, field: str, stump: str, principals: frozenset[str], limit: int
) -> list[Suggestion]:
    known: list[str] | tuple[str, ...]
    if field == "kind":
        known = [kind for kind in searchables.names() if kind.startswith(stump.lower())]
    elif field in DATES:
        known = [] if stump else ["today", "yesterday", "7d", "30d", "1y"]
    elif FIELDS[field].values:
        known = [value for value in FIELDS[field].values if value.startswith(stump.lower())]
    elif field in COUNTED:
        known = backend().values(field, stump.strip('"'), principals, limit)
    else:
        known = []
    label = FIELDS[field].facet or FIELDS[field].says
    return [
        Suggestion(_asking(before, asking(field, value)), "field", label) for value in known[:limit]
    ]


def asking(field: str, value: str) -> str:
    """What has to be typed to ask for this value."""
    return f'{field}:"{value}"' if " " in value else f"{field}:{value}"


def _asking(before: str, last: str) -> str:
    return f"{before} {last}".strip()
