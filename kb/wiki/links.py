"""Where the short links in a text lead: ``@robert``, ``#12``, ``[[page]]``, ``[[lesson:slug]]``.

A saved text keeps its links as they were typed; rows of ``Link`` hold, by id, what each of them
meant.  So a rename rewrites no text and breaks none, and who newly takes an old name takes no
links with it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import slugify

from kb.accounts.models import User
from kb.web.registry import Registry
from kb.wiki.models import Link, OldName, Page
from kb.wiki.references import Reference

MOST_SUGGESTED = 8


@dataclass(frozen=True, slots=True)
class Target:
    """Where a short link leads, the name of what is there, and its name with the sign (``@x``)."""

    url: str
    title: str
    sign: str = ""


@dataclass(frozen=True, slots=True)
class LinkKind:
    """How texts name the things of one kind, and what a reader gets to see of them.

    ``name`` and ``title`` are columns; readers see what ``model.objects.visible_to`` gives.
    ``create`` gives the address of a filled-in form for a name that leads nowhere yet; a kind
    without one shows such a name as plain text.  ``view`` is the page, whose one argument is the
    name.  ``written`` is the short link to a row (``name, title`` → text).
    """

    label: str
    model: type[Model]
    view: str
    written: Callable[[str, str], str]
    name: str = "slug"
    title: str = "title"
    shown: Callable[[str, str], str] = lambda name, title: title
    sign: str = ""
    create: Callable[[str], str] | None = None
    normal: Callable[[str], str] = str
    by_title: bool = False  # a text may also name it by its whole title
    has_pages: bool = True  # a page may be about one; not where some may not even know of it
    #: Former names → primary keys, where the room keeps them itself.
    former: Callable[[set[str]], dict[str, int]] | None = None
    #: The other way round: the names, as one column, that the row of a primary key bore before.
    names_before: Callable[[int], QuerySet[Any]] | None = None

    def visible(self, user: User) -> QuerySet[Any]:
        manager: Any = self.model._default_manager
        rows: QuerySet[Any] = manager.visible_to(user)
        return rows

    def target(self, name: str, title: str) -> Target:
        sign = f"{self.sign}{name}" if self.sign else ""
        return Target(reverse(self.view, args=[name]), self.shown(name, title), sign)

    def named(self, keys: Iterable[str]) -> Q:
        """The rows that these keys may name."""
        names = {self.normal(key) for key in keys}
        if self.name == "pk":
            names = {name for name in names if name.isdecimal() and len(name) < 10}
        found = Q(**{f"{self.name}__in": names})
        return found | Q(**{f"{self.title}__in": set(keys)}) if self.by_title else found

    def column(self, name: str) -> str:
        """Of a search by name: numbers are searched as text."""
        return f"{self.name}__startswith" if self.name == "pk" else f"{name}__icontains"


#: ``host`` for ``@name``, ``incident`` for ``#12``, ``page`` for ``[[name]]``; every kind by
#: ``[[kind:key]]``.  Higher rooms add theirs in ``links.py``.
link_targets: Registry[LinkKind] = Registry("kind of link")

Found = dict[tuple[str, str], Target]
Row = tuple[int, str, str]  # primary key, name, title


# --- from a text to what it names -------------------------------------------------------------


def find(wanted: Iterable[Reference], user: User, *, home: str = "") -> Found:
    """What these links mean to this reader: by id where ``home`` was saved with them, else by name.

    Two queries, and one for each kind of link that occurs.
    """
    keys = _by_kind((one.kind, one.key) for one in wanted)
    meant = meanings(home) if home else {}
    found, lost = _look(keys, meant, lambda kind: kind.visible(user))
    former = _former(lost)
    again, _ = _look(_by_kind(former), former, lambda kind: kind.visible(user))
    return {
        key: link_targets[key[0]].target(name, title)
        for key, (_, name, title) in (found | again).items()
    }


def identify(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The primary keys of what these ``(kind, key)`` name at present, whoever asks."""
    found, lost = _look(_by_kind(wanted), {}, lambda kind: kind.model._default_manager.all())
    return {key: pk for key, (pk, _, _) in found.items()} | _former(lost)


def meanings(home: str) -> dict[tuple[str, str], int]:
    """What the links in the saved texts of a thing meant: ``(kind, key)`` → primary key."""
    kind, _, pk = home.partition(":")
    rows = Link.objects.filter(home_kind=kind, home_id=int(pk), target_id__isnull=False)
    found = rows.values_list("kind", "key", "target_id")
    return {(of, key): target for of, key, target in found if target is not None}


def targets(kind: str, pks: Iterable[int], user: User) -> dict[int, Target]:
    """Where these things of one kind are, those that the reader may see."""
    entry = link_targets.get(kind)
    if entry is None:
        return {}
    rows = entry.visible(user).filter(pk__in=set(pks)).values_list("pk", entry.name, entry.title)
    return {pk: entry.target(str(name), title) for pk, name, title in rows}


def _by_kind(wanted: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    keys: dict[str, set[str]] = {}
    for kind, key in wanted:
        if kind in link_targets:
            keys.setdefault(kind, set()).add(key)
    return keys


def _look(
    keys: dict[str, set[str]],
    meant: dict[tuple[str, str], int],
    rows_of: Callable[[LinkKind], QuerySet[Any]],
) -> tuple[dict[tuple[str, str], Row], list[tuple[str, str]]]:
    """The rows that keys mean (first) or name (else), and the keys that are left over."""
    found: dict[tuple[str, str], Row] = {}
    lost: list[tuple[str, str]] = []
    for name, wanted in keys.items():
        kind = link_targets[name]
        ids = {meant[name, key] for key in wanted if (name, key) in meant}
        rows = rows_of(kind).filter(Q(pk__in=ids) | kind.named(wanted))
        by_id, by_name, by_title = {}, {}, {}
        for pk, called, title in rows.values_list("pk", kind.name, kind.title):
            row = (pk, str(called), title)
            by_id[pk], by_name[str(called)], by_title[title] = row, row, row
        for key in wanted:
            row_ = by_id.get(meant.get((name, key), 0)) or by_name.get(kind.normal(key))
            row_ = row_ or (by_title.get(key) if kind.by_title else None)
            if row_:
                found[name, key] = row_
            else:
                lost.append((name, key))
    return found, lost


def _former(lost: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """What used to bear these names."""
    found: dict[tuple[str, str], int] = {}
    names: dict[tuple[str, str], tuple[str, str]] = {}
    for name, keys in _by_kind(lost).items():
        entry = link_targets[name]
        if entry.former:
            found |= {(name, key): pk for key, pk in entry.former(keys).items()}
        else:
            names |= {(name, entry.normal(key)): (name, key) for key in keys}
    if not names:
        return found
    rows = OldName.objects.filter(
        kind__in={kind for kind, _ in names}, name__in={name for _, name in names}
    )
    return found | {
        names[kind, name]: target
        for kind, name, target in rows.values_list("kind", "name", "target_id")
        if (kind, name) in names
    }


# --- while somebody types ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``text`` is what to write; ``title`` and ``kind`` what it is."""

    text: str
    title: str
    kind: str


def suggest(sign: str, typed: str, user: User) -> list[Suggestion]:
    """What a reader may mean by ``@typed``, ``#typed`` or ``[[typed``; the likeliest first."""
    kinds, words = _kinds_for(sign, typed)
    wanted = words.split()[:6]
    found: list[tuple[bool, Suggestion]] = []
    for name in kinds:
        kind = link_targets[name]
        for _, called, title in _matching(kind, wanted, user):
            begins = f"{called} {title}".casefold().startswith(words.casefold())
            text = kind.written(str(called), title)
            found.append((begins, Suggestion(text, kind.shown(str(called), title), kind.label)))
    found.sort(key=lambda one: (not one[0], _rank(one[1], kinds), one[1].title))
    return [suggestion for _, suggestion in found[:MOST_SUGGESTED]]


def _rank(suggestion: Suggestion, kinds: list[str]) -> int:
    labels = [link_targets[name].label for name in kinds]
    return labels.index(suggestion.kind)


def _kinds_for(sign: str, typed: str) -> tuple[list[str], str]:
    if sign == "@":
        return [name for name in ("host",) if name in link_targets], typed
    if sign == "#":
        return [name for name in ("incident",) if name in link_targets], typed
    kind, colon, rest = typed.partition(":")
    if colon and kind in link_targets:
        return [kind], rest.strip()
    # Hosts and incidents have signs of their own.
    others = [name for name in link_targets.names() if name not in ("page", "host", "incident")]
    return ["page", *others], typed.strip()


def _matching(kind: LinkKind, words: list[str], user: User) -> Iterable[Row]:
    rows = kind.visible(user)
    for word in words:
        fits = Q(**{f"{kind.title}__icontains": word})
        rows = rows.filter(fits | Q(**{kind.column(kind.name): word}))
    newest = "-pk" if kind.name == "pk" else kind.title
    found: Iterable[Row] = rows.order_by(newest).values_list("pk", kind.name, kind.title)[:50]
    return found


# --- pages ------------------------------------------------------------------------------------


def _new_page(key: str) -> str:
    return f"{reverse('wiki:page-new')}?{urlencode({'title': key})}"


def short_page(slug: str, title: str) -> str:
    """``[[The title]]`` where that leads to it, else its slug."""
    plain = slugify(title) == slug and not set("[]|\n") & set(title) and ":" not in title
    return f"[[{title}]]" if plain else f"[[{slug}]]"


link_targets.register(
    "page",
    LinkKind(
        "Page", Page, "wiki:page", short_page, create=_new_page, normal=slugify, by_title=True
    ),
)
