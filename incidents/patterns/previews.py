"""Previews on the whole fleet: asked by the worker, seen as they grow, never in a web process.

A preview first asks a sample spread over the fleet, so that its counts mean something within a
second, and then everybody else.  Another wording by the same author stops the one before.  One
evaluation is bounded by the language; a run is bounded by ``SECONDS``, and says when it was cut.
"""

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from incidents.hosts.models import Host, HostStatus
from incidents.patterns import compiled
from incidents.patterns.compiled import Ready
from incidents.patterns.evaluate import ask, ask_all
from incidents.patterns.flags import as_data
from incidents.patterns.fleet import Fleet, Seen
from incidents.patterns.fleet.shared import Shared
from incidents.patterns.models import Pattern, PreviewRun, SweepState
from incidents.patterns.overrides import Overrides, Thresholds, overridden, overrides, values
from incidents.patterns.second_pass import findings, is_second, seeing
from incidents.patterns.shipped import digest_of
from incidents.patterns.spec import PatternSpec, SpecError, compile_spec, load_data
from incidents.patterns.spec import as_data as spec_as_data
from incidents.patterns.verdict import State
from kb.accounts.models import User
from kb.outbox.post import post

TOPIC = "preview"
QUESTION = ("pattern", "title", "severity", "applies", "match", "thresholds", "raise", "say")
SECONDS = 120.0
SAMPLE = 200
CHUNK = 100
NOTED_EVERY = 0.7  # seconds; the page asks every second
FIRST = 20
KEPT = timedelta(days=1)
QUIET = timedelta(seconds=60)
UNDER_WAY = (SweepState.WAITING, SweepState.RUNNING)


def start(spec: PatternSpec, *, by: User, now: datetime) -> PreviewRun:
    """Have the worker ask the fleet.  The same wording, asked a moment ago, is the same run."""
    digest = question_of(spec)
    same = PreviewRun.objects.filter(by=by, digest=digest, moment__gt=now - timedelta(minutes=10))
    held = same.exclude(state=SweepState.CANCELLED).filter(error="").first()
    if held is not None and not is_quiet(held, now):
        return held
    PreviewRun.objects.filter(by=by, state__in=UNDER_WAY).update(state=SweepState.CANCELLED)
    PreviewRun.objects.filter(moment__lt=now - KEPT).delete()
    run = PreviewRun.objects.create(
        by=by, spec=spec_as_data(spec), digest=digest, moment=now, heard_at=now
    )
    post(TOPIC, str(run.pk))
    return run


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


def question_of(spec: PatternSpec) -> str:
    """A name for all that decides what a preview shows: not the reasons, not the examples."""
    data = spec_as_data(spec)
    return digest_of({key: data[key] for key in QUESTION})


def seen_by(user: User, spec: PatternSpec, now: datetime) -> PreviewRun | None:
    """The finished run of exactly this question that its author has had before their eyes."""
    runs = PreviewRun.objects.filter(
        by=user, digest=question_of(spec), state=SweepState.DONE, error=""
    )
    return runs.filter(moment__gt=now - KEPT).first()


def is_asked_already(pattern: Pattern, spec: PatternSpec) -> bool:
    """Whether the pattern asks just this as it stands."""
    try:
        standing = load_data(pattern.versions.get(number=pattern.version).spec)
    except SpecError:
        return False
    return question_of(standing) == question_of(spec)


def cancel(run: PreviewRun) -> None:
    """Stop it; the worker notices at its next chunk."""
    PreviewRun.objects.filter(pk=run.pk, state__in=UNDER_WAY).update(state=SweepState.CANCELLED)


def is_quiet(run: PreviewRun, now: datetime) -> bool:
    """Whether nothing is heard of a run that should go on: its worker died, or there is none."""
    return run.state in UNDER_WAY and now - run.heard_at > QUIET


def work(run_id: str) -> None:
    """Ask the fleet what the wording says.  Called again it begins anew; cancelled, it stops."""
    run = PreviewRun.objects.filter(pk=run_id, state__in=UNDER_WAY).first()
    if run is None:
        return
    try:
        spec = load_data(run.spec)
        ready = Ready(_row(spec), spec, compile_spec(spec))
    except SpecError as error:
        PreviewRun.objects.filter(pk=run.pk).update(state=SweepState.DONE, error=str(error))
        return
    _ask_fleet(run, ready, time.monotonic() + SECONDS)


def _row(spec: PatternSpec) -> Pattern:
    return Pattern(slug=spec.pattern, title=spec.title, severity=spec.severity)


def _ask_fleet(run: PreviewRun, ready: Ready, deadline: float) -> None:
    ids = list(
        Host.objects.filter(status=HostStatus.ACTIVE).order_by("pk").values_list("pk", flat=True)
    )
    counts = {str(state): 0 for state in State}
    shown: dict[str, list[dict[str, Any]]] = {state: [] for state in counts}
    asked, partial = 0, False
    _note(run, SweepState.RUNNING, 0, len(ids), counts, shown)
    noted = time.monotonic()
    for seen, thresholds in _spread_out(run, ready, ids):
        verdict = ask(ready.compiled, seen.view, thresholds=values(thresholds), evidence="none")
        state = str(verdict.state)
        counts[state] += 1
        if len(shown[state]) < FIRST:
            shown[state].append(_told(ready, seen, thresholds))
        asked += 1
        now = time.monotonic()
        # Between any two hosts: a clumsy wording may take a second on each of them.
        if partial := now > deadline and asked < len(ids):
            break
        if asked == SAMPLE or now - noted > NOTED_EVERY:
            noted = now
            if not _note(run, SweepState.RUNNING, asked, len(ids), counts, shown):
                return
    _note(run, SweepState.DONE, asked, len(ids), counts, shown, partial=partial)


def _spread_out(run: PreviewRun, ready: Ready, ids: list[int]) -> Iterator[tuple[Seen, Thresholds]]:
    """Every host as the wording sees it, with its thresholds there."""
    shared = Shared(run.moment)
    library = compiled.enabled() if is_second(ready.compiled) else None
    own = overrides({ready.row.slug: ready.compiled.thresholds})
    wanted = ready.wanted | (library.wanted if library else frozenset())
    for chunk in spread(ids):
        for seen in Fleet.at(run.moment, chunk, wanted=wanted, shared=shared).seen():
            one = _with_findings(seen, library) if library else seen
            yield one, _thresholds(own, ready, one)


def spread(ids: list[int]) -> Iterator[list[int]]:
    """First a sample from all over the fleet, then the rest, in chunks."""
    step = max(1, len(ids) // SAMPLE)
    sample = ids[::step][:SAMPLE] if step > 1 else []
    taken = set(sample)
    rest = [pk for pk in ids if pk not in taken]
    for part in (sample, rest):
        for begin in range(0, len(part), CHUNK):
            yield part[begin : begin + CHUNK]


def _with_findings(seen: Seen, library: compiled.Library) -> Seen:
    own = library.overrides.on(seen.host.environment, seen.host.tags)
    verdicts = ask_all(library.patterns, seen.view, thresholds=own, evidence="none")
    found = findings(library.lessons, verdicts, library.severities)
    return Seen(seen.host, seeing(seen.view, found))


def _thresholds(own: Overrides, ready: Ready, seen: Seen) -> Thresholds:
    """The thresholds on this host: overrides that stand hold for the new wording too."""
    host = seen.host
    return own.applied(ready.row.slug, ready.compiled.thresholds, host.environment, host.tags)


def _told(ready: Ready, seen: Seen, thresholds: Thresholds) -> dict[str, Any]:
    verdict = ask(ready.compiled, seen.view, thresholds=values(thresholds))
    return {
        "host": seen.host.name,
        "verdict": str(verdict.state),
        "reason": ready.say(verdict, seen.view, thresholds),
        "severity": verdict.severity or "",
        "evidence": [*as_data(verdict.evidence), *overridden(thresholds)],
        "missing": list(verdict.missing),
        "stale": dict(verdict.stale),
    }


def _note(
    run: PreviewRun,
    state: str,
    asked: int,
    total: int,
    counts: Mapping[str, int],
    shown: Mapping[str, list[dict[str, Any]]],
    *,
    partial: bool = False,
) -> bool:
    """Keep what is known so far; False where the run was stopped meanwhile."""
    return bool(
        PreviewRun.objects.filter(pk=run.pk, state__in=UNDER_WAY).update(
            state=state,
            asked=asked,
            total=total,
            counts=dict(counts),
            hosts=dict(shown),
            partial=partial,
            heard_at=timezone.now(),
        )
    )
