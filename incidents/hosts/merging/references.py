"""Everything that hangs on a row, found by looking at the models: no room has to be asked.

Where two rows of the same kind cannot both hang on one row (two flags of one pattern, say), the
one that hangs on the kept row stays, and whatever hung on the other moves to it.  A room that
knows better registers how two of its rows become one.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import ForeignKey, Q, UniqueConstraint

from incidents.hosts.merging.journal import Journal
from kb.web.registry import Registry
from kb.wiki.links import link_targets
from kb.wiki.models import Link, OldName

#: (row that stays, row that goes) → columns of the row that stays that take another value.
Unite = Callable[[Any, Any], dict[str, Any]]
unites: Registry[Unite] = Registry("how two rows become one")

#: Logs that are numbered by their own row: they stay with it, and it comes back to them.
LOGS = frozenset({"wiki.savedstate", "wiki.kepttext", "reversion.version", "admin.logentry"})


@dataclass(frozen=True, slots=True)
class Reference:
    """A column whose value is the key of another row; ``where`` narrows it to rows that mean it
    (those that name their thing by kind and key)."""

    model: type[models.Model]
    column: str
    primary: bool = False
    where: tuple[tuple[str, Any], ...] = ()

    def to(self, pk: Any) -> "models.QuerySet[models.Model]":
        """The rows that point to this key."""
        return self.model._base_manager.filter(**{self.column: pk}, **dict(self.where))

    @property
    def label(self) -> str:
        return str(self.model._meta.label_lower)


def references(model: type[models.Model]) -> Iterator[Reference]:
    """Everything that points to rows of a model, link tables included."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or relation.many_to_many:
            continue
        column = getattr(relation, "field", None)
        if isinstance(column, ForeignKey) and not column.model._meta.proxy:
            yield Reference(column.model, column.attname, primary=column.primary_key)
    kind = ContentType.objects.get_for_model(model)
    for other in apps.get_models():
        if other._meta.label_lower not in LOGS and _names_by_kind(other):
            yield Reference(other, "object_id", where=(("content_type", kind),))
    for word in (word for word, entry in link_targets.items() if entry.model is model):
        yield Reference(Link, "target_id", where=(("kind", word),))
        yield Reference(Link, "home_id", where=(("home_kind", word),))
        yield Reference(OldName, "target_id", where=(("kind", word),))


def _names_by_kind(model: type[models.Model]) -> bool:
    names = {one.name: one for one in model._meta.concrete_fields}
    kind = names.get("content_type")
    points = isinstance(kind, ForeignKey) and kind.related_model is ContentType
    return points and "object_id" in names


def move_all(
    kept: models.Model, lost: models.Model, journal: Journal, *, but: frozenset[str] = frozenset()
) -> "Counter[str]":
    """Point everything that hangs on ``lost`` to ``kept``; how many rows of each model came over.

    ``but`` names models that a rule of its own takes care of.
    """
    came: Counter[str] = Counter()
    for reference in references(type(kept)):
        if reference.label not in but:
            came[reference.label] += _move(reference, kept, lost, journal)
    return came


def counted(kept: models.Model, lost: models.Model) -> tuple["Counter[str]", "Counter[str]"]:
    """How many rows of each model hang on ``lost``, and how many of them meet a twin."""
    came: Counter[str] = Counter()
    met: Counter[str] = Counter()
    for reference in references(type(kept)):
        if rows := list(reference.to(lost.pk)):
            twins = _Twins(reference, kept)
            came[reference.label] += len(rows)
            met[reference.label] += sum(twins.of(row) is not None for row in rows)
    return came, met


def _move(reference: Reference, kept: models.Model, lost: models.Model, journal: Journal) -> int:
    rows = list(reference.to(lost.pk).order_by("pk"))
    if not rows:
        return 0
    free = []
    twins = _Twins(reference, kept)
    for row in rows:
        twin = twins.of(row)
        if twin is not None:
            _unite(twin, row, journal)
        elif reference.primary:
            _rename(row, reference.column, kept, journal)
        else:
            free.append(row.pk)
    journal.move(reference.model, reference.column, free, kept.pk)
    return len(rows)


def _unite(stays: models.Model, goes: models.Model, journal: Journal) -> None:
    rule = unites.get(goes._meta.label_lower)
    changes = rule(stays, goes) if rule else {}
    move_all(stays, goes, journal)
    journal.take_away(goes)
    journal.change(stays, changes)


def _rename(row: models.Model, column: str, kept: models.Model, journal: Journal) -> None:
    """A row that bears the host's own key: the same one under the other key."""
    values = {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields}
    other = type(row)(**(values | {column: kept.pk}))
    journal.make(other)
    move_all(other, row, journal)
    journal.take_away(row)


class _Twins:
    """Rows that already hang on the kept row, by what may be there only once."""

    def __init__(self, reference: Reference, kept: models.Model) -> None:
        self.column, self.kept = reference.column, kept
        #: (columns, condition, rows by the values of those columns)
        self.rules = [
            (names, condition, self._there(reference, names, condition))
            for names, condition in _once(reference.model)
            if reference.column in names
        ]

    def of(self, row: models.Model) -> models.Model | None:
        """The row that could not stand beside this one."""
        for names, condition, there in self.rules:
            twin = there.get(self._key(row, names))
            if twin is not None and _holds(row, condition):
                return twin
        return None

    def _there(
        self, reference: Reference, names: tuple[str, ...], condition: Q | None
    ) -> dict[tuple[Any, ...], models.Model]:
        rows = reference.to(self.kept.pk)
        rows = rows.filter(condition) if condition is not None else rows
        return {self._key(row, names): row for row in rows}

    def _key(self, row: models.Model, names: tuple[str, ...]) -> tuple[Any, ...]:
        values = (self.kept.pk if name == self.column else getattr(row, name) for name in names)
        # Two that say nothing are no twins: to the database NULL is like nothing else.
        return tuple(object() if value is None else value for value in values)


def _once(model: type[models.Model]) -> Iterator[tuple[tuple[str, ...], Q | None]]:
    """What may be there only once: (columns, condition)."""
    for one in model._meta.concrete_fields:
        if one.unique:
            yield (one.attname,), None
    for names in model._meta.unique_together:
        yield _columns(model, names), None
    for rule in model._meta.constraints:
        if isinstance(rule, UniqueConstraint) and rule.fields:
            yield _columns(model, rule.fields), rule.condition


def _columns(model: type[models.Model], names: Any) -> tuple[str, ...]:
    return tuple(model._meta.get_field(name).attname for name in names)  # type: ignore[union-attr]


def _holds(row: models.Model, condition: Q | None) -> bool:
    if condition is None:
        return True
    return type(row)._base_manager.filter(condition, pk=row.pk).exists()
