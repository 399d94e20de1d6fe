"""Two hundred people who save one page at once: every word stays, and "saved" is always true."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.postgres import fresh_database

AUTHORS = 200


def race(database: str, folder: Path) -> dict[str, Any]:
    env = os.environ | {
        "DATABASE_URL": database,
        "DATA_DIR": str(folder),
        "SECRET_KEY": "only-for-this-test",
        "REDIS_URL": "redis://127.0.0.1:1/0",  # nobody needs to be told
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "kb.settings",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.wiki.race", str(AUTHORS)],
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
