"""Where a real part is missing: outside CI say how to get it and skip, in CI fail.

The two hooks at the end (taken in by ``tests/conftest.py``) hold every skip to that, also one that
a library or a mark brings about.
"""

import os
import shutil
import sys
from collections.abc import Generator
from pathlib import Path
from typing import NoReturn

import pytest

STRICT = os.environ.get("STRICT", "") not in ("", "0") or os.environ.get("CI", "").lower() == "true"
PROGRAMS = {
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "apt install chromium"),
    "redis-server": (("redis-server",), "apt install redis-server"),
    "ansible": (("ansible",), "make test sets it up"),
    "borg": (("borg",), "apt install borgbackup"),
    "curl": (("curl",), "apt install curl"),
    "lsblk": (("lsblk",), "apt install util-linux"),
    "openssl": (("openssl",), "apt install openssl"),
    "alertmanager": (
        ("prometheus-alertmanager", "alertmanager"),
        "apt install prometheus-alertmanager",
    ),
    "prometheus": (("prometheus",), "apt install prometheus"),
    "promtool": (("promtool",), "apt install prometheus"),
    "restic": (("restic",), "apt install restic"),
}


def give_up(why: str) -> NoReturn:
    """Skip with the mend; a failure where nothing may be skipped."""
    if STRICT:
        pytest.fail(why)
    pytest.skip(why)


def program(name: str) -> str:
    """The path of a program that a test needs; beside our Python before anywhere else."""
    names, mend = PROGRAMS[name]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    for one in names:
        found = shutil.which(one, path=path)
        if found:
            return found
    give_up(f"needs {name}: {mend}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if STRICT and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", _refusal(report.longrepr)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if STRICT and report.skipped:
        report.outcome, report.longrepr = "failed", _refusal(report.longrepr)
    return report


def _refusal(skip: object) -> str:
    why = skip[2] if isinstance(skip, tuple) else skip
    return f"Nothing may be skipped here (STRICT=1). {why}"
