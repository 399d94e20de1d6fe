"""What has to be there before the processes start: each step may be repeated without harm."""

import fcntl
import os
import secrets
import shutil
import socket
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.management import call_command

from incidents.hosts.models import Host
from kb.accounts.models import Role, User
from kb.web.health import health_checks

Say = Callable[[str], None]
# How the names of what Twiceshy keeps in its data directory begin.
OURS = (
    "attachments",
    "beat-schedule",
    "index",
    "locks",
    "mail",
    "metrics",
    "redis",
    "secret_key",
    "static",
    "twiceshy",
    "up.lock",
)


class CannotStart(Exception):
    """Why, and what to do about it."""


def lock_data_dir() -> IO[str]:
    """Hold the data directory for this process alone; keep the answer open."""
    private(settings.DATA_DIR)
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
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, settings.PORT))
        except OSError as error:
            raise CannotStart(
                f"Port {settings.PORT} cannot be used ({error.strerror}). "
                f"Choose another: make run PORT={settings.PORT + 10}"
            ) from None


def prepare(say: Say) -> None:
    """Database, library, example, index and static files; at last, the first time, the admin.

    The admin comes last because the password is told only once: a first run that was interrupted
    has made nobody yet, so the next run is the first one again.
    """
    say("Preparing the database …")
    call_command("migrate", verbosity=0, interactive=False)
    call_command("load_lessons", verbosity=0)
    call_command("load_patterns", verbosity=0)
    first = not User.objects.exists()
    if first and wants_example():
        _load_example(say)
    if not _index_is_there():
        say("Building the index …")
        call_command("rebuild_index", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    shutil.rmtree(settings.METRICS_DIR, ignore_errors=True)  # counts of processes long gone
    if first:
        say(f"\n  Sign in as admin with the password {make_admin()} (shown only now)\n")


def make_admin() -> str:
    """The user ``admin``; answers the password, which is kept nowhere in plain."""
    password = secrets.token_urlsafe(12)
    User.objects.create_superuser("admin", "", password, role=Role.ADMIN)
    return password


def wants_example() -> bool:
    """Whether the example is to be loaded: yes, unless ``EXAMPLE=0`` or there are hosts already."""
    if os.environ.get("EXAMPLE", "1").lower() in ("0", "no", "false", ""):
        return False
    return not Host.objects.exists()


def _load_example(say: Say) -> None:
    say("Loading the example: some four hundred days of a small company …")
    call_command("example", "load", verbosity=0, stdout=StringIO())
    say(
        "  To remove it: .venv/bin/python manage.py example remove. "
        "To start without: EXAMPLE=0 make run"
    )


def _index_is_there() -> bool:
    return health_checks["index"]().ok


def private(folder: Path) -> None:
    """A folder that nobody else on this machine can look into.

    One that holds other things too is never closed: somebody may have said ``DATA_DIR=/srv``.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not folder.stat().st_mode & 0o077:
        return
    others = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith(OURS))
    if others:
        raise CannotStart(
            f"{folder} is open to others on this machine and holds things that are not "
            f"Twiceshy's ({others[0]}). Give DATA_DIR a folder of its own, or close this one: "
            f"chmod 700 {folder}"
        )
    folder.chmod(0o700)
