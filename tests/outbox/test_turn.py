"""One drainer at a topic, however many workers there are, and a dead one blocks nobody."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.postgres import fresh_database

ROWS = 200
WORKERS = 4


def race(database: str, folder: Path) -> list[str]:
    """What the workers wrote, in the order in which they did."""
    file = folder / "done"
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "kb.settings",
        "DATABASE_URL": database,
        "DATA_DIR": str(folder),
        "SECRET_KEY": "only-for-this-test",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "tests.outbox.race", str(file), str(ROWS), str(WORKERS)]
    done = subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return file.read_text().splitlines()


def check(lines: list[str]) -> None:
    rows = [line for line in lines if line.isdigit()]
    assert rows == [str(n) for n in range(ROWS)], "each once, in order"
    turns = [line.split() for line in lines if not line.isdigit()]
    for (begin, who), (end, same) in zip(turns[::2], turns[1::2], strict=True):
        assert (begin, end, who) == ("begin", "end", same), "two worked at once"


def test_on_sqlite(tmp_path: Path) -> None:
    check(race(f"sqlite:///{tmp_path / 'db.sqlite3'}", tmp_path))


@pytest.fixture
def postgresql() -> str:
    return fresh_database()


@pytest.mark.postgres
def test_on_postgresql(postgresql: str, tmp_path: Path) -> None:
    check(race(postgresql, tmp_path))
