"""Fair pairs: the thing and its limit take turns, and only their ratio is told."""

import gc
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


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


def seconds(work: Callable[[], object]) -> float:
    """How long one run takes, without the collector's interference."""
    gc.collect()
    gc.disable()
    try:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun
    finally:
        gc.enable()


def compare(
    name: str,
    work: Callable[[], object],
    limit_name: str,
    limit: Callable[[], object],
    *,
    turns: int = 5,
    before: Callable[[], object] | None = None,
    before_limit: Callable[[], object] | None = None,
) -> Ratio:
    """Let ``work`` and ``limit`` take turns; what is to run before either is not timed."""
    ratios = []
    for turn in range(turns):
        first, second = (work, limit) if turn % 2 == 0 else (limit, work)
        times = {}
        for one in (first, second):
            prepare = before if one is work else before_limit
            if prepare is not None:
                prepare()
            times[one is work] = seconds(one)
        ratios.append(times[True] / max(times[False], 1e-9))
    return Ratio(name, limit_name, statistics.median(ratios), min(ratios), max(ratios), turns)


def say(words: object) -> None:
    """A line of the report."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
