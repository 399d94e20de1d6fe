"""A whole private Twiceshy of real processes: web, worker, beat, Redis, its own database and mail.

    with Site(tmp_path, database_url=...) as site:
        site.manage("load_patterns")
        requests.get(site.url + "/readyz")

Every part can be ended and started again while the others go on.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.mailserver import Postbox, free_port, mail_server
from tests.support.seeds import SECRET_KEY, plant
from tests.support.strict import give_up

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a-password-for-tests"


class Site:
    """See the module.  ``seed`` names what it starts with (``tests.support.seeds``) where it lives
    on SQLite; ``settings`` are further environment variables."""

    def __init__(
        self, folder: Path, *, database_url: str = "", seed: str = "empty", **settings: str
    ) -> None:
        self.folder = folder
        self.seed = "" if database_url else seed
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.postbox: Postbox
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        keep = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "STRICT")
        self.environment = {name: os.environ[name] for name in keep if name in os.environ} | {
            "DATA_DIR": str(folder),
            "PORT": str(self.port),
            "SITE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "kb.settings",
            "SECRET_KEY": SECRET_KEY,
            "MAIL_FROM": "Twiceshy <twiceshy@example.net>",
            "PYTHONUNBUFFERED": "1",
            **({"DATABASE_URL": database_url} if database_url else {}),
            **settings,
        }

    # --- its life ---

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._mail = mail_server()
        self.postbox, mail_port = self._mail.__enter__()
        self.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{mail_port}"
        try:
            if self.seed:
                plant(self.seed, self.folder)
            else:
                self.manage("migrate", "-v0")
                self.manage("collectstatic", "--noinput", "-v0")
            for name in ("redis", "web", "worker", "beat"):
                self.start(name)
            self.wait_for("/healthz")
        except BaseException:
            self.stop_all()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop_all()

    def stop_all(self) -> None:
        for name in reversed(list(self.processes)):
            self.stop(name)
        self._mail.__exit__(None, None, None)

    # --- its parts ---

    def start(self, name: str) -> None:
        """Start ``redis``, ``web``, ``worker`` or ``beat``."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                self._command(name),
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self, name: str) -> None:
        """Ask a part to end, and wait until it has."""
        process = self.processes.pop(name, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)

    def kill(self, name: str) -> None:
        """End a part and its children in the middle of whatever they do."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)

    def _command(self, name: str) -> list[str]:
        celery = [sys.executable, "-m", "celery", "-A", "kb"]
        if name == "redis":
            return self._redis()
        if name == "worker":
            quick = ["--without-gossip", "--without-mingle", "--concurrency", "2"]
            return [*celery, "worker", "--loglevel", "INFO", *quick]
        if name == "beat":
            return [*celery, "beat", "--loglevel", "INFO", "--pidfile="]
        return [
            sys.executable, "-m", "granian", "--interface", "wsgi", "kb.wsgi:application",
            "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
            "--blocking-threads", "4", "--no-ws",
        ]  # fmt: skip

    def _redis(self) -> list[str]:
        from kb.operations.redis import find_server

        server = find_server()
        if server is None:
            give_up("needs redis-server: apt install redis-server")
        path = self.folder / "redis.sock"
        if len(os.fsencode(path)) > 100:
            raise ValueError(f"{path} is too long for a socket")
        return [server, "--port", "0", "--unixsocket", str(path), "--dir", str(self.folder)]

    # --- using it ---

    def manage(self, *words: str, input: str | None = None) -> str:
        """What ``manage.py`` printed; an ``AssertionError`` with its words where it failed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            input=input,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def person(self, name: str = "admin", role: str = "admin") -> str:
        """Make somebody who signs in with ``PASSWORD``; their name."""
        self.manage(
            "shell",
            "-c",
            "from kb.accounts.models import User;"
            f"User.objects.create_user({name!r}, '{name}@example.net', {PASSWORD!r},"
            f" role={role!r})",
        )
        return name

    def token(self, name: str = "admin") -> str:
        """A token of somebody who is there."""
        (secret,) = [w for w in self.manage("token", name).split() if w.startswith("tw_")]
        return secret

    def wait_for(self, path: str, *, seconds: float = 60) -> None:
        """Wait until an address answers 200; else fail with what it said last and the logs."""
        said = ""
        for _ in range(round(seconds / 0.2)):
            try:
                with urllib.request.urlopen(self.url + path, timeout=5):
                    return
            except urllib.error.HTTPError as error:
                said = error.read().decode()
            except OSError as error:
                said = str(error)
            time.sleep(0.2)
        raise AssertionError(f"{path} never answered 200: {said}\n{self.logs()}")

    def logs(self) -> str:
        """The end of every part's log."""
        return "\n".join(
            f"--- {path.stem}\n{path.read_text(errors='replace')[-2000:]}"
            for path in sorted(self.folder.glob("*.log"))
        )
