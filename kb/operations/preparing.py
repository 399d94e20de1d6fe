"""What has to be there before the processes start: each step may be repeated without harm."""

import fcntl
import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.management import call_command

from kb.accounts.models import Role, User
from kb.web.health import health_checks

Say = Callable[[str], None]


class CannotStart(Exception):
    """Why, and what to do about it."""


def lock_data_dir() -> IO[str]:
    """Hold the data directory for this process alone; keep the answer open."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = (settings.DATA_DIR / "up.lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise CannotStart(
            f"Twiceshy is running already on {settings.DATA_DIR}. "
            "Stop that one, or choose another: make run PORT=8010 DATA_DIR=var2"
        ) from None
    return handle


def check_port() -> None:
    """Whether nobody else answers at our port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, settings.PORT))
        except OSError as error:
            raise CannotStart(
                f"Port {settings.PORT} cannot be used ({error.strerror}). "
                f"Choose another: make run PORT={settings.PORT + 10}"
            ) from None


def prepare(say: Say) -> str | None:
    """Database, library, example, index and admin; the password, the first time."""
    _private(settings.DATA_DIR)
    say("Preparing the database …")
    call_command("migrate", verbosity=0, interactive=False)
    password = make_admin()
    call_command("load_lessons", verbosity=0)
    call_command("load_patterns", verbosity=0)
    _load_example(say)
    if not _index_is_there():
        say("Building the index …")
        call_command("rebuild_index", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    return password


def make_admin() -> str | None:
    """The user ``admin`` where there is nobody yet; its password, which is never shown again."""
    if User.objects.exists():
        return None
    password = secrets.token_urlsafe(12)
    User.objects.create_superuser("admin", "", password, role=Role.ADMIN)
    return password


def _load_example(say: Say) -> None:
    """On the first run only, and only where it is wanted."""
    note = settings.DATA_DIR / "example"
    if note.exists():
        return
    if os.environ.get("EXAMPLE", "1") in ("0", "no", "false", ""):
        note.write_text("not wanted\n")
        return
    say("Loading the example: some four hundred days of a small company …")
    call_command("example", "load", verbosity=0)
    note.write_text("loaded\n")
    say(
        "  To remove it: .venv/bin/python manage.py example remove. "
        "To start without: EXAMPLE=0 make run"
    )


def _index_is_there() -> bool:
    return health_checks["index"]().ok


def _private(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
