"""Data directories made once for a run of the tests, and copied by whoever starts a site on one.

Making one takes half a minute of migrations and example; copying it takes none of that.  The
workers of one run share them: whoever comes first makes it, the others wait.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "TWICESHY_TEST_SEEDS"
SECRET_KEY = "a key for tests only, long enough to be accepted"
LIBRARY = [["load_lessons"], ["load_patterns"]]
COMMANDS = {
    "empty": [["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"]],
    "library": LIBRARY,
    "example": [["example", "load"], ["rebuild_index"]],
}
BELOW = {"library": "empty", "example": "library"}


def pytest_configure(config: pytest.Config) -> None:
    """The first process of a run names the place; the workers inherit the name."""
    if not hasattr(config, "workerinput"):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="twiceshy-seeds-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(FOLDER, ""), ignore_errors=True)


def plant(kind: str, folder: Path) -> None:
    """Fill ``folder`` with a copy of the data directory ``kind`` (``COMMANDS``)."""
    shutil.copytree(_seed(kind), folder, symlinks=True, dirs_exist_ok=True)


def _seed(kind: str) -> Path:
    place = Path(os.environ[FOLDER])
    made = place / kind
    with (place / f"{kind}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            fresh = place / f"{kind}.new"
            fresh.mkdir(mode=0o700, exist_ok=True)
            if below := BELOW.get(kind):
                plant(below, fresh)
            for words in COMMANDS[kind]:
                _manage(fresh, words)
            fresh.rename(made)
    return made


def _manage(folder: Path, words: list[str]) -> None:
    keep = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")
    environment = {name: os.environ[name] for name in keep if name in os.environ}
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment | {"DATA_DIR": str(folder), "SECRET_KEY": SECRET_KEY},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"manage.py {' '.join(words)}\n{done.stdout}\n{done.stderr}"
