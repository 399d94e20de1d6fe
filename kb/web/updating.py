"""Updating many rows, each with values of its own, in one go."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.db import connection, models


def update_rows(rows: Sequence[models.Model], columns: Iterable[str]) -> None:
    """Store these columns of these rows of one table.

    ``bulk_update`` writes one CASE per column with a branch per row, which takes longer to build
    than all the rest of taking reports in; a statement that is prepared once and run for each row
    does not.
    """
    if not rows:
        return
    meta = rows[0]._meta
    fields = [cast("models.Field[Any, Any]", meta.get_field(name)) for name in columns]
    quote = connection.ops.quote_name
    pk = meta.pk
    assert pk is not None
    assigned = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    statement = (
        f"UPDATE {quote(meta.db_table)} SET {assigned} "  # noqa: S608 (names of our own schema)
        f"WHERE {quote(str(pk.column))} = %s"
    )
    values = [
        [
            *(field.get_db_prep_save(field.pre_save(row, False), connection) for field in fields),
            row.pk,
        ]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)
