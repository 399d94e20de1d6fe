"""A drainer that is killed at any moment loses nothing: the outbox remembers what was not done."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.postgres import end_server, fresh_database

ROUNDS = 15


def crash(database: str, folder: Path) -> dict[str, Any]:
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "kb.settings",
        "DATABASE_URL": database,
        "DATA_DIR": str(folder),
        "SEARCH_URL": f"whoosh://{folder / 'index'}",
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


@pytest.fixture
def postgresql() -> Iterator[str]:
    yield fresh_database()
    end_server()


@pytest.mark.postgres
def test_on_postgresql(postgresql: str, tmp_path: Path) -> None:
    check(crash(postgresql, tmp_path))
