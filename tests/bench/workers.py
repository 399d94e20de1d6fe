"""Worker processes that sweep together, as Celery's do: claim a chunk, ask it, store it."""

import subprocess
import sys
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from django.db import connection

from incidents.patterns import compiled, sweeps
from incidents.patterns.models import Sweep
from tests.bench.documents import NOW
from tests.bench.measure import peak, say

ALONE = "import django; django.setup(); from tests.bench import workers; workers.serve()"


@dataclass(frozen=True, slots=True)
class Memory:
    """MiB of the hungriest worker: the most it ever held, and what it held before it began."""

    most: int
    before: int


class Crew:
    """So many processes, started and warm before anything is timed."""

    def __init__(self, size: int) -> None:
        connection.close()  # a forked handle would be shared
        self._workers = [
            subprocess.Popen(
                [sys.executable, "-c", ALONE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                bufsize=1,
            )
            for _ in range(size)
        ]
        self._before = max(int(_heard(one)) for one in self._workers)
        self._most = self._before

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for one in self._workers:
            one.communicate(timeout=60)

    def sweep(self) -> None:
        """A whole sweep, from its start to its closed books."""
        sweep = sweeps.plan(sweeps.start(now=NOW, background=False), NOW)
        for one in self._workers:
            assert one.stdin is not None
            one.stdin.write(f"{sweep.pk}\n")
            one.stdin.flush()
        self._most = max(self._most, *(int(_heard(one)) for one in self._workers))
        done = sweeps.finish(sweep, NOW)
        if done.finished_at is None:
            raise RuntimeError("the workers left chunks undone")

    @property
    def memory(self) -> Memory:
        return Memory(self._most, self._before)


def _heard(worker: "subprocess.Popen[str]") -> str:
    assert worker.stdout is not None
    line = worker.stdout.readline()
    if not line:
        raise RuntimeError("a worker died")
    return line


def serve() -> None:
    """Answer every line, the key of a sweep, with the most memory held once no chunk is left."""
    compiled.enabled()
    say(peak())
    for line in sys.stdin:
        sweep = Sweep.objects.get(pk=line.strip())
        while chunk := sweeps.claim(sweep, NOW):
            sweeps.work(sweep, chunk, NOW)
        say(peak())
