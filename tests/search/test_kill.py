"""A drainer that is killed at any moment loses nothing: the outbox remembers what was not done."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.alone import run_module
from tests.support.postgres import fresh_database

ROUNDS = 15


def crash(database: str, folder: Path, index: str = "") -> dict[str, Any]:
    search = index or f"whoosh://{folder / 'index'}"
    said = run_module(
        "tests.search.crash", ROUNDS, database=database, folder=folder, SEARCH_URL=search
    )
    answer: dict[str, Any] = json.loads(said)
    return answer


def check(answer: dict[str, Any]) -> None:
    assert answer.pop("interrupted") > 0, "every drainer was done before it was killed"
    left, same = answer.pop("left"), answer.pop("same")
    assert left >= 0
    assert same > ROUNDS * 12
    assert answer == {"missing": [], "stale": [], "surplus": [], "rebuilt": False, "waiting": 0}


def test_on_sqlite(tmp_path: Path) -> None:
    check(crash(f"sqlite:///{tmp_path / 'db.sqlite3'}", tmp_path))


@pytest.mark.postgres
def test_on_postgresql(tmp_path: Path) -> None:
    check(crash(fresh_database(), tmp_path))


@pytest.mark.postgres
def test_with_the_index_in_the_main_database(tmp_path: Path) -> None:
    check(crash(fresh_database(), tmp_path, index="postgres://"))
