"""In CI nothing is skipped: what would be, fails and says what it needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest
from tests.support.strict import give_up

def test_asks(): give_up("needs a lathe: apt install lathe")

@pytest.mark.skipif(True, reason="not on Tuesdays")
def test_marked(): pass

@pytest.mark.xfail(reason="known")
def test_known(): assert False
"""
MODULE = "import pytest\npytest.importorskip('no_such_module_at_all')\n"


def outcome(folder: Path, **environment: str) -> tuple[int, str]:
    (folder / "test_some.py").write_text(TESTS)
    (folder / "test_module.py").write_text(MODULE)
    (folder / "pytest.ini").write_text("[pytest]\n")
    keep = {name: value for name, value in os.environ.items() if name not in ("STRICT", "CI")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", "-p", "tests.support.strict",
         "-p", "no:cacheprovider", "-p", "no:django", "--continue-on-collection-errors", "."],
        cwd=folder,
        env=keep | {"PYTHONPATH": str(Path(__file__).parents[2])} | environment,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_at_home_it_skips_and_ends_with_the_mend(tmp_path: Path) -> None:
    code, said = outcome(tmp_path)
    assert code == 0
    assert "needs a lathe: apt install lathe" in said.split("short test summary info")[1]
    assert "3 skipped, 1 xfailed" in said.splitlines()[-1]


@pytest.mark.parametrize("variable", [{"STRICT": "1"}, {"CI": "true"}])
def test_in_ci_every_skip_is_a_failure(tmp_path: Path, variable: dict[str, str]) -> None:
    code, said = outcome(tmp_path, **variable)
    assert code == 1
    assert "1 failed, 1 xfailed, 2 errors" in said.splitlines()[-1]
    assert "needs a lathe: apt install lathe" in said
    assert "not on Tuesdays" in said
    assert "no_such_module_at_all" in said
