"""``manage.py up``, really run: it comes up whole, and whatever ends it leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from kb.operations.redis import find_server
from tests.support.mailserver import free_port
from tests.support.strict import give_up

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = re.compile(r"Sign in as admin with the password (\S+)")


@dataclass
class Running:
    """One manager and what it wrote."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def readyz(self) -> tuple[int, dict[str, object]]:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/readyz", timeout=5
            ) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError as error:
            return 0, {"said": str(error)}

    def wait_until_ready(self) -> dict[str, object]:
        for _ in range(600):
            status, told = self.readyz()
            if status == 200:
                return told
            assert self.process.poll() is None, self.said
            time.sleep(0.2)
        raise AssertionError(f"{told}\n{self.said}")

    def left(self) -> list[str]:
        """Every process that was started for this data directory and still lives."""
        mark = f"DATA_DIR={self.folder}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                # Redis writes its title over its environment, but names its socket there.
                ours = mark in (entry / "environ").read_bytes().split(b"\0")
                if ours or f"{self.folder}/" in words:
                    found.append(f"{entry.name} {words}")
            except OSError:
                continue  # it ended while we looked, or is not ours to read
        return found

    def wait_until_gone(self) -> None:
        for _ in range(200):
            if not self.left():
                return
            time.sleep(0.2)
        raise AssertionError("\n".join(self.left()))

    def the(self, words: str) -> int:
        """The process whose command line has these words and which no wrapper holds."""
        (pid, *_) = sorted(
            int(line.split()[0])
            for line in self.left()
            if words in line and "kb.operations.child" not in line
        )
        return pid


@contextmanager
def up(folder: Path, **settings: str) -> Iterator[Running]:
    """``manage.py up`` on a free port; whatever the test left is killed afterwards."""
    port = free_port()
    log = folder.with_suffix(".log")
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env=keep | {"DATA_DIR": str(folder), "PORT": str(port), "EXAMPLE": "0"} | settings,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Running(process, port, folder, log)
    try:
        yield running
    finally:
        for line in running.left():
            with suppress(ProcessLookupError):
                os.kill(int(line.split()[0]), signal.SIGKILL)
        process.wait(10)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data directory for the whole file: the first test makes it, the others find it."""
    if find_server() is None:
        give_up("needs redis-server: apt install redis-server")
    if not Path("/proc/self/environ").exists():
        give_up("needs Linux: only there every process can be counted")
    return tmp_path_factory.mktemp("up") / "data"


def test_the_first_run_comes_up_whole_and_stops_clean(folder: Path) -> None:
    with up(folder) as site:
        told = site.wait_until_ready()
        assert told["ready"] is True
        parts = told["parts"]
        assert isinstance(parts, dict)
        assert {"database", "redis", "worker", "beat", "index"} <= set(parts)
        assert len(PASSWORD.findall(site.said)) == 1
        for _ in range(50):
            if "Twiceshy is at" in site.said:
                break
            time.sleep(0.1)
        assert f"Twiceshy is at http://localhost:{site.port}/" in site.said
        assert folder.stat().st_mode & 0o077 == 0
        site.process.send_signal(signal.SIGINT)
        assert site.process.wait(30) == 0, site.said
        site.wait_until_gone()
        assert "Traceback" not in site.said
        assert "WARNING" not in site.said


def test_the_next_run_keeps_the_password_and_leaves_no_orphans_when_killed(folder: Path) -> None:
    with up(folder) as site:
        site.wait_until_ready()
        assert PASSWORD.findall(site.said) == []
        site.process.kill()
        site.process.wait(10)
        site.wait_until_gone()


@pytest.mark.parametrize("part", ["celery --quiet -A kb worker", "granian", "redis-server"])
def test_a_vital_process_that_dies_stops_all_and_is_named(folder: Path, part: str) -> None:
    with up(folder) as site:
        site.wait_until_ready()
        os.kill(site.the(part), signal.SIGKILL)
        assert site.process.wait(40) not in (0, None)
        site.wait_until_gone()
        name = {"granian": "web", "redis-server": "redis"}.get(part, "worker")
        assert re.search(rf"{name} +(stopped|died|ended)", site.said), site.said


def refused(folder: Path, port: int) -> str:
    """What a manager says that does not start."""
    done = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1, done.stdout
    return done.stderr


def test_the_same_data_or_a_taken_port_is_refused_and_the_first_goes_on(folder: Path) -> None:
    with up(folder) as first:
        first.wait_until_ready()
        assert f"running already on {folder}" in refused(folder, free_port())

        other = folder.with_name("other")
        said = refused(other, first.port)
        assert f"Port {first.port} cannot be used" in said
        assert f"make run PORT={first.port + 10}" in said
        assert not (other / "twiceshy.sqlite3").exists()

        assert first.readyz()[0] == 200
