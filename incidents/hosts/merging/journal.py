"""A journal of rows that were moved, changed, made or taken away, and the way back.

The way back is careful: what somebody changed since stays as it is now, and is told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction

Step = dict[str, Any]
Values = Mapping[str, Any]
BATCH = 500


def plain(value: Any) -> Any:
    """A column's value as JSON, without losing a microsecond."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if value is None or isinstance(value, (bool, int, float, str, list, dict)):
        return value
    return str(value)


def plain_row(row: models.Model) -> dict[str, Any]:
    """Every column of a row."""
    return {one.attname: plain(getattr(row, one.attname)) for one in row._meta.concrete_fields}


@dataclass(slots=True)
class Journal:
    """Does things to rows and writes down how they were."""

    steps: list[Step] = field(default_factory=list)

    def move(self, model: type[models.Model], column: str, pks: Sequence[Any], to: int) -> None:
        """Point a foreign key of all these rows elsewhere; they all point to one row now."""
        for start in range(0, len(pks), BATCH):
            some = list(pks[start : start + BATCH])
            rows = model._base_manager.filter(pk__in=some)
            was = rows.values_list(column, flat=True)[0]
            rows.update(**{column: to})
            self._write(
                "move", model, pks=[plain(pk) for pk in some], column=column, was=was, to=to
            )

    def change(self, row: models.Model, values: Values) -> None:
        """Give columns other values."""
        before = {name: plain(getattr(row, name)) for name in values}
        after = {name: plain(value) for name, value in values.items()}
        different = [name for name in values if before[name] != after[name]]
        if not different:
            return
        for name in different:
            setattr(row, name, values[name])
        type(row)._base_manager.filter(pk=row.pk).update(**{n: values[n] for n in different})
        self._changed(row, before, after)

    def changed(self, was: models.Model, row: models.Model) -> None:
        """A rule changed a row on its way."""
        self._changed(row, plain_row(was), plain_row(row))

    def made(self, rows: Iterable[models.Model]) -> None:
        """Rows that a rule made on its way."""
        for row in rows:
            self._write("make", type(row), pk=plain(row.pk))

    def make(self, row: models.Model) -> None:
        """Store a new row."""
        row.save_base(raw=True, force_insert=True)
        self._write("make", type(row), pk=plain(row.pk))

    def take_away(self, row: models.Model) -> None:
        """Delete just this row; whatever pointed to it must have been moved before."""
        self._write("take_away", type(row), row=plain_row(row))
        rows = type(row)._base_manager.filter(pk=row.pk)
        rows._raw_delete(rows.db)  # no cascade: what was forgotten fails, loudly, at commit

    def stay(self, model: type[models.Model], rows: list[Any]) -> None:
        """Rows, as their rule names them, that nothing happens to, whatever comes beside them."""
        self._write("stay", model, rows=rows)

    def _changed(self, row: models.Model, before: Values, after: Values) -> None:
        names = [name for name in after if before[name] != after[name]]
        if names:
            sides = {"before": before, "after": after}
            kept = {side: {name: said[name] for name in names} for side, said in sides.items()}
            self._write("change", type(row), pk=plain(row.pk), **kept)

    def _write(self, did: str, model: type[models.Model], **said: Any) -> None:
        self.steps.append({"did": did, "model": model._meta.label_lower, **said})


@dataclass(slots=True)
class WayBack:
    """Undoes a journal step by step, the last first.  ``left`` tells what had changed since."""

    left: list[dict[str, Any]] = field(default_factory=list)

    def walk(self, steps: Sequence[Step]) -> None:
        for step in reversed(steps):
            model = apps.get_model(step["model"])
            try:
                with transaction.atomic():
                    getattr(self, f"_{step['did']}")(model, step)
            except IntegrityError:
                self._leave(model, step, "something else stands in its place now")

    def _move(self, model: type[models.Model], step: Step) -> None:
        rows = model._base_manager.filter(pk__in=step["pks"], **{step["column"]: step["to"]})
        moved = rows.update(**{step["column"]: step["was"]})
        if gone := len(step["pks"]) - moved:
            self._leave(model, step, f"{gone} of {len(step['pks'])} were moved or deleted since")

    def _change(self, model: type[models.Model], step: Step) -> None:
        row = model._base_manager.filter(pk=step["pk"]).first()
        if row is None:
            self._leave(model, step, "it was deleted since")
            return
        same = [n for n, after in step["after"].items() if plain(getattr(row, n)) == after]
        back = {name: _value(model, name, step["before"][name]) for name in same}
        if back:
            model._base_manager.filter(pk=row.pk).update(**back)
        if other := sorted(set(step["after"]) - set(same)):
            self._leave(model, step, f"changed since: {', '.join(other)}")

    def _make(self, model: type[models.Model], step: Step) -> None:
        model._base_manager.filter(pk=step["pk"]).delete()

    def _take_away(self, model: type[models.Model], step: Step) -> None:
        for one in model._meta.concrete_fields:
            target = step["row"].get(one.attname)
            if not isinstance(one, models.ForeignKey) or target is None:
                continue
            if not one.related_model._base_manager.filter(pk=target).exists():
                self._leave(model, step, f"its {one.verbose_name} was deleted since")
                return
        row = model(**{n: _value(model, n, said) for n, said in step["row"].items()})
        row.save_base(raw=True, force_insert=True)

    def _stay(self, model: type[models.Model], step: Step) -> None:
        """Nothing happened to them."""

    def _leave(self, model: type[models.Model], step: Step, why: str) -> None:
        what = {"kind": str(model._meta.verbose_name), "why": why}
        self.left.append(what | {"model": step["model"], "pk": step.get("pk")})


def _value(model: type[models.Model], name: str, said: Any) -> Any:
    """The Python value of a column from its JSON."""
    column = next(one for one in model._meta.concrete_fields if one.attname == name)
    if said is None or isinstance(column, (models.JSONField, models.ForeignKey)):
        return said
    return column.to_python(said)
