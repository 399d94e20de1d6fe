"""Runs one of the processes of ``manage.py up`` and ends it when its manager is gone.

    python -m kb.operations.child MANAGER_PID {uses|outlives} FILE COMMAND …

A manager that is killed outright can tell nobody; without this its children would live on.  All
are asked to end at once; one that *outlives* the others is ended when none that *uses* it is left,
which a shared lock on FILE tells: a worker that ends wants to tell Redis so.
"""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import IO

PATIENCE = 4.0  # seconds between asking and ending; honcho itself would end us after five
OTHERS = 3.5  # of these, how long one that outlives the others waits for them
PR_SET_PDEATHSIG = 1


def main(manager: int, part: str, file: str, command: list[str]) -> int:
    with Path(file).open("a") as shared:
        if part == "uses":
            fcntl.flock(shared, fcntl.LOCK_SH)
        child = subprocess.Popen(command, preexec_fn=_end_with_me, process_group=0)
        return _watch(child, manager, shared if part == "outlives" else None)


def _watch(child: subprocess.Popen[bytes], manager: int, outlives: IO[str] | None) -> int:
    """Wait for its end, and bring that about when asked to, or when the manager is gone."""
    asked: list[float] = []
    told = False

    def ask(number: int = 0, frame: FrameType | None = None) -> None:
        if not asked:
            asked.append(time.monotonic())

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    while True:
        try:
            code = child.wait(timeout=0.1 if asked else 0.5)
            _end_the_rest(child.pid)
            return code
        except subprocess.TimeoutExpired:
            if not _is_alive(manager):
                ask()
            waited = time.monotonic() - asked[0] if asked else 0.0
            if asked and not told and (waited > OTHERS or not _is_used(outlives)):
                child.terminate()
                told = True
            if waited > PATIENCE:
                os.killpg(child.pid, signal.SIGKILL)


def _is_used(shared: IO[str] | None) -> bool:
    if shared is None:
        return False
    try:
        fcntl.flock(shared, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _end_the_rest(group: int) -> None:
    """End the workers of a process that was killed outright: they would go on without it."""
    try:
        os.killpg(group, signal.SIGTERM)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            time.sleep(0.05)
            os.killpg(group, 0)
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return  # nobody is left


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _end_with_me() -> None:
    # Linux only; elsewhere the watch above has to do.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]))
