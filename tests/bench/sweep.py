"""A full sweep against the bare limit: the same documents parsed, the same expressions run."""

import json
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import cel

from incidents.patterns import compiled, sweeps
from incidents.patterns.fleet import Fleet
from incidents.patterns.models import Flag, HostVerdicts, Sweep
from tests.bench.documents import NOW
from tests.bench.measure import Ratio, compare, say, seconds


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

    def sweep() -> None:
        begun = sweeps.start(now=NOW, background=False)
        sweeps.run(begun, lambda: NOW)

    def forget() -> None:
        Sweep.objects.all().delete()
        Flag.objects.all().delete()
        HostVerdicts.objects.all().delete()

    say(f"  {size} hosts x {len(specs)} patterns")
    limit = "the bare limit (parse, run CEL)"
    yield compare("first sweep", sweep, limit, bare, before=forget)
    yield compare("sweep with nothing new", sweep, limit, bare)
    texts.clear()
    before = _forget_peak()
    rate = size * len(specs) / seconds(sweep)
    say(f"  {rate:,.0f} verdicts a second, with nothing new")
    peak = _peak()
    say(f"  peak memory of this process: {peak:,.0f} MiB, {peak - before:,.0f} of it in the sweep")


def _peak() -> float:
    """The most memory this process held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _forget_peak() -> float:
    """Start the peak anew where the system can; what is held now, in MiB."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _run(program: Any, context: Any) -> None:
    # An absent fact raises: the limit pays for the exception as we do.
    with suppress(KeyError, RuntimeError, TypeError, ValueError):
        program.execute(context)
