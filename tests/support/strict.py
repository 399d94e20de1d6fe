"""Where a real part is missing: outside CI say how to get it and skip, in CI fail."""

import os
import shutil
from typing import NoReturn

import pytest

STRICT = os.environ.get("STRICT", "") not in ("", "0")
PROGRAMS = {
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "apt install chromium"),
    "redis-server": (("redis-server",), "apt install redis-server"),
    "ansible": ((".venv/bin/ansible", "ansible"), "make test sets it up"),
}


def give_up(why: str) -> NoReturn:
    """Skip with the mend; a failure where nothing may be skipped."""
    if STRICT:
        pytest.fail(why)
    pytest.skip(why)


def program(name: str) -> str:
    """The path of a program that a test needs."""
    names, mend = PROGRAMS[name]
    for one in names:
        found = shutil.which(one)
        if found:
            return found
    give_up(f"needs {name}: {mend}")
