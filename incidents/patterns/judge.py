"""Judging hosts: ask every enabled pattern of them, keep the verdicts, move the flags.

How long may this take?  The language bounds every single expression (its size and nesting when it
is written, its loop turns when it runs: ``language.bounds``), so one pattern on one host is done
in well under a second whatever its author wrote.  ``budget_seconds`` is looked at between any two
of them; when it is used up the rest is left to the background and the answer says ``pending``.

Two at once?  Facts are read and patterns asked without any lock.  Before anything is stored the
hosts are locked, and those that were judged or reported on meanwhile are asked again under the
lock: what is stored never rests on facts older than what it replaces.

What depends on a host is judged through the outbox (topic ``judge``): the row is written in the
transaction of the verdicts, so a broker that is down delays it and loses nothing.
"""

import time
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from incidents.hosts.models import Host, HostStatus
from incidents.patterns import compiled, flags
from incidents.patterns.counting import place_of
from incidents.patterns.dependants import remember, remember_in_use
from incidents.patterns.evaluate import ask, ask_all, is_ruled_out
from incidents.patterns.flags import Finding
from incidents.patterns.fleet import Fleet, Seen
from incidents.patterns.fleet.shared import Shared, os_good_until, peer_of, peer_parts
from incidents.patterns.fleet.wanted import Wanted
from incidents.patterns.models import Flag, HostVerdicts
from incidents.patterns.overrides import Thresholds, overridden, values
from incidents.patterns.second_pass import findings, seeing
from incidents.patterns.verdict import State, Verdict

CHUNK = 200
MAX_ERROR = 300  # characters of what is kept of why a pattern broke on a host


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
    read: tuple[Any, ...]
    pending: bool = False

    @property
    def host(self) -> Host:
        return self.seen.host


def judge_hosts(
    host_ids: Iterable[int],
    *,
    now: datetime,
    cause: str = "facts",
    budget_seconds: float | None = None,
) -> Judgement:
    """Judge these hosts and let the background judge their dependants.

    ``cause`` goes into the log: facts, sweep or pattern.  Retired hosts get their flags closed.
    Safe to call again, and inside a transaction.
    """
    ids = sorted(set(host_ids))
    deadline = None if budget_seconds is None else time.monotonic() + budget_seconds
    library, whole = compiled.enabled(), Judgement()
    shared = Shared(now) if len(ids) > CHUNK else shared_for(ids, now)
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        whole.add(judge_chunk(chunk, library, shared, cause, deadline=deadline, tell=True))
    return whole


def judge_only(
    ids: Sequence[int],
    *,
    now: datetime,
    cause: str = "facts",
    library: compiled.Library | None = None,
) -> Judgement:
    """Judge these hosts and nobody else, in the background: no budget, no dependants."""
    library, whole = library or compiled.enabled(), Judgement()
    shared = Shared(now) if len(ids) > CHUNK else shared_for(ids, now)
    for start in range(0, len(ids), CHUNK):
        whole.add(judge_chunk(ids[start : start + CHUNK], library, shared, cause))
    return whole


def shared_for(ids: Sequence[int], now: datetime) -> Shared:
    """What these hosts need to know of the fleet, without reading the facts of all of it."""
    return Shared(now, around=ids)


def judge_chunk(
    ids: Sequence[int],
    library: compiled.Library,
    shared: Shared,
    cause: str,
    *,
    deadline: float | None = None,
    tell: bool = False,
) -> Judgement:
    """Judge a few hosts as of ``shared.now`` and store it all in one transaction.

    ``library`` may be a part of the enabled patterns: the other verdicts then stay as they are.
    """
    asked = _ask(ids, library, shared, _read_state(ids), deadline)
    with transaction.atomic():
        return store_chunk(ids, asked, library, shared, cause, deadline=deadline, tell=tell)


def ask_chunk(ids: Sequence[int], library: compiled.Library, shared: Shared) -> dict[int, Asked]:
    """Only ask: for who wants to store it in a transaction of their own (``store_chunk``)."""
    return _ask(ids, library, shared, _read_state(ids), None)


def store_chunk(
    ids: Sequence[int],
    asked: dict[int, Asked],
    library: compiled.Library,
    shared: Shared,
    cause: str,
    *,
    deadline: float | None = None,
    tell: bool = False,
    keep_newer: bool = False,
) -> Judgement:
    """Keep the answers, inside the caller's transaction.

    ``keep_newer`` leaves hosts alone that were judged as of a later moment: a sweep takes a while,
    and what came in meanwhile was judged on arrival.
    """
    locked = Host.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    list(locked.values_list("pk", flat=True))
    state = _read_state(ids)
    moved = [pk for pk in ids if pk in state and (pk not in asked or asked[pk].read != state[pk])]
    answers = {pk: one for pk, one in asked.items() if pk in state and pk not in moved}
    if moved:
        answers |= _ask(moved, library, shared_for(moved, shared.now), state, deadline)
    rows = HostVerdicts.objects.in_bulk(list(ids))
    newer = {pk for pk, row in rows.items() if keep_newer and row.evaluated_at > shared.now}
    answers = {pk: one for pk, one in answers.items() if pk not in newer}
    environments = set() if keep_newer else _changed_peers(answers, rows, shared)
    judgement = _keep(answers, rows, library, shared.now, cause)
    for pk in newer & state.keys():
        judgement.hosts += 1
        judgement.tally(rows[pk].verdicts)
    if gone := [pk for pk in ids if pk not in state]:
        flags.close_gone(shared.now, hosts=gone)
        HostVerdicts.objects.filter(host__in=gone).delete()
    pending = [pk for pk, one in answers.items() if one.pending]
    remember(ids if tell else (), environments=environments, pending=pending)
    if in_use := shared.in_use(Wanted.of(library.wanted)):
        remember_in_use(in_use)
    return judgement


def _read_state(ids: Iterable[int]) -> dict[int, tuple[Any, ...]]:
    """What moves whenever a host's facts, its record or its verdicts do; active hosts only."""
    rows = Host.objects.filter(pk__in=ids, status=HostStatus.ACTIVE).order_by()
    columns = ("pk", "last_report_at", "revision", "verdicts__stamp")
    return {row[0]: row[1:] for row in rows.values_list(*columns)}


def _ask(
    ids: Sequence[int],
    library: compiled.Library,
    shared: Shared,
    state: dict[int, tuple[Any, ...]],
    deadline: float | None,
) -> dict[int, Asked]:
    fleet = Fleet.at(shared.now, ids, wanted=library.wanted, shared=shared)
    held = _held(ids) if library.second and not library.whole else {}
    return {
        seen.host.pk: _ask_one(
            seen, library, shared, state.get(seen.host.pk, ()), deadline, held.get(seen.host.pk, {})
        )
        for seen in fleet.seen()
    }


def _held(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What is stored of hosts, for patterns that are not asked this time."""
    return dict(HostVerdicts.objects.filter(pk__in=ids).values_list("pk", "verdicts"))


def _ask_one(
    seen: Seen,
    library: compiled.Library,
    shared: Shared,
    read: tuple[Any, ...],
    deadline: float | None,
    held: Mapping[str, Any],
) -> Asked:
    host = seen.host
    own = library.overrides.on(host.environment, host.tags)
    if deadline is None:
        verdicts, pending = ask_all(library.patterns, seen.view, thresholds=own), False
    else:
        verdicts, pending = _ask_until(deadline, seen, library, own)
    if library.second and not pending:
        seen, late = _ask_second(seen, library, own, verdicts, held)
        verdicts |= late
    matches = {
        ready.row.pk: _match(ready, verdict, seen, library.thresholds(slug, host))
        for slug, verdict in verdicts.items()
        if verdict.state is State.MATCH and (ready := library.ready[slug]).row.dormant_since is None
    }
    until = os_good_until(host.observed, host.facts.get("os") or {}, shared.lives)
    return Asked(seen, verdicts, matches, peer_of(host), until, read, pending)


def _ask_second(
    seen: Seen,
    library: compiled.Library,
    thresholds: Mapping[str, Mapping[str, Any]],
    verdicts: dict[str, Verdict],
    held: Mapping[str, Any],
) -> tuple[Seen, dict[str, Verdict]]:
    """The answers of the patterns that read what the others found, and what they saw."""
    if all(
        is_ruled_out(one.compiled, seen.view, thresholds.get(one.row.slug))
        for one in library.second
    ):
        return seen, {one.row.slug: Verdict(State.NOT_APPLICABLE) for one in library.second}
    found = findings(library.lessons, verdicts, library.severities, held)
    seen = Seen(seen.host, seeing(seen.view, found))
    return seen, {
        one.row.slug: ask(
            one.compiled, seen.view, thresholds=thresholds.get(one.row.slug), evidence="match"
        )
        for one in library.second
    }


def _ask_until(
    deadline: float,
    seen: Seen,
    library: compiled.Library,
    thresholds: Mapping[str, Mapping[str, Any]],
) -> tuple[dict[str, Verdict], bool]:
    """The answers there was time for.  Shipped patterns go first: they are known to be quick."""
    context = library.patterns.context(seen.view)
    found: dict[str, Verdict] = {}
    last = {one.row.slug for one in library.second}
    first = [one for slug, one in library.ready.items() if slug not in last]
    for one in sorted(first, key=lambda ready: ready.row.origin != "library"):
        if time.monotonic() > deadline:
            return found, True
        own = thresholds.get(one.row.slug)
        found[one.row.slug] = ask(
            one.compiled, seen.view, thresholds=own, context=context, evidence="match"
        )
    return found, False


def _match(ready: compiled.Ready, verdict: Verdict, seen: Seen, thresholds: Thresholds) -> Finding:
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


def _keep(
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
        flag.pattern, flag.host = library.by_key[flag.pattern_id].row, answers[flag.host_id].host
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


def _changed_peers(
    answers: dict[int, Asked], rows: dict[int, HostVerdicts], shared: Shared
) -> set[str]:
    """Environments in which a machine is no longer what its peers counted it as: it is another,
    or what it says of its system has become fresh, or stale."""
    found: set[str] = set()
    for pk, row in rows.items():
        now, until = ("", None) if pk not in answers else _counted(answers[pk])
        moved = now != row.peer or shared.is_old(until) != shared.is_old(row.os_good_until)
        if moved:
            found |= {peer_parts(now)[0], peer_parts(row.peer)[0]}
    found |= {peer_parts(one.peer)[0] for pk, one in answers.items() if pk not in rows}
    return found - {""}


def _counted(one: Asked) -> tuple[str, datetime | None]:
    return one.peer, one.os_good_until
