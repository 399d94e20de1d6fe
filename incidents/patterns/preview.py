"""What a pattern would say of the fleet, before it is saved.  Nothing is stored.

It runs in the web process, within two bounds.  One pattern on one host is bounded by the language
(``language.bounds``), and between any two hosts the clock is looked at: when the time is up, the
answer holds what was asked so far and says that it is partial.  One preview runs at a time in a
process, so that previews never use up the threads that serve pages.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incidents.patterns.compiled import Ready
from incidents.patterns.evaluate import ask
from incidents.patterns.flags import as_data
from incidents.patterns.fleet import Fleet
from incidents.patterns.models import Pattern
from incidents.patterns.spec import PatternSpec, compile_spec, load_data
from incidents.patterns.verdict import State

SECONDS = 2.0
FIRST = 20
_one_at_a_time = threading.Lock()


class Busy(Exception):
    """Another preview is running in this process."""


@dataclass(slots=True)
class Preview:
    """``counts``: state → hosts; ``hosts``: the first of each telling kind, matches first;
    ``partial``: time ran out after ``asked`` of ``total`` hosts."""

    counts: dict[str, int] = field(default_factory=lambda: {str(state): 0 for state in State})
    hosts: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    total: int = 0
    partial: bool = False


def expression_spec(
    applies: str, match: str, thresholds: Mapping[str, Any] | None = None
) -> PatternSpec:
    """A spec that is only a question.  Raises ``SpecError`` with pointers to what is wrong."""
    spec = load_data(
        {
            "pattern": "preview",
            "title": "Preview",
            "severity": "low",
            "applies": applies,
            "match": match,
            "thresholds": dict(thresholds or {}),
            "examples": [],
        }
    )
    compile_spec(spec)
    return spec


def preview(
    spec: PatternSpec, *, now: datetime, seconds: float = SECONDS, first: int = FIRST
) -> Preview:
    """Ask the fleet.  Raises ``Busy`` and ``SpecError``."""
    row = Pattern(slug=spec.pattern, title=spec.title, severity=spec.severity)
    ready = Ready(row, spec, compile_spec(spec))
    if not _one_at_a_time.acquire(blocking=False):
        raise Busy
    try:
        return _ask_fleet(ready, now, time.monotonic() + seconds, first)
    finally:
        _one_at_a_time.release()


def _ask_fleet(ready: Ready, now: datetime, deadline: float, first: int) -> Preview:
    fleet = Fleet.at(now, wanted=ready.wanted)
    found = Preview(total=fleet.count())
    shown: dict[str, list[dict[str, Any]]] = {str(state): [] for state in State}
    for seen in fleet.seen():
        if time.monotonic() > deadline:
            found.partial = True
            break
        verdict = ask(ready.compiled, seen.view, evidence=False)
        found.asked += 1
        state = str(verdict.state)
        found.counts[state] += 1
        if len(shown[state]) < first:
            verdict = ask(ready.compiled, seen.view)
            shown[state].append(
                {
                    "host": seen.host.name,
                    "verdict": state,
                    "reason": ready.say(verdict, seen.view),
                    "evidence": list(as_data(verdict.evidence)),
                    "missing": list(verdict.missing),
                }
            )
    telling = (State.MATCH, State.BROKEN, State.UNKNOWN, State.CLEAR, State.NOT_APPLICABLE)
    found.hosts = [one for state in telling for one in shown[str(state)]][:first]
    return found
