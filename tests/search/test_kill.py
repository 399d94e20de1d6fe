"""A drainer that is killed at any moment loses nothing: the outbox remembers what was not done."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.postgres import fresh_database

ROUNDS = 15


def crash(database: str, folder: Path, index: str = "") -> dict[str, Any]:
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "kb.settings",
        "DATABASE_URL": database,
        "DATA_DIR": str(folder),
        "SEARCH_URL": index or f"whoosh://{folder / 'index'}",
        "SECRET_KEY": "only-for-this-test",
        "LOG_LEVEL": "ERROR",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.search.crash", str(ROUNDS)],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
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
