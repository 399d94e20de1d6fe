"""A module of the tests run as a process of its own, on a database of its own."""

import os
import subprocess
import sys
from pathlib import Path


def run_module(module: str, *words: object, database: str, folder: Path, **settings: str) -> str:
    """What ``python -m module words`` printed, with ``folder`` as its data directory; an
    ``AssertionError`` with its complaints where it failed."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "kb.settings",
        "DATABASE_URL": database,
        "DATA_DIR": str(folder),
        "SECRET_KEY": "a key for tests only",
        "LOG_LEVEL": "ERROR",
    }
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, words)],
        env=os.environ | environment | settings,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
