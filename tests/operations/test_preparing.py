"""What ``make run`` does before anything starts: the first time, the next, and when interrupted."""

import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from kb.accounts.models import User
from kb.operations import preparing
from tests.support.factories import make_host, make_user

LIBRARY = ["load_lessons", "load_patterns"]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> list[str]:
    """The commands that were called, instead of calling them; an index that is there."""
    names: list[str] = []

    def note(name: str, *words: str, **options: Any) -> None:
        names.append(" ".join([name, *words]))

    settings.DATA_DIR = tmp_path / "data"
    settings.METRICS_DIR = settings.DATA_DIR / "metrics"  # emptied at the start, and ours is in use
    monkeypatch.setattr(preparing, "call_command", note)
    monkeypatch.setattr(preparing, "_index_is_there", lambda: True)
    monkeypatch.delenv("EXAMPLE", raising=False)
    return names


def passwords(said: list[str]) -> list[str]:
    return re.findall(r"as admin with the password (\S+)", "\n".join(said))


def test_the_first_run_loads_everything_and_tells_the_password(db: None, ran: list[str]) -> None:
    said: list[str] = []
    preparing.prepare(said.append)
    assert ran == ["migrate", *LIBRARY, "example load", "collectstatic"]
    (password,) = passwords(said)
    admin = User.objects.get()
    assert admin.username == "admin"
    assert admin.check_password(password)
    assert admin.is_keeper
    assert any("manage.py example remove" in line and "EXAMPLE=0" in line for line in said)


def test_the_next_run_leaves_people_and_example_alone(db: None, ran: list[str]) -> None:
    preparing.prepare(lambda words: None)
    ran.clear()
    said: list[str] = []
    preparing.prepare(said.append)
    assert ran == ["migrate", *LIBRARY, "collectstatic"]
    assert passwords(said) == []
    assert User.objects.count() == 1


@pytest.mark.parametrize("no", ["0", "no", "False", ""])
def test_without_the_example_patterns_and_lessons_are_there_still(
    db: None, ran: list[str], monkeypatch: pytest.MonkeyPatch, no: str
) -> None:
    monkeypatch.setenv("EXAMPLE", no)
    said: list[str] = []
    preparing.prepare(said.append)
    assert ran == ["migrate", *LIBRARY, "collectstatic"]
    assert len(passwords(said)) == 1


def test_a_second_machine_on_a_database_in_use_brings_no_example(db: None, ran: list[str]) -> None:
    make_user("ruth")
    preparing.prepare(lambda words: None)
    assert "example load" not in ran
    assert [user.username for user in User.objects.all()] == ["ruth"]


def test_hosts_that_are_there_are_not_mixed_with_the_example(db: None, ran: list[str]) -> None:
    make_host("web-01")
    preparing.prepare(lambda words: None)
    assert "example load" not in ran
    assert User.objects.count() == 1


def test_a_first_run_that_is_interrupted_is_the_first_run_again(
    db: None, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(name: str, *words: str, **options: Any) -> None:
        if name == "example":
            raise KeyboardInterrupt

    kept: Callable[..., None] = preparing.call_command
    monkeypatch.setattr(preparing, "call_command", interrupted)
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        preparing.prepare(said.append)
    assert passwords(said) == []
    assert not User.objects.exists()

    monkeypatch.setattr(preparing, "call_command", kept)
    preparing.prepare(said.append)
    assert "example load" in ran
    assert User.objects.get().check_password(passwords(said)[0])


def test_a_missing_index_is_built(
    db: None, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "_index_is_there", lambda: False)
    preparing.prepare(lambda words: None)
    assert "rebuild_index" in ran


def test_a_data_directory_open_to_others_is_closed(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "deep" / "data"
    settings.DATA_DIR.mkdir(parents=True)
    settings.DATA_DIR.chmod(0o755)
    preparing.lock_data_dir().close()
    assert stat.S_IMODE(settings.DATA_DIR.stat().st_mode) == 0o700


def test_a_folder_with_other_things_in_it_is_refused_and_left_as_it_is(
    settings: Settings, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "wedding.jpg").touch()
    settings.DATA_DIR = tmp_path
    with pytest.raises(preparing.CannotStart, match=r"wedding\.jpg.*a folder of its own"):
        preparing.lock_data_dir()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
