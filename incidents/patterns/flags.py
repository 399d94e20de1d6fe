"""The life of a flag: what a verdict does to it, and what a person may do.

``next_step`` is pure; ``apply`` stores what it says for many hosts at once and appends every
transition.  Only facts resolve, never a person, and never ``unknown``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from incidents.hosts.models import HostStatus
from incidents.patterns.models import ACTIVE_STATES, Flag, FlagState, FlagTransition
from incidents.patterns.news import tell
from incidents.patterns.verdict import Evidence, State

FLAP_WINDOW = timedelta(days=7)
FLAP_TURNS = 3
FLAPPING = "It turned three times within a week; it stays open until it has kept quiet for longer."
GONE = (FlagState.RESOLVED, FlagState.CLOSED)
CLEAN = (State.CLEAR, State.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict as a flag sees it; ``evidence`` is plain data, ``severity`` that of the match."""

    state: State
    severity: str = ""
    sentence: str = ""
    evidence: tuple[dict[str, Any], ...] = ()
    version: int = 1
    grace: timedelta = timedelta(0)
    explain: Callable[[], tuple[str, tuple[dict[str, Any], ...]]] | None = None
    """Sentence and evidence of a verdict that matters only if a flag turns on it."""


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of a flag: ``fields`` are new values of its columns; a ``notable`` step goes
    into the log of transitions, any other only keeps the flag up to date."""

    fields: Mapping[str, Any]
    notable: bool = True
    because: str = ""


def next_step(flag: Flag | None, found: Finding, now: datetime) -> Step | None:
    """What ``found`` does to ``flag`` (None: there never was one), or None when nothing changes."""
    if found.state is State.MATCH:
        return _first(found, now) if flag is None else _matched(flag, found, now)
    if flag is None or flag.state in GONE:
        return None
    if found.state in CLEAN:
        return _cleaned(flag, found, now)
    if flag.last_verdict == found.state:
        return None
    return Step(_seen(found, now), notable=False)


def _seen(found: Finding, now: datetime) -> dict[str, Any]:
    return {"last_verdict": str(found.state), "last_verdict_at": now}


def _told(found: Finding) -> dict[str, Any]:
    return {
        "severity": found.severity,
        "sentence": found.sentence,
        "evidence": list(found.evidence),
        "pattern_version": found.version,
    }


def _first(found: Finding, now: datetime) -> Step:
    start = {"matched_since": now, "turns": []}
    return Step({**_seen(found, now), **_told(found), **start, **_opened(found, now, now)})


def _opened(found: Finding, since: datetime, now: datetime) -> dict[str, Any]:
    """Open, or pending while the match has not held for its grace."""
    if now - since < found.grace:
        return {"state": FlagState.PENDING, "changed_at": now, "resolved_at": None}
    return {
        "state": FlagState.OPEN,
        "opened_at": now,
        "changed_at": now,
        "resolved_at": None,
        "flapping": False,
    }


def _matched(flag: Flag, found: Finding, now: datetime) -> Step | None:
    turns = _turned(flag, "match", now)
    fields = {**_seen(found, now), **_told(found), "turns": turns}
    if turns != flag.turns:
        fields["matched_since"] = now
    if flag.state in GONE:
        since = now
        return Step({**fields, "matched_since": since, **_opened(found, since, now), **NO_WAIVER})
    if flag.state == FlagState.PENDING:
        since = fields.get("matched_since", flag.matched_since)
        if now - since >= found.grace:
            return Step({**fields, **_opened(found, since, now)})
    elif flag.severity != found.severity:
        because = f"Its severity went from {flag.severity} to {found.severity}."
        return Step({**fields, "changed_at": now}, because=because)
    return _kept_up_to_date(flag, fields)


def _kept_up_to_date(flag: Flag, fields: dict[str, Any]) -> Step | None:
    """A flag that stays as it is still tells today's evidence; an older age alone is no news."""
    same = (
        flag.last_verdict == fields["last_verdict"]
        and flag.sentence == fields["sentence"]
        and flag.severity == fields["severity"]
        and flag.pattern_version == fields["pattern_version"]
        and flag.turns == fields["turns"]
        and _ageless(flag.evidence) == _ageless(fields["evidence"])
    )
    return None if same else Step(fields, notable=False)


def _ageless(evidence: Iterable[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    return [(one.get("path"), one.get("value"), one.get("source")) for one in evidence]


def _cleaned(flag: Flag, found: Finding, now: datetime) -> Step | None:
    turns = _turned(flag, "clear", now)
    fields = {**_seen(found, now), "turns": turns}
    if flag.state == FlagState.PENDING or not _flaps(turns, now):
        gone = {"state": FlagState.RESOLVED, "resolved_at": now, "changed_at": now}
        return Step({**fields, **gone, **_why_clean(found), **NO_WAIVER, "flapping": False})
    if not flag.flapping:
        return Step({**fields, "flapping": True, "changed_at": now}, because=FLAPPING)
    if flag.last_verdict == found.state and flag.turns == turns:
        return None
    return Step(fields, notable=False)


def _why_clean(found: Finding) -> dict[str, Any]:
    """What the facts say now that it is over, for the log and whoever reads it."""
    if found.explain is None:
        return {}
    sentence, evidence = found.explain()
    return {"sentence": sentence, "evidence": list(evidence)}


def _turned(flag: Flag, side: str, now: datetime) -> list[list[str]]:
    """The moments at which the facts changed sides, this one with them; old ones are forgotten,
    but for the last, which tells on which side they are."""
    turns = list(flag.turns)
    if (turns[-1][1] if turns else "match") == side:
        return turns
    turns.append([now.isoformat(), side])
    recent = [turn for turn in turns[:-1] if _within_week(turn, now)]
    return [*recent, turns[-1]]


def _within_week(turn: list[str], now: datetime) -> bool:
    return now - datetime.fromisoformat(turn[0]) < FLAP_WINDOW


def _flaps(turns: list[list[str]], now: datetime) -> bool:
    return sum(_within_week(turn, now) for turn in turns) >= FLAP_TURNS


NO_WAIVER: dict[str, Any] = {
    "accepted_until": None,
    "accepted_because": "",
    "accepted_by": None,
}


def as_data(evidence: Iterable[Evidence]) -> tuple[dict[str, Any], ...]:
    """Evidence as plain data: path, value, source, age_days."""
    return tuple(
        {"path": one.path, "value": one.value, "source": one.source, "age_days": one.age_days}
        for one in evidence
    )


# -- storing ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Applied:
    """The flags that opened (for the first time or again) and that were resolved by facts."""

    opened: list[Flag] = field(default_factory=list)
    resolved: list[Flag] = field(default_factory=list)


_COLUMNS = [
    "state", "severity", "pattern_version", "sentence", "evidence", "matched_since", "opened_at",
    "resolved_at", "changed_at", "last_verdict", "last_verdict_at", "accepted_until",
    "accepted_because", "accepted_by", "flapping", "turns",
]  # fmt: skip


def apply(
    findings: Mapping[int, Mapping[int, Finding]],
    *,
    now: datetime,
    cause: str,
    other: Callable[[int, int], Finding | None] = lambda host, pattern: None,
) -> Applied:
    """Store what {host pk: {pattern pk: finding}} does to flags.

    ``other`` (host, pattern) tells what was found where a flag stands and ``findings`` says
    nothing: only a match does anything to what has no flag, so the rest need not be told.

    Call inside a transaction that holds the locks of these hosts: then nobody else opens flags
    for them.  Persons act on single flags under the flag's own lock, which is taken here too.
    """
    held = Flag.objects.select_for_update().filter(host__in=list(findings)).order_by("pk")
    flags: dict[int, dict[int, Flag]] = {host: {} for host in findings}
    for flag in held:
        flags[flag.host_id][flag.pattern_id] = flag
    applied, moved = Applied(), list[Flag]()
    log: list[tuple[Flag, FlagTransition]] = []
    for host, pattern, found in _each(findings, flags, other):
        standing = flags[host].get(pattern)
        step = next_step(standing, found, now)
        if step is None:
            continue
        before = standing.state if standing else ""
        flag = standing or Flag(host_id=host, pattern_id=pattern)
        _take(flag, step)
        moved.append(flag)
        if step.notable:
            log.append((flag, transition(flag, before, now, cause, because=step.because)))
            _sort(applied, flag, before)
    _store(moved, log)
    return applied


def _each(
    findings: Mapping[int, Mapping[int, Finding]],
    flags: Mapping[int, Mapping[int, Flag]],
    other: Callable[[int, int], Finding | None],
) -> Iterator[tuple[int, int, Finding]]:
    """(host, pattern, finding) of all that was found, and of every other flag that stands."""
    for host, of_host in findings.items():
        for pattern, found in of_host.items():
            yield host, pattern, found
        for pattern, flag in flags[host].items():
            if pattern in of_host or flag.state in GONE:
                continue
            if (rest := other(host, pattern)) is not None:
                yield host, pattern, rest


def _take(flag: Flag, step: Step) -> None:
    for name, value in step.fields.items():
        setattr(flag, name, value)


def _sort(applied: Applied, flag: Flag, before: str) -> None:
    if flag.state == FlagState.OPEN and before not in ACTIVE_STATES:
        applied.opened.append(flag)
    elif flag.state == FlagState.RESOLVED and before in ACTIVE_STATES:
        applied.resolved.append(flag)


def _store(moved: list[Flag], log: list[tuple[Flag, FlagTransition]]) -> None:
    old = [flag for flag in moved if flag.pk is not None]
    Flag.objects.bulk_create([flag for flag in moved if flag.pk is None])
    Flag.objects.bulk_update(old, _COLUMNS, batch_size=50)
    for flag, entry in log:
        entry.flag = flag
    tell(FlagTransition.objects.bulk_create([entry for _, entry in log]))


def transition(
    flag: Flag, before: str, now: datetime, cause: str, *, by: Any = None, because: str = ""
) -> FlagTransition:
    """The log's line for what ``flag`` has just become."""
    return FlagTransition(
        flag_id=flag.pk,
        at=now,
        before=before,
        after=flag.state,
        cause=cause,
        by=by,
        because=because,
        severity=flag.severity,
        sentence=flag.sentence,
        evidence=flag.evidence,
        pattern_version=flag.pattern_version,
        until=flag.accepted_until,
    )


def close_gone(now: datetime, *, hosts: Iterable[int] | None = None) -> list[Flag]:
    """Close the flags of retired hosts and disabled patterns, as such and not as fixed."""
    standing = Flag.objects.select_for_update(of=("self",)).exclude(state__in=GONE)
    if hosts is not None:
        standing = standing.filter(host__in=list(hosts))
    closed: list[Flag] = []
    for cause, gone in (
        ("retired", standing.filter(host__status=HostStatus.RETIRED)),
        ("disabled", standing.filter(pattern__enabled=False)),
        ("dormant", standing.filter(pattern__dormant_since__isnull=False)),
    ):
        flags, log = list(gone.select_related("host", "pattern").order_by("pk")), []
        for flag in flags:
            before, flag.state, flag.changed_at = flag.state, FlagState.CLOSED, now
            _take(flag, Step({**NO_WAIVER, "flapping": False, "turns": []}))
            log.append((flag, transition(flag, before, now, cause)))
        _store(flags, log)
        closed += flags
    return closed
