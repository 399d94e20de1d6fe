"""Two hundred people who save one page at once: every word stays, and "saved" is always true."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.alone import run_module
from tests.support.postgres import fresh_database

AUTHORS = 200


def race(database: str, folder: Path) -> dict[str, Any]:
    nobody_to_tell = "redis://127.0.0.1:1/0"
    said = run_module(
        "tests.wiki.race", AUTHORS, database=database, folder=folder, REDIS_URL=nobody_to_tell
    )
    answer: dict[str, Any] = json.loads(said)
    return answer


def check(answer: dict[str, Any]) -> None:
    assert answer.pop("clashes") > 0, "nobody met anybody in the same place"
    assert answer.pop("merged") > AUTHORS / 4, "hardly anybody met anybody"
    assert answer.pop("kept") > 0
    assert answer == {"saved": AUTHORS, "revisions": True, "told wrongly": [], "lost": []}


def test_on_sqlite(tmp_path: Path) -> None:
    check(race(f"sqlite:///{tmp_path / 'db.sqlite3'}", tmp_path))


@pytest.fixture
def postgresql() -> str:
    return fresh_database()


@pytest.mark.postgres
def test_on_postgresql(postgresql: str, tmp_path: Path) -> None:
    check(race(postgresql, tmp_path))
