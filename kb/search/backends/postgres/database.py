"""The connection an index is kept over: the main database's, or one of its own per thread."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction


class Database(ABC):
    @abstractmethod
    def cursor(self) -> Any:
        """A psycopg cursor; parameters are put in by the client, so that plans know them."""

    @abstractmethod
    def atomic(self) -> Any:
        """All or nothing; may be nested."""


class Main(Database):
    """The database that ``DATABASE_URL`` names."""

    def __init__(self) -> None:
        if connection.vendor != "postgresql":
            raise ImproperlyConfigured(
                "SEARCH_URL=postgres:// keeps the index in the main database, and that is "
                f"{connection.display_name}. Set DATABASE_URL=postgres://… too, or leave "
                "SEARCH_URL away."
            )

    def cursor(self) -> Any:
        connection.ensure_connection()
        return psycopg.ClientCursor(connection.connection)

    def atomic(self) -> Any:
        return transaction.atomic()


class Another(Database):
    """A database for nothing but the index, at this address."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._local = threading.local()

    def cursor(self) -> Any:
        return psycopg.ClientCursor(self._connection())

    @contextmanager
    def atomic(self) -> Iterator[None]:
        with self._connection().transaction():
            yield

    def _connection(self) -> "psycopg.Connection[Any]":
        there: psycopg.Connection[Any] | None = getattr(self._local, "there", None)
        if there is None or there.closed:
            there = self._local.there = psycopg.connect(self._url, autocommit=True)
        return there
