"""The index that ``SEARCH_URL`` names."""

import os
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from kb.search.backends.base import Backend

WHOOSH = "whoosh://"
POSTGRES = ("postgres://", "postgresql://")


def backend() -> Backend:
    """The one index of this process.  It follows the setting, so a test may point elsewhere."""
    # A process that was forked off must not share its parent's open files and locks.
    return _opened(settings.SEARCH_URL, os.getpid())


@lru_cache(maxsize=8)
def _opened(url: str, pid: int) -> Backend:
    if url.startswith(WHOOSH) and len(url) > len(WHOOSH):
        from kb.search.backends.whoosh import WhooshBackend

        return WhooshBackend(Path(url.removeprefix(WHOOSH)))
    if url.startswith(POSTGRES):
        from kb.search.backends.postgres import PostgresBackend

        return PostgresBackend(url)
    raise ImproperlyConfigured(
        f"SEARCH_URL is {url!r}; it should be {WHOOSH} and the folder of the index, or postgres:// "
        "for the main database"
    )
