"""One drainer at a time: a lock that the system gives back the moment its holder dies."""

import fcntl
import hashlib
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

# A session of PostgreSQL may take its own lock twice; threads and eager tasks must not.
_here: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@contextmanager
def turn(topic: str) -> Iterator[bool]:
    """Whether it is this process's turn at ``topic``; never waits.

    With PostgreSQL a session-level advisory lock, so workers may run on several machines.
    With SQLite, which lives on one machine, a lock on a file.
    """
    with ExitStack() as stack:
        mine = _here[topic].acquire(blocking=False)
        if mine:
            stack.callback(_here[topic].release)
            held = _advisory(topic) if connection.vendor == "postgresql" else _file(topic)
            mine = stack.enter_context(held)
        yield mine


@contextmanager
def _advisory(topic: str) -> Iterator[bool]:
    number = int.from_bytes(_digest(f"outbox {topic}")[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


@contextmanager
def _file(topic: str) -> Iterator[bool]:
    database = str(connection.settings_dict["NAME"])
    folder = Path(settings.DATA_DIR) / "locks"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"outbox-{_digest(f'{topic} {database}').hex()[:16]}.lock"
    handle = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
