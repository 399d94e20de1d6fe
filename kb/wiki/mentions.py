"""What links to what: kept with every save, read as "mentioned in" and as "wanted pages"."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from kb.accounts.models import User
from kb.web.registry import Registry
from kb.wiki import links
from kb.wiki.links import Target, link_targets
from kb.wiki.markdown import references_of
from kb.wiki.models import Link, OldName
from kb.wiki.tracking import tracked

MOST = 200  # mentions that one page shows; the search finds the others
_MOST_ROWS = 5000

_SIGNS = re.compile(r"@|#[0-9]|\[\[")

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """Things with texts that link and that are not written with revisions."""

    model: type[Model]
    texts: Callable[[Any], list[str]]


#: By the kind of their page; rooms above register theirs in ``links.py``.
sources: Registry[Source] = Registry("texts that link")


def home_of(obj: Any) -> str:
    """The page on which the words of a thing are read, as ``kind:pk``."""
    for kind, source in sources.items():
        if source.model is type(obj):
            return f"{kind}:{obj.pk}"
    return tracked(type(obj)).home(obj)


# --- keeping them -----------------------------------------------------------------------------


def record(obj: Model, texts: Iterable[str], *, home: str) -> None:
    """Keep what the texts of ``obj`` link to.  Call inside the transaction that saves them."""
    kind, _, pk = home.partition(":")
    wanted = {
        (one.kind, one.key)
        for text in texts
        if _SIGNS.search(text)  # most of them link to nothing: parsing is most of the time
        for one in references_of(text)
        if one.kind in link_targets and len(one.key) <= 200
    }
    before = _rows_of(obj).filter(stated=False)
    meant = {(k, key): target for k, key, target in before.values_list("kind", "key", "target_id")}
    if not wanted and not meant:
        return
    # A link that is still there goes on meaning what it meant; a new one means what is there now.
    kept = {key: target for key, target in meant.items() if key in wanted and target}
    found = kept | links.identify(wanted - kept.keys())
    before.delete()
    Link.objects.bulk_create(
        Link(
            content_type=ContentType.objects.get_for_model(obj),
            object_id=obj.pk,
            home_kind=kind,
            home_id=int(pk),
            kind=name,
            key=key,
            name=link_targets[name].normal(key)[:200],
            target_id=found.get((name, key)),
        )
        for name, key in sorted(wanted)
    )


def renamed(home: str, before: str, after: str) -> None:
    """Keep an old name: its address and the links to it still lead to what bore it."""
    kind, _, pk = home.partition(":")
    entry = link_targets.get(kind)
    if entry is None or entry.former or entry.normal(before) == entry.normal(after):
        return
    OldName.objects.filter(kind=kind, name=entry.normal(after)).delete()
    OldName.objects.update_or_create(
        kind=kind, name=entry.normal(before), defaults={"target_id": int(pk)}
    )


def _rows_of(obj: Model) -> QuerySet[Link]:
    content_type = ContentType.objects.get_for_model(obj)
    return Link.objects.filter(content_type=content_type, object_id=obj.pk)


# --- what a page is about ---------------------------------------------------------------------


def about(obj: Model) -> list[str]:
    """The things that ``obj`` is about, as ``host:robert``."""
    return about_many([obj])[obj.pk]


def about_many(objects: Sequence[Model]) -> dict[int, list[str]]:
    """The same for several of one kind, by primary key; a query for each kind of thing."""
    found: dict[int, list[str]] = {obj.pk: [] for obj in objects}
    if not objects:
        return found
    content_type = ContentType.objects.get_for_model(objects[0])
    rows = list(
        Link.objects.filter(
            content_type=content_type,
            object_id__in=found,
            stated=True,
            kind__in=link_targets.names(),
        ).values_list("object_id", "kind", "target_id")
    )
    names: dict[tuple[str, int], str] = {}
    for kind, pks in _grouped((kind, target or 0) for _, kind, target in rows).items():
        entry = link_targets[kind]
        there = entry.model._default_manager.filter(pk__in=pks)
        names |= {(kind, pk): name for pk, name in there.values_list("pk", entry.name)}
    for pk, kind, target in rows:
        if (kind, target) in names:
            found[pk].append(f"{kind}:{names[kind, target or 0]}")
    return {pk: sorted(about) for pk, about in found.items()}


def set_about(obj: Model, names: Iterable[str], *, home: str) -> None:
    """Say what ``obj`` is about; a ``ValidationError`` names what is not there."""
    if missing := not_there(names := list(names)):
        raise ValidationError({"about": missing})
    found = links.identify({_split(name) for name in names})
    kind, _, pk = home.partition(":")
    _rows_of(obj).filter(stated=True).delete()
    Link.objects.bulk_create(
        Link(
            content_type=ContentType.objects.get_for_model(obj),
            object_id=obj.pk,
            home_kind=kind,
            home_id=int(pk),
            kind=name,
            target_id=target,
            stated=True,
        )
        for name, target in sorted({(key[0], target) for key, target in found.items()})
    )


def not_there(names: Iterable[str]) -> str:
    """A sentence on the first of these that names nothing; empty where all are there."""
    wanted = {_split(name) for name in names}
    missing = sorted(wanted - links.identify(wanted).keys())
    if not missing:
        return ""
    kind, key = missing[0]
    return f"There is no {link_targets[kind].label.lower()} {key!r}."


def _split(name: str) -> Key:
    kind, _, key = name.partition(":")
    entry = link_targets.get(kind)
    if entry is None or not entry.has_pages or not key:
        fit = ", ".join(n for n in link_targets.names() if link_targets[n].has_pages)
        raise ValidationError({"about": f"Write kind:name for {name!r}; the kinds are {fit}."})
    return kind, key


def about_links(obj: Model, user: User) -> list[tuple[str, Target]]:
    """The same as links for a reader: (kind, target)."""
    wanted: dict[str, set[int]] = {}
    for kind, target in _rows_of(obj).filter(stated=True).values_list("kind", "target_id"):
        wanted.setdefault(kind, set()).add(target or 0)
    return [
        (link_targets[kind].label, target)
        for kind, pks in sorted(wanted.items())
        for target in sorted(links.targets(kind, pks, user).values(), key=lambda one: one.title)
    ]


def about_this(kind: str, pk: int) -> QuerySet[Link]:
    """Which things say that they are about this one."""
    return Link.objects.filter(kind=kind, target_id=pk, stated=True)


# --- reading them -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that names the thing asked about; ``about`` where it says it is about it."""

    kind: str
    target: Target
    about: bool


def mentions_of(kind: str, obj: Any, user: User) -> list[Mention]:
    """What mentions a thing, those that the reader may see; what is about it comes first.

    One query, and one for each kind of thing that mentions it.
    """
    entry = link_targets[kind]
    name = str(getattr(obj, entry.name))
    # A text may have named it before it was there, also by a name that it bears no more.
    names = {entry.normal(name), entry.normal(_title(entry, obj))}
    named = Q(target_id=None) & (Q(name__in=names) | Q(name__in=_names_before(entry, kind, obj)))
    rows = (
        Link.objects.filter(kind=kind)
        .filter(Q(target_id=obj.pk) | named)
        .exclude(home_kind=kind, home_id=obj.pk)
        .values_list("home_kind", "home_id", "stated")[:_MOST_ROWS]
    )
    about: dict[tuple[str, int], bool] = {}
    for home, pk, stated in rows:
        about[home, pk] = about.get((home, pk), False) or stated
    found = [
        Mention(link_targets[home].label, target, about[home, pk])
        for home, pks in _grouped(about).items()
        for pk, target in links.targets(home, pks, user).items()
    ]
    found.sort(key=lambda one: (not one.about, one.kind, one.target.title.casefold()))
    return found[:MOST]


def _names_before(entry: links.LinkKind, kind: str, obj: Any) -> QuerySet[Any]:
    if entry.names_before:
        return entry.names_before(obj.pk)
    return OldName.objects.filter(kind=kind, target_id=obj.pk).values("name")


def _title(entry: links.LinkKind, obj: Any) -> str:
    return str(getattr(obj, entry.title)) if entry.by_title else str(getattr(obj, entry.name))


def _grouped(homes: Iterable[tuple[str, int]]) -> dict[str, set[int]]:
    grouped: dict[str, set[int]] = {}
    for kind, pk in homes:
        if kind in link_targets:
            grouped.setdefault(kind, set()).add(pk)
    return grouped


@dataclass(frozen=True, slots=True)
class Wanted:
    """A name that texts link to and that nothing bears; ``create`` begins it."""

    kind: str
    label: str
    key: str
    create: str
    homes: list[Target]


def wanted(user: User) -> list[Wanted]:
    """What readers are sent to and nobody has written, the most wanted first."""
    kinds = [name for name, kind in link_targets.items() if kind.create]
    rows = list(
        Link.objects.filter(target_id=None, stated=False, kind__in=kinds).values_list(
            "kind", "name", "key", "home_kind", "home_id"
        )[:_MOST_ROWS]
    )
    seen = {
        (home, pk): target
        for home, pks in _grouped((row[3], row[4]) for row in rows).items()
        for pk, target in links.targets(home, pks, user).items()
    }
    there = links.identify({(kind, key) for kind, _, key, _, _ in rows})
    homes: dict[Key, dict[tuple[str, int], Target]] = {}
    first: dict[Key, str] = {}
    for kind, name, key, home, pk in rows:
        if (home, pk) in seen and (kind, key) not in there:
            homes.setdefault((kind, name), {})[home, pk] = seen[home, pk]
            first.setdefault((kind, name), key)
    found = [
        _wanted(kind, first[kind, name], list(at.values())) for (kind, name), at in homes.items()
    ]
    return sorted(found, key=lambda one: (-len(one.homes), one.key.casefold()))


def _wanted(kind: str, key: str, homes: list[Target]) -> Wanted:
    entry = link_targets[kind]
    assert entry.create is not None
    homes = sorted(homes, key=lambda one: one.title.casefold())
    return Wanted(kind, entry.label, key, entry.create(key), homes)
