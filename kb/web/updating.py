"""Writing many rows, each with values of its own, in one go.

``bulk_create`` and ``bulk_update`` ask every field of every row anew how its value is written, and
build their statements from expressions; that takes longer than all the rest of taking reports in.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias, cast

from django.db import connection, connections, models

Field: TypeAlias = "models.Field[Any, Any]"


def update_rows(rows: Sequence[models.Model], columns: Iterable[str]) -> None:
    """Store these columns of these rows of one table, with a statement that is prepared once."""
    if not rows:
        return
    meta = rows[0]._meta
    fields = [cast("Field", meta.get_field(name)) for name in columns]
    assigned = ", ".join(f"{_quoted(field)} = %s" for field in fields)
    statement = (
        f"UPDATE {_name(meta.db_table)} SET {assigned} "  # noqa: S608 (names of our own schema)
        f"WHERE {_quoted(_key(rows[0]))} = %s"
    )
    told = zip(_values(rows, fields), rows, strict=True)
    with connection.cursor() as cursor:
        cursor.executemany(statement, [[*values, row.pk] for values, row in told])


def insert_rows(
    rows: Sequence[models.Model], *, or_update: Sequence[str] = (), where: Sequence[str] = ()
) -> None:
    """Insert these new rows of one table; each knows its key afterwards.

    A row that is there already, going by the columns of ``where``, gets the columns ``or_update``
    instead; then keys are not told.
    """
    if not rows:
        return
    meta, key = rows[0]._meta, _key(rows[0])
    fields = [field for field in meta.concrete_fields if field is not key]
    columns = ", ".join(map(_quoted, fields))
    end = f" RETURNING {_quoted(key)}"
    if or_update:
        names = ", ".join(_quoted(cast("Field", meta.get_field(name))) for name in where)
        changed = [_quoted(cast("Field", meta.get_field(name))) for name in or_update]
        assigned = ", ".join(f"{name} = EXCLUDED.{name}" for name in changed)
        end = f" ON CONFLICT ({names}) DO UPDATE SET {assigned}"
    values = _values(rows, fields)
    start = f"INSERT INTO {_name(meta.db_table)} ({columns}) VALUES "  # noqa: S608 (the same)
    row_of_marks = f"({', '.join(['%s'] * len(fields))})"
    most = connection.ops.bulk_batch_size(fields, rows)
    with connection.cursor() as cursor:
        for first in range(0, len(rows), most):
            part = values[first : first + most]
            marks = ", ".join([row_of_marks] * len(part))
            cursor.execute(f"{start}{marks}{end}", [value for row in part for value in row])
            if or_update:
                continue
            for row, (pk,) in zip(rows[first : first + most], cursor.fetchall(), strict=True):
                row.pk, row._state.adding, row._state.db = pk, False, connection.alias


def _values(rows: Sequence[models.Model], fields: Sequence[Field]) -> list[tuple[Any, ...]]:
    """What to write of each row, asked column by column."""
    columns = []
    for field in fields:
        write = _writer(field)
        columns.append([write(field.pre_save(row, row._state.adding)) for row in rows])
    return list(zip(*columns, strict=True))


def _writer(field: Field) -> Callable[[Any], Any]:
    """How a value of this column is written.  Moments come in dozens of the same: each once."""
    to = connections[connection.alias]  # which need not be looked up for every value
    if isinstance(field, models.DateTimeField):
        known: dict[Any, Any] = {}

        def moment(value: Any) -> Any:
            if value not in known:
                known[value] = to.ops.adapt_datetimefield_value(value)
            return known[value]

        return moment
    if isinstance(field, (models.CharField, models.TextField)):
        return lambda value: value if type(value) is str else field.get_db_prep_save(value, to)
    return lambda value: None if value is None else field.get_db_prep_save(value, to)


def _key(row: models.Model) -> Field:
    key = row._meta.pk
    assert key is not None
    return key


def _name(name: str) -> str:
    return connection.ops.quote_name(name)


def _quoted(field: Field) -> str:
    return _name(str(field.column))
