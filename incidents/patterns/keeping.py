"""What judging hosts came to, and keeping it: verdicts stored, flags moved."""

import time
from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incidents.hosts.models import Host
from incidents.patterns import compiled, flags
from incidents.patterns.counting import place_of
from incidents.patterns.evaluate import ask
from incidents.patterns.flags import Finding
from incidents.patterns.fleet import Seen
from incidents.patterns.fleet.shared import peer_parts
from incidents.patterns.models import Flag, HostVerdicts
from incidents.patterns.overrides import Thresholds, overridden, values
from incidents.patterns.verdict import State, Verdict

MAX_ERROR = 300  # characters of what is kept of why a pattern broke on a host

Standing = tuple[datetime | None, int, int | None]
"""What moves whenever a host's facts, its record or its verdicts do."""


@dataclass(slots=True)
class Judgement:
    """What judging did.  ``changed`` counts verdicts that are not what they were; ``pending``
    says that some patterns are still to be asked, in the background.  The flags carry their
    pattern and host."""

    opened: list[Flag] = field(default_factory=list)
    resolved: list[Flag] = field(default_factory=list)
    changed: int = 0
    pending: bool = False
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    hosts: int = 0

    def tally(self, verdicts: dict[str, Any]) -> None:
        """Count the stored verdicts of one host."""
        for slug, said in verdicts.items():
            states = self.counts.setdefault(slug, {})
            states[said["state"]] = states.get(said["state"], 0) + 1

    def add(self, other: "Judgement") -> None:
        self.opened += other.opened
        self.resolved += other.resolved
        self.changed += other.changed
        self.pending |= other.pending
        self.hosts += other.hosts
        self.broken = {**other.broken, **self.broken}
        for slug, states in other.counts.items():
            mine = self.counts.setdefault(slug, {})
            for state, count in states.items():
                mine[state] = mine.get(state, 0) + count


@dataclass(slots=True)
class Asked:
    """The answers of one host, and what they were read from."""

    seen: Seen
    verdicts: dict[str, Verdict]
    matches: dict[int, Finding]
    peer: str
    os_good_until: datetime | None
    read: Standing
    pending: bool = False

    @property
    def host(self) -> Host:
        return self.seen.host


def keep(
    answers: dict[int, Asked],
    rows: dict[int, HostVerdicts],
    library: compiled.Library,
    now: datetime,
    cause: str,
) -> Judgement:
    judgement = Judgement(hosts=len(answers), broken=dict(library.broken))
    moved: list[HostVerdicts] = []
    for pk, one in answers.items():
        row = rows.setdefault(pk, HostVerdicts(host_id=pk))
        verdicts = _verdicts(row.verdicts, one, library, now)
        judgement.pending |= one.pending
        judgement.changed += _turned(row.verdicts, verdicts)
        judgement.tally(verdicts)
        for slug, verdict in one.verdicts.items():
            if verdict.state is State.BROKEN:
                judgement.broken.setdefault(slug, f"{verdict.error} (on {one.host.name})")
        if _note(row, one, verdicts, now):
            moved.append(row)
    _store(moved, answers.keys() - {row.pk for row in moved}, now)
    applied = flags.apply(
        {pk: one.matches for pk, one in answers.items()},
        now=now,
        cause=cause,
        other=lambda host, pattern: _other(answers[host], pattern, library),
    )
    for flag in (*applied.opened, *applied.resolved):
        flag.pattern = library.by_key[flag.pattern_id].row
        flag.host = answers[flag.host_id].host
    judgement.opened, judgement.resolved = applied.opened, applied.resolved
    return judgement


def _turned(before: dict[str, Any], verdicts: dict[str, Any]) -> int:
    """How many patterns have another answer than before."""
    if before == verdicts:
        return 0
    return sum(before.get(slug, {}).get("state") != one["state"] for slug, one in verdicts.items())


def _note(row: HostVerdicts, one: Asked, verdicts: dict[str, Any], now: datetime) -> bool:
    """Enter what was found; whether that is anything else than what stands there."""
    backups = one.host.facts.get("backups") or ()
    found = {
        "verdicts": verdicts,
        "place": place_of(one.host),
        "peer": one.peer,
        "peer_environment": peer_parts(one.peer)[0],
        "os_good_until": one.os_good_until,
        "restore_tested": any(backup.get("last_restore_test") for backup in backups),
    }
    moved = {name for name, value in found.items() if getattr(row, name) != value}
    if row.told and not moved:
        return False
    row.stamp, row.evaluated_at = time.time_ns(), now
    if not row.told or not moved.isdisjoint(("verdicts", "place")):
        row.told = row.stamp
    for name in moved:
        setattr(row, name, found[name])
    return True


def _store(moved: list[HostVerdicts], same: Set[int], now: datetime) -> None:
    """Of hosts of which nothing else is said only the moment is written: their verdicts are large,
    and a night changes few of them."""
    columns = [
        "verdicts", "evaluated_at", "peer", "peer_environment", "os_good_until", "restore_tested",
        "stamp", "told", "place",
    ]  # fmt: skip
    HostVerdicts.objects.bulk_create(
        moved, update_conflicts=True, unique_fields=["host"], update_fields=columns
    )
    if same:
        standing = HostVerdicts.objects.filter(pk__in=same)
        standing.update(evaluated_at=now, stamp=time.time_ns())


def _verdicts(
    before: dict[str, Any], one: Asked, library: compiled.Library, now: datetime
) -> dict[str, Any]:
    """The stored form: answers just given, and earlier ones of patterns not asked this time."""
    known = library.ready.keys() | library.broken.keys()
    found = {slug: said for slug, said in before.items() if slug in known or not library.whole}
    answers = {slug: _stored(verdict) for slug, verdict in one.verdicts.items()}
    answers |= {
        slug: {"state": str(State.BROKEN), "missing": [], "error": why[:MAX_ERROR]}
        for slug, why in library.broken.items()
    }
    for slug, said in answers.items():
        last = before.get(slug, {})
        since = last["since"] if last.get("state") == said["state"] else now.isoformat()
        found[slug] = {**said, "since": since}
    return found


def _stored(verdict: Verdict) -> dict[str, Any]:
    said: dict[str, Any] = {"state": str(verdict.state), "missing": list(verdict.missing)}
    if verdict.state is State.UNKNOWN and verdict.stale:
        said["stale"] = dict(verdict.stale)
    if verdict.state is State.MATCH and verdict.severity:
        said["severity"] = verdict.severity
    if verdict.error:
        said["error"] = verdict.error[:MAX_ERROR]
    return said


def match_of(
    ready: compiled.Ready, verdict: Verdict, seen: Seen, thresholds: Thresholds
) -> Finding:
    return Finding(
        verdict.state,
        severity=verdict.severity or ready.spec.severity,
        sentence=ready.say(verdict, seen.view, thresholds),
        evidence=flags.as_data(verdict.evidence) + overridden(thresholds),
        version=ready.row.version,
        grace=ready.grace,
    )


def _other(one: Asked, pattern: int, library: compiled.Library) -> Finding | None:
    """What was found, beside the matches, where there is a flag; None if it was not asked now."""
    ready = library.by_key.get(pattern)
    verdict = one.verdicts.get(ready.row.slug) if ready else None
    if ready is None or verdict is None or ready.row.dormant_since is not None:
        return None
    thresholds = library.thresholds(ready.row.slug, one.host)
    return Finding(verdict.state, explain=lambda: _explained(ready, one.seen, thresholds))


def _explained(
    ready: compiled.Ready, seen: Seen, thresholds: Thresholds
) -> tuple[str, tuple[dict[str, Any], ...]]:
    verdict = ask(ready.compiled, seen.view, thresholds=values(thresholds))
    evidence = flags.as_data(verdict.evidence) + overridden(thresholds)
    return ready.say(verdict, seen.view, thresholds), evidence
