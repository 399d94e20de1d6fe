"""Every check of one host with its verdict, reason and evidence, worked out when it is read: as
things stand, or as they stood at a moment of the past."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.conf import settings

from incidents.hosts.models import Host
from incidents.patterns import compiled
from incidents.patterns.derived import sections
from incidents.patterns.evaluate import ask, risk
from incidents.patterns.flags import as_data
from incidents.patterns.fleet import Fleet, Seen
from incidents.patterns.judge import shared_for
from incidents.patterns.models import Flag, FlagTransition, HostVerdicts, Pattern
from incidents.patterns.moments import check_known, read_moment
from incidents.patterns.overrides import Applied, values
from incidents.patterns.second_pass import findings, seeing
from incidents.patterns.supply import Supply, supply
from incidents.patterns.verdict import State, Verdict

ORDER = (State.MATCH, State.BROKEN, State.UNKNOWN, State.CLEAR, State.NOT_APPLICABLE)
GROUPS = {
    "needs eyes": (State.MATCH, State.BROKEN),
    "unknown": (State.UNKNOWN,),
    "clear": (State.CLEAR,),
    "not applicable": (State.NOT_APPLICABLE,),
}
#: Derived sections that look back by themselves; what others hold is taken as it stands today.
OF_THEN = frozenset({"host", "groups", "services", "lineage", "fleet", "upkeep", "history"})
NO_TIME = "There was no time to explain this one; this is its last answer."
NO_TIME_THEN = "There was no time to ask this one. Look again."


@dataclass(frozen=True, slots=True)
class FlagThen:
    """Where the flag of a check stood."""

    state: str
    since: datetime
    because: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One pattern's answer for a host; ``severity`` is that of a match, else the pattern's.

    ``stale``: section → since when it is too old, where that is why nobody knows, or what a match
    rests on.  ``version`` is the wording that was asked; ``written_later`` where there was none yet
    at the moment looked back to.
    """

    pattern: Pattern
    verdict: str
    reason: str
    evidence: Sequence[dict[str, Any]] = ()
    missing: Sequence[str] = ()
    severity: str = ""
    stale: Mapping[str, str] = field(default_factory=dict)
    thresholds: Sequence[Applied] = ()
    version: int = 0
    written_later: bool = False
    flag: FlagThen | None = None
    host: str = ""

    @property
    def is_stale(self) -> bool:
        """Unknown because facts are too old: then ``missing`` was reported, but long ago."""
        return self.verdict == State.UNKNOWN and bool(self.stale)

    @property
    def supply(self) -> list[Supply]:
        """What to do about it, where something is missing or stale."""
        return supply(self.missing, self.host) if self.verdict == State.UNKNOWN else []

    @property
    def risk(self) -> int:
        return risk(self.severity, self.pattern.likelihood)


@dataclass(frozen=True, slots=True)
class Group:
    """Checks that stand together on the page."""

    name: str
    checks: Sequence[Check]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything there is to say of one host at one moment.

    ``taken_from`` tells of a look back which part was taken from "then" and which from "today".
    """

    host: Host
    moment: datetime
    past: bool
    checks: Sequence[Check]
    taken_from: Mapping[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        found = {str(state): 0 for state in State}
        for check in self.checks:
            found[check.verdict] += 1
        return found

    @property
    def groups(self) -> list[Group]:
        """Needs eyes, unknown, clear, not applicable; the riskiest first, none left out."""
        ordered = by_urgency(self.checks)
        return [
            Group(name, [check for check in ordered if check.verdict in states])
            for name, states in GROUPS.items()
        ]

    @property
    def from_today(self) -> list[str]:
        return [what for what, when in self.taken_from.items() if when == "today"]


def look(host: Host, words: str, now: datetime) -> Explanation:
    """As the address asks: now without words, else at the moment they name.  Raises ``BadMoment``
    where one cannot look back to it."""
    moment = read_moment(words, now) if words else now
    if moment == now:
        return explain_host(host, now=now)
    check_known(host, moment)
    return explain_then(host, moment=moment)


def explain_host(host: Host, *, now: datetime) -> Explanation:
    """A check per enabled pattern, by slug.

    What there was no time for is told as it was last stored, and says so.
    """
    deadline = time.monotonic() + settings.EXPLAIN_SECONDS
    library = compiled.enabled()
    fleet = Fleet.at(now, [host.pk], wanted=library.wanted, shared=shared_for([host.pk], now))
    seen = next(fleet.seen(), None)
    if seen is None:  # retired: nothing is asked of it
        return Explanation(host, now, False, [])
    numbers = {slug: one.row.version for slug, one in library.ready.items()}
    asking = Asking(seen, library, numbers, _flags_of(host))
    held = _held(host)
    checks = asking.ask(deadline, held)
    done = {check.pattern.slug for check in checks}
    checks += asking.left_out(done, held, NO_TIME)
    return Explanation(host, now, False, _by_slug(checks))


def explain_then(host: Host, *, moment: datetime) -> Explanation:
    """The same for a moment that is over, from what was known then; nothing is stored."""
    deadline = time.monotonic() + settings.EXPLAIN_SECONDS
    then = compiled.then(moment)
    library = then.library
    fleet = Fleet.at(moment, [host.pk], wanted=library.wanted, past=True)
    seen = next(fleet.seen(), None)
    checks: list[Check] = []
    if seen is not None:
        flags = _flags_then(host, moment)
        asking = Asking(seen, library, then.numbers, flags, then.later)
        checks = asking.ask(deadline)
        done = {check.pattern.slug for check in checks}
        checks += asking.left_out(done, {}, NO_TIME_THEN)
    today = fleet.then.today if fleet.then else set()
    return Explanation(host, moment, True, _by_slug(checks), _taken_from(today))


def by_urgency(checks: Sequence[Check]) -> list[Check]:
    """Matches first, the riskiest first; what does not apply last."""
    return sorted(
        checks, key=lambda one: (ORDER.index(State(one.verdict)), -one.risk, one.pattern.slug)
    )


@dataclass(frozen=True, slots=True)
class Asking:
    """One host asked by a library."""

    seen: Seen
    library: compiled.Library
    numbers: Mapping[str, int]
    flags: Mapping[int, FlagThen]
    later: frozenset[str] = frozenset()

    def ask(self, deadline: float, held: Mapping[str, Any] | None = None) -> list[Check]:
        """A check for each pattern there was time for; ``held`` is what is stored of the others."""
        context = self.library.patterns.context(self.seen.view)
        last = {one.row.slug for one in self.library.second}
        verdicts: dict[str, Verdict] = {}
        found: list[Check] = []
        for slug, one in self.library.ready.items():
            if time.monotonic() > deadline:
                return found
            if slug in last:
                continue
            thresholds = self._thresholds(slug)
            verdicts[slug] = ask(
                one.compiled, self.seen.view, thresholds=values(thresholds), context=context
            )
            found.append(self._check(one, verdicts[slug], thresholds))
        return found + self._second(verdicts, held or {})

    def _second(self, verdicts: Mapping[str, Verdict], held: Mapping[str, Any]) -> list[Check]:
        """Checks of the patterns that read what the others found."""
        known = findings(self.library.lessons, verdicts, self.library.severities, held)
        view = seeing(self.seen.view, known)
        again = replace(self, seen=Seen(self.seen.host, view))
        found: list[Check] = []
        for one in self.library.second:
            thresholds = self._thresholds(one.row.slug)
            verdict = ask(one.compiled, view, thresholds=values(thresholds))
            found.append(again._check(one, verdict, thresholds))
        return found

    def left_out(self, done: set[str], held: Mapping[str, Any], why: str) -> list[Check]:
        """What was not asked: for want of time, or because the pattern is at fault."""
        found: list[Check] = []
        for slug, one in self.library.ready.items():
            if slug not in done:
                said = held.get(slug, {"state": str(State.UNKNOWN), "missing": []})
                stale, missing = said.get("stale", {}), said["missing"]
                about = self._about(one.row)
                row = one.row
                found.append(
                    Check(row, said["state"], why, (), missing, row.severity, stale, **about)
                )
        rows = Pattern.objects.in_bulk(list(self.library.broken), field_name="slug")
        for slug, error in self.library.broken.items():
            reason = f"The pattern itself is at fault: {error}."
            broken, about = str(State.BROKEN), self._about(rows[slug])
            found.append(Check(rows[slug], broken, reason, severity=rows[slug].severity, **about))
        return found

    def _check(
        self, ready: compiled.Ready, verdict: Verdict, thresholds: Sequence[Applied]
    ) -> Check:
        return Check(
            ready.row,
            str(verdict.state),
            ready.say(verdict, self.seen.view, thresholds),
            as_data(verdict.evidence),
            verdict.missing,
            verdict.severity or ready.spec.severity,
            verdict.stale,
            thresholds,
            **self._about(ready.row),
        )

    def _thresholds(self, slug: str) -> tuple[Applied, ...]:
        own, host = self.library.ready[slug].compiled.thresholds, self.seen.host
        return self.library.overrides.applied(slug, own, host.environment, host.tags)

    def _about(self, pattern: Pattern) -> dict[str, Any]:
        return {
            "version": self.numbers.get(pattern.slug, pattern.version),
            "written_later": pattern.slug in self.later,
            "flag": self.flags.get(pattern.pk),
            "host": self.seen.host.name,
        }


def _by_slug(checks: list[Check]) -> list[Check]:
    return sorted(checks, key=lambda check: check.pattern.slug)


def _held(host: Host) -> Mapping[str, Any]:
    row = HostVerdicts.objects.filter(host=host).first()
    return row.verdicts if row else {}


def _flags_of(host: Host) -> dict[int, FlagThen]:
    rows = Flag.objects.filter(host=host).order_by()
    return {
        one.pattern_id: FlagThen(
            one.state, one.changed_at, one.accepted_because, one.accepted_until
        )
        for one in rows
    }


def _flags_then(host: Host, moment: datetime) -> dict[int, FlagThen]:
    rows = FlagTransition.objects.filter(flag__host=host, at__lte=moment).order_by("at", "pk")
    told = rows.values_list("flag__pattern_id", "after", "at", "because")
    return {pattern: FlagThen(after, at, because) for pattern, after, at, because in told}


def _taken_from(today: set[str]) -> dict[str, str]:
    """What of a look back was had from then, and what is as it stands today."""
    then = ["facts", "shelf lives", "thresholds", "pattern wordings", "upkeep", "incidents"]
    register = ["register", "groups", "services", "fleet"]
    found = dict.fromkeys(then, "then")
    found |= {what: "today" if what in today else "then" for what in register}
    found |= {name: "today" for name in sections.names() if name not in OF_THEN}
    found |= dict.fromkeys(
        ("names of hosts", "patterns switched on", "end-of-life catalogue"), "today"
    )
    return found
