"""Runs one of the processes of ``manage.py up`` and ends it when its manager is gone.

    python -m kb.operations.child MANAGER_PID COMMAND …

A manager that is killed outright can tell nobody; without this its children would live on.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from types import FrameType

PATIENCE = 4.0  # seconds between asking and ending; honcho itself would end us after five
PR_SET_PDEATHSIG = 1


def main(manager: int, command: list[str]) -> int:
    child = subprocess.Popen(command, preexec_fn=_end_with_me, process_group=0)
    asked: list[float] = []

    def ask(number: int = 0, frame: FrameType | None = None) -> None:
        if not asked:
            asked.append(time.monotonic())
            child.terminate()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    while True:
        try:
            code = child.wait(timeout=0.5)
            _end_the_rest(child.pid)
            return code
        except subprocess.TimeoutExpired:
            if not _is_alive(manager):
                ask()
            if asked and time.monotonic() - asked[0] > PATIENCE:
                os.killpg(child.pid, signal.SIGKILL)


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
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
