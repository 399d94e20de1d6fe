"""What a revision of each kind of thing holds: its columns, and its links as names."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import reversion
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from kb.accounts.models import User
from kb.web.registry import Registry
from kb.wiki.models import Revisioned


@dataclass(frozen=True, slots=True)
class Links:
    """Links of an object that are no column of its own, read and written as names (JSON)."""

    read: Callable[[Any], Any]
    write: Callable[[Any, Any], None]


State = dict[str, Any]
Bring = Callable[[Any, User | None, State], State]


@dataclass(frozen=True, slots=True)
class Carried:
    """Links of every model that ``may_have`` them, kept by a room above this one.

    ``bring(obj, by, changes)`` gives the links that new words of ``by`` add.
    """

    links: Links
    may_have: Callable[[type[models.Model]], bool]
    bring: Bring


#: By name; what revisions hold of things that other rooms hang on what people write.
carried: Registry[Carried] = Registry("links that revisions carry")


@dataclass(frozen=True, slots=True)
class Tracked:
    """``fields`` are columns that people write; ``index_key`` says what to index after a save.

    ``own_links`` are the model's, ``links`` also those that are carried along.  ``merges``: any mix
    of what two wrote makes sense here, or the room's rule weighs it.
    """

    model: type[Revisioned]
    kind: str
    index_key: Callable[[Any], str]
    fields: tuple[str, ...]
    own_links: dict[str, Links] = field(default_factory=dict)
    merges: bool = False

    @property
    def links(self) -> dict[str, Links]:
        also = {n: one.links for n, one in carried.items() if one.may_have(self.model)}
        return self.own_links | also

    def own(self, state: State | None) -> State | None:
        """A state without what is carried along: the words that people write here."""
        return state and {name: value for name, value in state.items() if name not in carried}

    def brought(self, obj: Revisioned, by: User | None, changes: State) -> State:
        """The links that these words add by what they show."""
        found: State = {}
        for one in carried:
            found |= one.bring(obj, by, changes)
        return found

    def home(self, obj: Any) -> str:
        """The page of ours on which its words are read, as ``kind:pk``."""
        return self.index_key(obj) or f"{self.kind}:{obj.pk}"

    def texts(self, obj: Revisioned) -> list[str]:
        """Everything in it that may be Markdown."""
        columns = (self._column(name) for name in self.fields)
        names = [column.name for column in columns if isinstance(column, models.TextField)]
        return [getattr(obj, name) for name in names if getattr(obj, name)]

    def label(self, name: str) -> str:
        """How people call a field or a kind of link."""
        if name in self.links:
            return name.replace("_", " ").capitalize()
        return str(self._column(name).verbose_name).capitalize()

    def columns(self, obj: Revisioned) -> dict[str, Any]:
        """The tracked columns as they are; of a foreign key its id."""
        return {name: getattr(obj, self.attname(name)) for name in self.fields}

    def read_links(self, obj: Revisioned) -> dict[str, Any]:
        return {name: links.read(obj) for name, links in self.links.items()}

    def everything(self, obj: Revisioned) -> dict[str, Any]:
        """Columns and links under their names: the state that a revision holds."""
        return self.columns(obj) | self.read_links(obj)

    def bare(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Changes as columns hold them: ids for objects, ``\\n`` at the ends of lines.

        An unknown name is a ``LookupError``: it would be left out of every revision.
        """
        for name in changes:
            if name not in self.fields:
                raise LookupError(f"{self.model.__name__}.{name} is not tracked")
        return {name: _bare(value) for name, value in changes.items()}

    def set(self, obj: Revisioned, name: str, value: Any) -> None:
        setattr(obj, self.attname(name), value)

    def shown(self, name: str, value: Any) -> str:
        """A value as a person reads it in a comparison."""
        if name not in self.links:
            column = self._column(name)
            if isinstance(column, models.ForeignKey) and value is not None:
                there = column.related_model._default_manager.filter(pk=value).first()
                return str(there) if there else "something that is gone"
            value = dict(column.flatchoices or []).get(value, value) if column.choices else value
        return _shown(value)

    def _column(self, name: str) -> "models.Field[Any, Any]":
        column = self.model._meta.get_field(name)
        assert isinstance(column, models.Field)
        return column

    def attname(self, name: str) -> str:
        return self._column(name).attname


_tracked: dict[type[models.Model], Tracked] = {}


def track(
    model: type[Revisioned],
    *,
    kind: str,
    fields: Iterable[str],
    links: dict[str, Links] | None = None,
    index_key: Callable[[Any], str] | None = None,
    merges: bool = False,
) -> Tracked:
    """Keep every save of ``model``.  Call it in the app's ``tracked.py``.

    ``kind`` is the kind of its search document (``kind:pk``); a part of something else gives the
    whole's ``index_key`` instead.  ``merges``: two who saved at once are merged where they wrote
    in places apart.
    """
    key = index_key or (lambda obj: f"{kind}:{obj.pk}")
    entry = Tracked(model, kind, key, tuple(fields), links or {}, merges)
    reversion.register(model, fields=(*entry.fields, "revision"))
    _tracked[model] = entry
    return entry


def every_tracked() -> list[Tracked]:
    """All that is written with revisions."""
    return list(_tracked.values())


def tracked(model: type[models.Model]) -> Tracked:
    try:
        return _tracked[model]
    except KeyError:
        raise LookupError(f"{model.__name__} is not tracked: name it in a tracked.py") from None


def many(name: str, key: str = "slug") -> Links:
    """A plain many-to-many field, its targets named by ``key``."""

    def read(obj: Any) -> list[str]:
        return sorted(getattr(obj, name).values_list(key, flat=True))

    def write(obj: Any, names: Iterable[str]) -> None:
        manager = getattr(obj, name)
        wanted = set(names)
        there = manager.model._default_manager.filter(**{f"{key}__in": wanted})
        pks = dict(there.values_list(key, "pk"))
        missing = sorted(wanted - pks.keys())
        if missing:
            raise ValidationError({name: f"There is no {missing[0]!r} to link to."})
        manager.set(pks.values())

    return Links(read, write)


def _bare(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, str):
        # Browsers send \r\n; the same words must stay the same words.
        return str(value).replace("\r\n", "\n")
    return value


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        moment = value if timezone.is_naive(value) else value.astimezone(UTC)
        return f"{moment:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_shown(inner)}" for name, inner in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(inner) for inner in value)
    return str(value)
