"""A full sweep against the bare limit: the same documents parsed, the same expressions run."""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import cel

from incidents.patterns import compiled, sweeps
from incidents.patterns.fleet import Fleet
from incidents.patterns.models import Flag, HostVerdicts, Sweep
from tests.bench.documents import NOW
from tests.bench.measure import Ratio, compare, say, seconds

ALONE = "import django; django.setup(); from tests.bench import sweep; sweep.alone()"


def measure(size: int) -> Iterator[Ratio]:
    """The first sweep of a fleet, and one that finds nothing new."""
    library = compiled.enabled()
    texts = [json.dumps(view.sections, default=str) for view in Fleet.at(NOW)]
    specs = [ready.spec for ready in library.ready.values()]
    programs = [(cel.compile(spec.applies), cel.compile(spec.match)) for spec in specs]
    thresholds: dict[str, Any] = {}
    for spec in specs:
        thresholds |= dict(spec.thresholds)

    def bare() -> None:
        for text in texts:
            context = cel.Context(json.loads(text) | thresholds)
            for applies, match in programs:
                _run(applies, context)
                _run(match, context)

    def forget() -> None:
        Sweep.objects.all().delete()
        Flag.objects.all().delete()
        HostVerdicts.objects.all().delete()

    say(f"  {size} hosts x {len(specs)} patterns")
    limit = "the bare limit (parse, run CEL)"
    yield compare("first sweep", sweep, limit, bare, before=forget)
    yield compare("sweep with nothing new", sweep, limit, bare)
    rate = size * len(specs) / seconds(sweep)
    say(f"  {rate:,.0f} verdicts a second, with nothing new")
    say(_memory())


def sweep() -> None:
    """A whole sweep in this process, as the worker does it chunk by chunk."""
    sweeps.run(sweeps.start(now=NOW, background=False), lambda: NOW)


def _memory() -> str:
    """What a sweep takes in a process that did nothing else, in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE], stdout=subprocess.PIPE, text=True, check=True
    )
    before, peak = done.stdout.split()
    return f"  peak memory of a process that sweeps: {peak} MiB ({before} before it began)"


def alone() -> None:
    """Sweep, and tell the memory held before and the most held."""
    compiled.enabled()
    held = _peak()
    sweep()
    say(f"{held} {_peak()}")


def _peak() -> int:
    """The most memory this process held, in MiB."""
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def _run(program: Any, context: Any) -> None:
    # An absent fact raises: the limit pays for the exception as we do.
    with suppress(KeyError, RuntimeError, TypeError, ValueError):
        program.execute(context)
