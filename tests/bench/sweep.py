"""A full sweep against the bare limit: the same documents parsed, the same expressions run."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import cel

from incidents.hosts.models import Host
from incidents.patterns import compiled, previews
from incidents.patterns.dependants import dependants_of
from incidents.patterns.evaluate import NATIVE_ERRORS
from incidents.patterns.fleet import Fleet
from incidents.patterns.judge import judge_hosts, judge_only
from incidents.patterns.models import Flag, HostVerdicts, PreviewRun, Sweep
from incidents.patterns.previews import expression_spec
from incidents.patterns.sweeps import CHUNK
from kb.accounts.models import User
from tests.bench.documents import NOW
from tests.bench.fleet import NEST, PAIRS
from tests.bench.measure import Ratio, against, compare, note, say, seconds
from tests.bench.workers import Crew

JUDGED = 25
SAMPLE = 10_000  # documents of a larger fleet that the bare limit holds in memory at a time
WORK_AIM = 0.020  # seconds of work for one changed host and whoever depends on it
ANSWER_AIM = 1.0  # seconds until a preview tells its first counts
MEMORY_AIM = 300  # MiB a worker
QUESTION = "storage.raids.exists(r, r.level == 'raid5') && !backups.exists(b, b.offsite)"


def measure(size: int) -> Iterator[Ratio]:
    """The first sweep of a fleet, one that finds nothing new, several workers, a single host."""
    library = compiled.enabled()
    patterns = len(library.ready)
    say(f"  {size} hosts x {patterns} patterns, {os.cpu_count()} cores")
    bare = Bare(library)
    limit = "the bare limit (parse, run CEL)"
    many = 4 if size > CHUNK else 2  # of one chunk no more than one has anything to do
    with Crew(1) as one:
        times = bare.scale
        first = compare("first sweep", one.sweep, limit, bare, before=forget, times=times)
        yield first
        again = compare("sweep with nothing new", one.sweep, limit, bare, times=times)
        yield again
        yield against("memory of a worker, at most", one.memory.most, "300 MiB", MEMORY_AIM)
        note("first sweep, in bare limits", first.median)
        note("sweep with nothing new", again.median)
        with Crew(many) as several:
            yield compare(f"{many} workers", several.sweep, "one worker", one.sweep)
            yield against(f"memory of one of {many}", several.memory.most, "300 MiB", MEMORY_AIM)
        took = seconds(one.sweep)
        say(f"  {size * patterns / took:,.0f} verdicts a second by one worker, nothing new")
    yield against("a changed host and its dependants", single_host(size), "20 ms of work", WORK_AIM)
    yield against("first counts of a preview", first_counts(), "one second", ANSWER_AIM)


class Bare:
    """Parse every document and run every expression on it in one loop: nothing else.

    The same compiled expressions as the sweep's, and ``match`` only where ``applies`` holds, as
    there.  Of a large fleet a sample, whose time is multiplied: 100,000 documents at once would
    weigh more than the thing that is measured.
    """

    def __init__(self, library: compiled.Library) -> None:
        bound = [ready.compiled.bound() for ready in library.ready.values()]
        self._programs = [(one.applies.program, one.match.program) for one in bound]
        views = Fleet.at(NOW)
        self._size = views.count()
        self._texts = [
            json.dumps(view.sections, default=str)
            for _, view in zip(range(SAMPLE), views, strict=False)
        ]

    @property
    def scale(self) -> float:
        """How many times the sample goes into the fleet."""
        return self._size / len(self._texts)

    def __call__(self) -> None:
        for text in self._texts:
            context = cel.Context(json.loads(text))
            for applies, match in self._programs:
                with suppress(*NATIVE_ERRORS):  # an absent fact raises: the limit pays for it too
                    if applies.execute(context):
                        match.execute(context)


def forget() -> None:
    Sweep.objects.all().delete()
    Flag.objects.all().delete()
    HostVerdicts.objects.all().delete()


def single_host(size: int) -> list[float]:
    """Seconds of this process's own work, for hosts that stand in pairs, from all over the fleet:
    one host that depends on each, and no nest."""
    numbers = [n for n in range(0, size, PAIRS) if n % NEST] or [0]
    names = [f"host-{n}" for n in numbers[:: max(1, len(numbers) // JUDGED)][:JUDGED]]
    chosen = list(Host.objects.filter(name__in=names).order_by("pk").values_list("pk", flat=True))
    judge_hosts(chosen[:1], now=NOW)
    took = []
    for pk in chosen:
        begun = time.process_time()
        judge_hosts([pk], now=NOW)
        judge_only(sorted(dependants_of([pk])), now=NOW)
        took.append(time.process_time() - begun)
    return took


def first_counts() -> list[float]:
    """Seconds from the worker's start until the first counts stand in the database."""
    author, _ = User.objects.get_or_create(username="author")
    took: list[float] = []
    for turn in range(5):
        spec = expression_spec("storage.raids.size() > 0", f"{QUESTION} && {turn} == {turn}")
        run = previews.start(spec, by=author, now=NOW)
        took.append(_until_told(run))
    return took


def _until_told(run: PreviewRun) -> float:
    told: list[float] = []
    noted = previews._note

    def watching(*args: Any, **more: Any) -> bool:
        kept = noted(*args, **more)
        if args[2]:  # hosts asked so far
            told.append(time.perf_counter())
        return kept and not told  # the first counts are all that is wanted

    previews._note = watching
    try:
        begun = time.perf_counter()
        previews.work(str(run.pk))
    finally:
        previews._note = noted
    return told[0] - begun
