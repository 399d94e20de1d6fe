"""Actions that a pattern verifies: closed when facts bear them out, opened again when they turn.

Nothing here is called by a sweep.  ``verify`` reads the verdicts that are kept and makes each
action what they say; called again, late, or after many verdicts at once, it comes to the same.
Only a clear or "not applicable" that was asked lately closes anything: ``unknown`` neither closes
nor reopens.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from incidents.hosts.models import Host, HostStatus
from incidents.patterns.dependants import remember_section
from incidents.patterns.models import ACTIVE_STATES, Flag, HostVerdicts, Pattern
from incidents.patterns.verdict import State
from incidents.records.actions import log
from incidents.records.models import Action, ActionState, VerifyScope
from incidents.records.trails import ActionEventKind, VerificationMark
from kb.wiki import revisions
from kb.wiki.revisions import Saved

#: A host that was asked longer ago may have facts that grew stale since: every night asks anew.
LATELY = timedelta(days=2)
#: Even where no verdict is another: what was asked too long ago may have been asked again.
LOOK_AGAIN = timedelta(minutes=10)
NAMED = 5
CLEAN = (State.CLEAR, State.NOT_APPLICABLE)


class Said(StrEnum):
    """What the facts say of an action."""

    GOOD = "good"
    BAD = "bad"
    UNDECIDED = "undecided"


Told = dict[int, tuple[dict[str, Any], datetime]]


@dataclass(frozen=True, slots=True)
class Standing:
    """The verdicts of a pattern on the hosts that count for an action."""

    said: Said
    good: int = 0
    bad: list[str] = field(default_factory=list)
    bad_count: int = 0
    open_questions: int = 0
    retired: int = 0

    @property
    def asked(self) -> int:
        return self.good + self.bad_count + self.open_questions


@dataclass(slots=True)
class Verified:
    """The actions that a run closed, bore out or reopened."""

    closed: list[int] = field(default_factory=list)
    borne_out: list[int] = field(default_factory=list)
    reopened: list[int] = field(default_factory=list)


def verify_if_moved(now: datetime) -> Verified | None:
    """``verify``, unless neither a verdict nor an action is another than at the last time."""
    told: int = HostVerdicts.objects.aggregate(newest=Max("told"))["newest"] or 0
    newest = _followed().aggregate(n=Count("pk"), revisions=Max("updated_at"))
    asked = f"{newest['n']} {newest['revisions']}"
    mark = VerificationMark.objects.filter(pk=1).first()
    if mark and (mark.told, mark.asked) == (told, asked) and now - mark.at < LOOK_AGAIN:
        return None
    done = verify(now)
    after = _followed().aggregate(n=Count("pk"), revisions=Max("updated_at"))
    VerificationMark.objects.update_or_create(
        pk=1, defaults={"told": told, "asked": f"{after['n']} {after['revisions']}", "at": now}
    )
    return done


def verify(now: datetime) -> Verified:
    """Make every action that a pattern verifies what the verdicts say of it."""
    done = Verified()
    actions = list(_followed().select_related("verified_by").prefetch_related("verify_hosts"))
    stands = standings(actions, now)
    for action in actions:
        _follow(action, stands[action.pk], now, done)
    return done


def _followed() -> QuerySet[Action]:
    """Those that facts can still move: with a pattern, and not dropped."""
    return (
        Action.objects.exclude(verified_by=None).exclude(state=ActionState.DROPPED).order_by("pk")
    )


# --- what the verdicts say --------------------------------------------------------------------


def standings(actions: list[Action], now: datetime) -> dict[int, Standing]:
    """By action; ``verified_by`` and ``verify_hosts`` at hand.  Named hosts cost two questions for
    all of them, everywhere two for each pattern.
    """
    named = [one for one in actions if one.verify_scope == VerifyScope.HOSTS]
    found = _on_named_hosts(named, now) if named else {}
    patterns = {one.verified_by_id: one.verified_by for one in actions if one not in named}
    everywhere = {pk: _everywhere(pattern, now) for pk, pattern in patterns.items() if pattern}
    for one in actions:
        if one.pk not in found:
            found[one.pk] = everywhere.get(one.verified_by_id or 0, Standing(Said.UNDECIDED))
    return found


def _on_named_hosts(actions: list[Action], now: datetime) -> dict[int, Standing]:
    hosts = {host.pk for one in actions for host in one.verify_hosts.all()}
    rows = HostVerdicts.objects.filter(host__in=hosts, host__status=HostStatus.ACTIVE)
    told = {pk: (said, at) for pk, said, at in rows.values_list("host", "verdicts", "evaluated_at")}
    standing: dict[int, set[int]] = defaultdict(set)
    flags = Flag.objects.filter(host__in=hosts, state__in=ACTIVE_STATES)
    for pattern, host in flags.order_by().values_list("pattern", "host"):
        standing[pattern].add(host)
    return {one.pk: _of_hosts(one, told, standing[one.verified_by_id or 0], now) for one in actions}


def _of_hosts(action: Action, told: Told, flagged: set[int], now: datetime) -> Standing:
    assert action.verified_by is not None
    good, bad, unsure, retired = 0, [], 0, 0
    for host in action.verify_hosts.all():
        if host.status == HostStatus.RETIRED:
            retired += 1
            continue
        verdicts, at = told.get(host.pk, ({}, now))
        state = verdicts.get(action.verified_by.slug, {}).get("state")
        if state == State.MATCH:
            bad.append(host.name)
        elif state in CLEAN and now - at <= LATELY and host.pk not in flagged:
            good += 1
        else:
            unsure += 1
    return _judged(good, sorted(bad), len(bad), unsure, retired)


def _everywhere(pattern: Pattern, now: datetime) -> Standing:
    state = f"verdicts__{pattern.slug}__state"
    match = Q(**{state: str(State.MATCH)})
    clean = Q(**{state: str(State.CLEAR)}) | Q(**{state: str(State.NOT_APPLICABLE)})
    rows = HostVerdicts.objects.filter(host__status=HostStatus.ACTIVE)
    counted = rows.aggregate(
        bad=Count("pk", filter=match),
        good=Count("pk", filter=clean & Q(evaluated_at__gte=now - LATELY)),
    )
    hosts = Host.objects.filter(status=HostStatus.ACTIVE).count()
    names: list[str] = []
    if counted["bad"]:
        named = rows.filter(match).order_by("host__name").values_list("host__name", flat=True)
        names = list(named[:NAMED])
    elif counted["good"] == hosts:
        # A flag that is kept open because it turned often is not over, whatever facts say now.
        turning = Flag.objects.filter(pattern=pattern, state__in=ACTIVE_STATES).count()
        return _judged(hosts - turning, [], 0, turning, 0)
    return _judged(
        counted["good"], names, counted["bad"], hosts - counted["good"] - counted["bad"], 0
    )


def _judged(good: int, bad: list[str], bad_count: int, unsure: int, retired: int) -> Standing:
    if bad_count:
        said = Said.BAD
    elif good and not unsure:
        said = Said.GOOD
    else:
        said = Said.UNDECIDED
    return Standing(said, good, bad[:NAMED], bad_count, unsure, retired)


# --- what follows for an action ---------------------------------------------------------------


def _follow(action: Action, stands: Standing, now: datetime, done: Verified) -> None:
    if stands.said is Said.GOOD and not action.verified_at and not action.held_open:
        if _bear_out(action, stands, now):
            (done.closed if action.state == ActionState.OPEN else done.borne_out).append(action.pk)
    elif stands.said is Said.BAD:
        if action.verified_at:
            if _reopen(action, stands, now):
                done.reopened.append(action.pk)
        elif action.held_open:
            # It matched again: from here on a clear verdict is news, and may close it.
            Action.objects.filter(pk=action.pk, held_open=True).update(held_open=False)


@transaction.atomic
def _bear_out(action: Action, stands: Standing, now: datetime) -> bool:
    said = _good_words(action, stands)
    at = now.replace(microsecond=0)
    changes = {"state": ActionState.DONE, "done_at": action.done_at or at, "verified_at": at}
    return _store(action, changes, ActionEventKind.VERIFIED, said, [], now)


@transaction.atomic
def _reopen(action: Action, stands: Standing, now: datetime) -> bool:
    changes: dict[str, Any] = {"state": ActionState.OPEN, "done_at": None, "verified_at": None}
    said = _bad_words(action, stands)
    return _store(action, changes, ActionEventKind.REOPENED, said, stands.bad, now)


def _store(
    action: Action,
    changes: dict[str, Any],
    kind: ActionEventKind,
    because: str,
    hosts: list[str],
    now: datetime,
) -> bool:
    """Whether it was stored; where somebody changed the action meanwhile, the next run decides."""
    outcome = revisions.save(
        action, expected=action.revision, by=None, changes=changes, comment=because[:500]
    )
    if not isinstance(outcome, Saved) or not outcome.changed:
        return False
    remember_section("taught")
    pattern = action.verified_by
    flag = (
        Flag.objects.filter(pattern=pattern, host__name__in=hosts).order_by("-changed_at").first()
    )
    log(
        outcome.current,
        kind,
        before=action.state,
        by=None,
        now=now,
        because=because,
        pattern=pattern.slug if pattern else "",
        hosts=hosts,
        flag=flag,
    )
    return True


def _good_words(action: Action, stands: Standing) -> str:
    one = stands.good == 1
    where = "1 host" if one else f"{stands.good} hosts"
    retired = f"; {stands.retired} retired since" if stands.retired else ""
    return f"“{action.verified_by}” is clear or not applicable on {where}, on fresh facts{retired}."


def _bad_words(action: Action, stands: Standing) -> str:
    names = ", ".join(stands.bad)
    more = stands.bad_count - len(stands.bad)
    return f"“{action.verified_by}” matches on {names}{f' and {more} more' if more else ''}."
