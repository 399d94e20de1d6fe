"""The bench cannot rot: it runs whole on a handful of hosts."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.bench import __main__ as whole
from tests.bench import fleet
from tests.support.seeds import plant

ROOT = Path(__file__).resolve().parents[2]


def bench(tmp_path: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it as ``make bench`` does, with a folder for whatever it leaves behind."""
    around = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-m", "tests.bench", *words],
        cwd=ROOT,
        env=around | {"TMPDIR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_prints_a_ratio_for_every_part_and_leaves_nothing_behind(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    migrated = tmp_path_factory.mktemp("migrated")
    plant("empty", migrated)
    address = f"sqlite:///{migrated / 'twiceshy.sqlite3'}"
    done = bench(tmp_path, "--hosts", "20", "--turns", "1", DATABASE_URL=address)
    assert done.returncode == 0, done.stderr
    for said in (
        "A made-up fleet of 20 hosts on SQLite",
        "first sweep",
        "verdicts a second",
        "2 workers",
        "memory of a worker, at most",
        "a changed host and its dependants",
        "first counts of a preview",
        "command, unchanged",
        "/api/v1/hosts/host-1/verdicts/",
        "/search/?q=raid",
        "x SQLite FTS5",
        "all mails of one scope",
    ):
        assert said in done.stdout
    assert "left out" not in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_it_runs_the_parts_that_were_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def part(name: str) -> SimpleNamespace:
        return SimpleNamespace(measure=lambda size: [f"{name.rpartition('.')[2]} of {size} hosts"])

    monkeypatch.setattr(fleet, "load_fleet", lambda size: None)
    monkeypatch.setattr(whole, "importlib", SimpleNamespace(import_module=part))
    monkeypatch.setattr(whole, "gc", SimpleNamespace(freeze=lambda: None))
    monkeypatch.setattr("django.core.management.call_command", lambda *words, **said: None)
    monkeypatch.setattr("django.db.connection.close", lambda: None)
    assert whole._bench(2, whole._parts("mail,ingest")) == 0
    said = capsys.readouterr().out
    assert [line for line in said.splitlines() if line][2:] == [
        "ingest", "ingest of 2 hosts", "mail", "mail of 2 hosts",
    ]  # fmt: skip


def test_a_database_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "mine.sqlite3"
    with sqlite3.connect(mine) as database:
        database.execute("CREATE TABLE kept (word TEXT)")
    done = bench(tmp_path, "--hosts", "2", DATABASE_URL=f"sqlite:///{mine}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "give an empty one" in done.stderr
    with sqlite3.connect(mine) as database:
        tables = database.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("kept",)]


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--only", "speed"], "no part 'speed'"), (["--hosts", "none"], "give a number from 2 up")],
)
def test_what_it_does_not_know_it_says(tmp_path: Path, words: list[str], said: str) -> None:
    done = bench(tmp_path, *words)
    assert done.returncode == 2
    assert said in done.stderr
