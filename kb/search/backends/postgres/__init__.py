"""The index kept by PostgreSQL: for several machines, and for more than some 20,000 documents."""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

import psycopg

from kb.search.backends.base import (
    MEND,
    WAIT,
    WAIT_TO_REBUILD,
    Backend,
    IndexBusy,
    IndexUnavailable,
    Writer,
)
from kb.search.backends.postgres.database import Another, Database, Main
from kb.search.backends.postgres.reading import Reading, Sizes
from kb.search.backends.postgres.tables import (
    COLUMNS,
    CREATE_STATE,
    KEPT,
    STATE,
    Generation,
    kept,
    row,
)
from kb.search.cut import VERSION
from kb.search.document import Document

T = TypeVar("T")
_EVERY = 0.05
_LOCK = 7_301_120_441  # of all advisory locks, this one is the index's
_CHUNK = 1000  # a COPY leaves some pages empty behind it, so not many of them


class PostgresBackend(Backend):
    """``url``: ``postgres://`` for the main database, or the address of another."""

    def __init__(self, url: str) -> None:
        main = url.partition("://")[2] in ("", "/")
        self._database: Database = Main() if main else Another(url)

    # --- writing ------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        with self._database.atomic():
            self._lock(WAIT)
            state = self._state()
            writer = Writer()
            yield writer
            if writer.changes:
                self._commit(state.generation, writer.changes)

    def rebuild(self, documents: Iterable[Document]) -> int:
        new = Generation(f"{datetime.now(UTC):%y%m%d%H%M%S}{secrets.token_hex(3)}")
        with self._database.atomic():
            self._lock(WAIT_TO_REBUILD)
            with self._database.cursor() as cursor:
                cursor.execute(CREATE_STATE)
                before = _generations(cursor)
                for sql in new.create():
                    cursor.execute(sql)
                count = _copy(cursor, new, documents)
                for sql in new.index():
                    cursor.execute(sql)
                cursor.execute(
                    f"INSERT INTO {new.words} SELECT lexeme, count(*) FROM {new.documents}, "
                    "unnest(tokens) GROUP BY lexeme"
                )
                cursor.execute(f"ANALYZE {new.words}")
                cursor.execute(f"DELETE FROM {STATE}")
                cursor.execute(
                    f"INSERT INTO {STATE} (generation, version, made, changes, documents, lengths)"
                    f" SELECT %s, %s, now(), 0, count(*), {_LENGTHS} FROM {new.documents}",
                    (new.name, VERSION),
                )
        self._away_with(before)
        return count

    def _away_with(self, before: Iterable[Generation]) -> None:
        """Drop what nobody is sent to any more; what is still read goes with the next rebuild.

        Apart from the swap, and one table at a time: a reader in the middle of a question holds one
        table and wants the next, so whoever held two of them could wait for it for ever.
        """
        for table in (one for old in before for one in old.tables()):
            try:
                with self._database.atomic(), self._database.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '2s'")
                    cursor.execute(f"DROP TABLE IF EXISTS {table}")
                    cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
            except psycopg.OperationalError:  # held, or in the way of another
                continue

    def _commit(self, tables: Generation, changes: dict[str, Document | None]) -> None:
        docs, words = tables.documents, tables.words
        keys = list(changes)
        sums = f"count(*), {_LENGTHS}"
        with self._database.cursor() as cursor:
            cursor.execute(f"SELECT {sums} FROM {docs} WHERE key = ANY(%s)", (keys,))
            before = cursor.fetchone()
            cursor.execute(
                f"UPDATE {words} w SET documents = w.documents - o.n FROM (SELECT lexeme, "
                f"count(*)::int AS n FROM {docs}, unnest(tokens) WHERE key = ANY(%s) "
                "GROUP BY lexeme) o WHERE w.word = o.lexeme",
                (keys,),
            )
            for table in (docs, tables.kept):
                cursor.execute(f"DELETE FROM {table} WHERE key = ANY(%s)", (keys,))
            _copy(cursor, tables, (one for one in changes.values() if one is not None))
            cursor.execute(
                f"INSERT INTO {words} SELECT lexeme, count(*) FROM {docs}, unnest(tokens) "
                "WHERE key = ANY(%s) GROUP BY lexeme "
                "ON CONFLICT (word) DO UPDATE SET "
                f"documents = {words}.documents + excluded.documents",
                (keys,),
            )
            cursor.execute(f"SELECT {sums} FROM {docs} WHERE key = ANY(%s)", (keys,))
            after = cursor.fetchone()
            change = [new - old for new, old in zip(after[1], before[1], strict=True)]
            cursor.execute(
                f"UPDATE {STATE} SET changes = changes + 1, documents = documents + %s, lengths = "
                "ARRAY(SELECT a + b FROM unnest(lengths, %s::bigint[]) WITH ORDINALITY "
                "AS u (a, b, n) ORDER BY n)",
                (after[0] - before[0], change),
            )

    def _lock(self, wait: float) -> None:
        """Be the only writer until the transaction ends, however it does."""
        until = time.monotonic() + wait
        with self._database.cursor() as cursor:
            while True:
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (_LOCK,))
                if cursor.fetchone()[0]:
                    return
                if time.monotonic() >= until:
                    raise IndexBusy("The index is being written by another process.")
                time.sleep(_EVERY)

    # --- what there is ------------------------------------------------------------------------

    def markers(self) -> Iterator[tuple[str, str]]:
        def read(cursor: Any, state: "_State") -> list[tuple[str, str]]:
            cursor.execute(f"SELECT key, marker FROM {state.generation.documents}")
            found: list[tuple[str, str]] = cursor.fetchall()
            return found

        yield from self._asked(read)

    def size(self) -> int:
        return self._asked(lambda cursor, state: state.sizes.documents)

    def generation(self) -> str:
        return self._asked(lambda cursor, state: f"{state.generation.name}.{state.changes}")

    def problem(self) -> str | None:
        def look(cursor: Any, state: "_State") -> None:
            cursor.execute(
                f"SELECT {', '.join(COLUMNS)}, {', '.join(KEPT[1:])}, (SELECT max(documents) "
                f"FROM {state.generation.words} WHERE word = '') "
                f"FROM {state.generation.documents} JOIN {state.generation.kept} USING (key) "
                "LIMIT 1"
            )

        try:
            self._asked(look)
        except IndexUnavailable as why:
            return str(why)
        return None

    def _read(self, ask: Callable[[Reading], T]) -> T:
        return self._asked(
            lambda cursor, state: ask(Reading(cursor, state.generation, state.sizes))
        )

    def _asked(self, ask: Callable[[Any, "_State"], T]) -> T:
        """Ask the newest state; once more if its tables went while we asked."""
        try:
            return self._once(ask)
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
            pass
        try:
            return self._once(ask)
        except psycopg.Error as error:
            raise IndexUnavailable(f"The index can't be read ({error}): {MEND}") from error

    def _once(self, ask: Callable[[Any, "_State"], T]) -> T:
        try:
            # A transaction: what fails in it spoils none that is around it.
            with self._database.atomic(), self._database.cursor() as cursor:
                return ask(cursor, self._state())
        except psycopg.OperationalError as error:
            raise IndexUnavailable(f"The index can't be reached: {error}") from error

    def _state(self) -> "_State":
        with self._database.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (STATE,))
            found = None
            if cursor.fetchone()[0]:
                cursor.execute(
                    f"SELECT generation, version, changes, documents, lengths FROM {STATE}"
                )
                found = cursor.fetchone()
        if found is None:
            raise IndexUnavailable(f"There is no index yet: {MEND}")
        name, version, changes, documents, lengths = found
        if version != VERSION:
            raise IndexUnavailable(f"The index was made by another version of Twiceshy: {MEND}")
        return _State(Generation(name), changes, Sizes(documents, lengths))


class _State:
    def __init__(self, generation: Generation, changes: int, sizes: Sizes) -> None:
        self.generation, self.changes, self.sizes = generation, changes, sizes


_LENGTHS = (
    "ARRAY[" + ", ".join(f"coalesce(sum(lengths[{n}]), 0)" for n in (1, 2, 3, 4)) + "]::bigint[]"
)


def _copy(cursor: Any, tables: Generation, documents: Iterable[Document]) -> int:
    count = 0
    stream = iter(documents)
    # Documents are read from the database while this goes on, perhaps over the same connection,
    # which can do nothing else during a COPY: so by the chunk.
    while chunk := list(islice(stream, _CHUNK)):
        for table, columns, values_of in (
            (tables.documents, COLUMNS, row),
            (tables.kept, KEPT, kept),
        ):
            rows = [values_of(document) for document in chunk]
            with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for values in rows:
                    copy.write_row(values)
        count += len(chunk)
    return count


def _generations(cursor: Any) -> list[Generation]:
    """Every one that is there, also one that could not be dropped when its time was over."""
    cursor.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = ANY(current_schemas(false)) "
        "AND tablename ~ '^search_[0-9a-f]+_document$'"
    )
    return [Generation(name.split("_")[1]) for (name,) in cursor.fetchall()]
