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
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from incidents.hosts.models import Host, HostStatus
from incidents.patterns import compiled, flags
from incidents.patterns.dependants import remember, remember_in_use
from incidents.patterns.evaluate import ask, ask_all, is_ruled_out
from incidents.patterns.fleet import Fleet, Seen
from incidents.patterns.fleet.shared import Shared, os_good_until, peer_of, peer_parts
from incidents.patterns.fleet.wanted import Wanted
from incidents.patterns.keeping import Asked, Judgement, Standing, keep, match_of
from incidents.patterns.models import HostVerdicts
from incidents.patterns.second_pass import findings, seeing
from incidents.patterns.verdict import State, Verdict

CHUNK = 200


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
    asked = _ask(ids, library, shared, deadline)
    with transaction.atomic():
        return store_chunk(ids, asked, library, shared, cause, deadline=deadline, tell=tell)


def ask_chunk(ids: Sequence[int], library: compiled.Library, shared: Shared) -> dict[int, Asked]:
    """Only ask: for who wants to store it in a transaction of their own (``store_chunk``)."""
    return _ask(ids, library, shared, None)


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
    state, rows = _locked(ids)
    moved = [pk for pk in ids if pk in state and (pk not in asked or asked[pk].read != state[pk])]
    answers = {pk: one for pk, one in asked.items() if pk in state and pk not in moved}
    if moved:
        answers |= _ask(moved, library, shared_for(moved, shared.now), deadline)
    newer = {pk for pk, row in rows.items() if keep_newer and row.evaluated_at > shared.now}
    answers = {pk: one for pk, one in answers.items() if pk not in newer}
    environments = set() if keep_newer else _changed_peers(answers, rows, shared)
    judgement = keep(answers, rows, library, shared.now, cause)
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


def _locked(ids: Sequence[int]) -> tuple[dict[int, Standing], dict[int, HostVerdicts]]:
    """The state of those hosts that are active, locked, and what is stored of all of them."""
    hosts = Host.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    columns = list(hosts.values_list("pk", "status", "last_report_at", "revision"))
    rows = HostVerdicts.objects.in_bulk(list(ids))
    state = {
        pk: (told, revision, rows[pk].stamp if pk in rows else None)
        for pk, status, told, revision in columns
        if status == HostStatus.ACTIVE
    }
    return state, rows


def _ask(
    ids: Sequence[int], library: compiled.Library, shared: Shared, deadline: float | None
) -> dict[int, Asked]:
    # The stamp comes with the facts, in one query: nothing can move between them.
    hosts = Host.objects.filter(pk__in=ids).annotate(stamp=F("verdicts__stamp"))
    fleet = Fleet.at(shared.now, hosts, wanted=library.wanted, shared=shared)
    held = _held(ids) if library.second and not library.whole else {}
    return {
        seen.host.pk: _ask_one(seen, library, shared, deadline, held.get(seen.host.pk, {}))
        for seen in fleet.seen()
    }


def _held(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What is stored of hosts, for patterns that are not asked this time."""
    return dict(HostVerdicts.objects.filter(pk__in=ids).values_list("pk", "verdicts"))


def _ask_one(
    seen: Seen,
    library: compiled.Library,
    shared: Shared,
    deadline: float | None,
    held: Mapping[str, Any],
) -> Asked:
    host = seen.host
    read = (host.last_report_at, host.revision, getattr(host, "stamp", None))
    own = library.overrides.on(host.environment, host.tags)
    if deadline is None:
        verdicts, pending = ask_all(library.patterns, seen.view, thresholds=own), False
    else:
        verdicts, pending = _ask_until(deadline, seen, library, own)
    if library.second and not pending:
        seen, late = _ask_second(seen, library, own, verdicts, held)
        verdicts |= late
    matches = {
        ready.row.pk: match_of(ready, verdict, seen, library.thresholds(slug, host))
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
