"""``manage.py up``: prepare, then run web, worker, beat and Redis until Ctrl-C."""

import os
import shlex
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from honcho.manager import Manager

from kb.operations import redis
from kb.operations.preparing import CannotStart, check_port, lock_data_dir, prepare

ASKED_TO_STOP = (128 + signal.SIGINT, 128 + signal.SIGTERM)  # how honcho reports being asked
THREADS = min(8, 2 * (os.cpu_count() or 1) + 1)  # of a web process; more, and granian warns
# Celery warns of a worker run by root in eight lines; in a container that is what there is.
AS_ROOT = "ignore:You're running the worker with superuser privileges"


class Command(BaseCommand):
    help = "Prepare everything and run it under one process manager until Ctrl-C."
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            held = lock_data_dir()
            check_port()
            processes = self._processes()
            prepare(self._say)
        except (CannotStart, LookupError) as error:
            raise CommandError(str(error)) from None
        manager = Manager()
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": AS_ROOT}
        for name, command in processes.items():
            line = shlex.join([*self._wrapper(name), *command])
            manager.add_process(name, line, env=environment, cwd=str(settings.BASE_DIR))
        threading.Thread(target=self._announce, daemon=True).start()
        manager.loop()
        held.close()
        if manager.returncode in ASKED_TO_STOP:
            return
        self._say("\n  One part ended by itself, so all were stopped: the first one above.")
        if "redis" in processes:
            self._say(f"  Redis writes its reasons to {redis.log_file()}")
        sys.exit(manager.returncode or 1)

    def _processes(self) -> dict[str, list[str]]:
        celery = [sys.executable, "-m", "celery", "--quiet", "-A", "kb"]
        quiet = ["--loglevel", "WARNING"]
        found = {} if settings.REDIS_URL else {"redis": redis.command()}
        return found | {
            "web": [
                sys.executable, "-m", "granian", "--interface", "wsgi", "kb.wsgi:application",
                "--host", settings.HOST, "--port", str(settings.PORT),
                "--workers", str(settings.WEB_WORKERS), "--blocking-threads", str(THREADS),
                "--log-level", "warning", "--no-ws", "--respawn-failed-workers",
            ],
            "worker": [
                *celery, "worker", *quiet, "--concurrency", str(settings.TASK_WORKERS),
                "--without-gossip", "--without-mingle", "--hostname", f"worker-{os.getpid()}@%h",
            ],
            "beat": [*celery, "beat", *quiet, "--pidfile="],
        }  # fmt: skip

    def _wrapper(self, name: str) -> list[str]:
        part = "outlives" if name == "redis" else "uses"
        users = settings.DATA_DIR / "redis.users"
        return [sys.executable, "-m", "kb.operations.child", str(os.getpid()), part, str(users)]

    def _announce(self) -> None:
        """Say the address once the web answers."""
        host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
        address = f"http://{host}:{settings.PORT}/healthz"
        for _ in range(600):
            try:
                with urllib.request.urlopen(address, timeout=2):
                    break
            except urllib.error.HTTPError:
                break  # it answers; that it does not know this name is another matter
            except OSError:
                time.sleep(0.2)
        else:
            self._say("\n  The web has not answered for two minutes; the lines above say why.\n")
            return
        self._say(f"\n  Twiceshy is at {settings.SITE_URL}/   (Ctrl-C stops it)\n")

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()
