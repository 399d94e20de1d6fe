"""The embedded Redis: a socket for us alone, every write kept."""

from pathlib import Path

import pytest
from pytest_django import Settings

from kb.operations import redis


@pytest.fixture(autouse=True)
def some_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis, "find_server", lambda: "/usr/bin/redis-server")


def test_it_listens_on_a_private_socket_only_and_keeps_every_write(
    settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    settings.REDIS_SOCKET = tmp_path / "short" / "redis.sock"
    server, *words = redis.command()
    options = dict(zip(words[::2], words[1::2], strict=True))
    assert server == "/usr/bin/redis-server"
    assert options["--port"] == "0"
    assert options["--unixsocket"] == str(settings.REDIS_SOCKET)
    assert options["--unixsocketperm"] == "700"
    assert options["--appendonly"] == "yes"
    assert settings.REDIS_SOCKET.parent.stat().st_mode & 0o077 == 0


def test_a_folder_that_others_could_open_is_closed(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.REDIS_SOCKET = tmp_path / "open" / "redis.sock"
    settings.REDIS_SOCKET.parent.mkdir(mode=0o755)
    redis.command()
    assert settings.REDIS_SOCKET.parent.stat().st_mode & 0o077 == 0


def test_a_folder_laid_out_by_somebody_else_is_refused(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.REDIS_SOCKET = tmp_path / "trap" / "redis.sock"
    (tmp_path / "elsewhere").mkdir()
    settings.REDIS_SOCKET.parent.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LookupError, match="belongs to somebody else"):
        redis.command()


def test_without_any_server_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis, "find_server", lambda: None)
    with pytest.raises(LookupError, match="apt install redis-server"):
        redis.command()
