"""The bench cannot rot: it runs whole on a handful of hosts."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_it_prints_a_ratio_for_every_part() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--hosts", "8"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for said in (
        "first sweep",
        "unchanged report, stored",
        "/api/v1/hosts/host-1/verdicts/",
        "/search/?q=raid",
        "x SQLite FTS5",
    ):
        assert said in done.stdout
