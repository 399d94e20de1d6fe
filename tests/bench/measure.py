"""Fair pairs: the thing and its limit take turns, and only their ratio is told."""

import gc
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TURNS = 5


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of the ratios of all turns, and the least and greatest of them."""

    name: str
    limit: str
    median: float
    least: float
    most: float
    turns: int

    def __str__(self) -> str:
        noise = f"({self.least:.2f} to {self.most:.2f} in {self.turns} turns)"
        return f"  {self.name:34} {self.median:8.2f} x {self.limit} {noise}"


Clock = Callable[[], float]


def seconds(work: Callable[[], object], clock: Clock = time.perf_counter) -> float:
    """How long one run takes, without the collector's interference."""
    gc.collect()
    gc.disable()
    try:
        begun = clock()
        work()
        return clock() - begun
    finally:
        gc.enable()


def compare(
    name: str,
    work: Callable[[], object],
    limit_name: str,
    limit: Callable[[], object],
    *,
    before: Callable[[], object] | None = None,
    before_limit: Callable[[], object] | None = None,
    times: float = 1.0,
    clock: Clock = time.perf_counter,
    turns: int = 0,
) -> Ratio:
    """Let ``work`` and ``limit`` take turns; what is to run before either is not timed.

    ``times``: how often the limit's work goes into the whole, where it did only a part of it.
    ``clock``: one of the work alone, where that can be told from what others want of the machine.
    ``turns``: where as many as usual would take too long.
    """
    ratios = []
    turns = turns or int(os.environ.get("BENCH_TURNS", TURNS))
    for turn in range(turns):
        first, second = (work, limit) if turn % 2 == 0 else (limit, work)
        took = {}
        for one in (first, second):
            prepare = before if one is work else before_limit
            if prepare is not None:
                prepare()
            took[one is work] = seconds(one, clock)
        ratios.append(took[True] / max(took[False] * times, 1e-9))
    return Ratio(name, limit_name, statistics.median(ratios), min(ratios), max(ratios), turns)


def against(name: str, found: float | list[float], limit_name: str, limit: float) -> Ratio:
    """What was found, once or several times, as a ratio to a limit that stands."""
    ratios = [one / limit for one in (found if isinstance(found, list) else [found])]
    middle = statistics.median(ratios)
    return Ratio(name, limit_name, middle, min(ratios), max(ratios), len(ratios))


def peak() -> int:
    """The most memory this process held, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage tells starts, after an exec, from the most that the parent ever held.
        told = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(told["VmHWM"].split()[0]) // 1024
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def note(name: str, value: float) -> None:
    """Keep a figure for the comparison of fleets of several sizes, where there is one."""
    if path := os.environ.get("BENCH_NOTES"):
        with Path(path).open("a") as file:
            file.write(json.dumps([name, value]) + "\n")


def say(words: object) -> None:
    """A line of the report."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
