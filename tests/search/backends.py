"""Each index there is, so that one suite can be run against all of them."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from kb.search.backends.base import Backend
from kb.search.document import EVERYONE, Document
from kb.search.language import parse
from tests.support.postgres import fresh_database

KINDS = ("whoosh", "postgres")
#: Above a test with the fixture ``index``: once for each.
for_each_index = pytest.mark.parametrize("kept_by", KINDS)
ALL = frozenset({EVERYONE})


def address(kind: str, folder: Path) -> str:
    """Where an empty index of this kind may be made: what ``SEARCH_URL`` would say."""
    return f"whoosh://{folder}" if kind == "whoosh" else fresh_database()


def opened(url: str) -> Backend:
    """Another reader or writer of the same index, as another process would have it."""
    from kb.search.backends.postgres import PostgresBackend
    from kb.search.backends.whoosh import WhooshBackend

    if url.startswith("whoosh://"):
        return WhooshBackend(Path(url.removeprefix("whoosh://")))
    return PostgresBackend(url)


def made_of(kind: str, folder: Path, documents: Iterable[Document]) -> Backend:
    backend = opened(address(kind, folder / "index"))
    backend.rebuild(documents)
    return backend


def doc(key: str, title: str, body: str = "", **fields: object) -> Document:
    kind = key.partition(":")[0]
    whole = {"natural_key": key, "url": f"/{key}/"} | fields
    return Document(key=key, kind=kind, title=title, body=body, **whole)  # type: ignore[arg-type]


def keys(backend: Backend, text: str, **options: object) -> list[str]:
    found = backend.search(parse(text), principals=ALL, **options)  # type: ignore[arg-type]
    return [hit.key for hit in found.results]
