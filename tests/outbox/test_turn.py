"""One drainer at a topic, however many workers there are, and a dead one blocks nobody."""

from pathlib import Path

import pytest

from tests.support.alone import run_module
from tests.support.postgres import fresh_database

ROWS = 200
WORKERS = 4


def race(database: str, folder: Path) -> list[str]:
    """What the workers wrote, in the order in which they did."""
    file = folder / "done"
    run_module("tests.outbox.race", file, ROWS, WORKERS, database=database, folder=folder)
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
