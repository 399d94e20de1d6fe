"""Every check of one host with its verdict, reason and evidence, worked out when it is read."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incidents.hosts.models import Host
from incidents.patterns import compiled
from incidents.patterns.evaluate import ask, risk
from incidents.patterns.flags import as_data
from incidents.patterns.fleet import Fleet, Seen
from incidents.patterns.judge import shared_for
from incidents.patterns.models import HostVerdicts, Pattern
from incidents.patterns.verdict import State, Verdict

BUDGET_SECONDS = 3.0
ORDER = (State.MATCH, State.BROKEN, State.UNKNOWN, State.CLEAR, State.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Check:
    """One pattern's answer for a host; ``severity`` is that of a match, else the pattern's."""

    pattern: Pattern
    verdict: str
    reason: str
    evidence: Sequence[dict[str, Any]] = ()
    missing: Sequence[str] = ()
    severity: str = ""

    @property
    def is_stale(self) -> bool:
        """Unknown because facts are too old: then ``missing`` was reported, but long ago."""
        return self.verdict == State.UNKNOWN and "stale since" in self.reason

    @property
    def risk(self) -> int:
        return risk(self.severity, self.pattern.likelihood)


def explain_host(
    host: Host, *, now: datetime, budget_seconds: float = BUDGET_SECONDS
) -> list[Check]:
    """A check per enabled pattern, by slug.

    What there was no time for is told as it was last stored, and says so.
    """
    deadline = time.monotonic() + budget_seconds
    library = compiled.enabled()
    fleet = Fleet.at(now, [host.pk], wanted=library.wanted, shared=shared_for([host.pk], now))
    seen = next(fleet.seen(), None)
    if seen is None:  # retired: nothing is asked of it
        return []
    checks = _ask(seen, library, deadline)
    checks += _not_asked(host, library, {check.pattern.slug for check in checks})
    return sorted(checks, key=lambda check: check.pattern.slug)


def by_urgency(checks: Sequence[Check]) -> list[Check]:
    """Matches first, the riskiest first; what does not apply last."""
    return sorted(
        checks, key=lambda one: (ORDER.index(State(one.verdict)), -one.risk, one.pattern.slug)
    )


def _ask(seen: Seen, library: compiled.Library, deadline: float) -> list[Check]:
    context = library.patterns.context(seen.view)
    found: list[Check] = []
    for one in library.ready.values():
        if time.monotonic() > deadline:
            break
        verdict = ask(one.compiled, seen.view, context=context)
        found.append(_check(one, verdict, seen))
    return found


def _check(ready: compiled.Ready, verdict: Verdict, seen: Seen) -> Check:
    return Check(
        ready.row,
        str(verdict.state),
        ready.say(verdict, seen.view),
        as_data(verdict.evidence),
        verdict.missing,
        verdict.severity or ready.row.severity,
    )


def _not_asked(host: Host, library: compiled.Library, done: set[str]) -> list[Check]:
    row = HostVerdicts.objects.filter(host=host).first()
    held = row.verdicts if row else {}
    found: list[Check] = []
    for slug, one in library.ready.items():
        if slug not in done:
            said = held.get(slug, {"state": str(State.UNKNOWN), "missing": []})
            reason = "There was no time to explain this one; this is its last answer."
            found.append(
                Check(one.row, said["state"], reason, (), said["missing"], one.row.severity)
            )
    rows = Pattern.objects.in_bulk(list(library.broken), field_name="slug")
    for slug, error in library.broken.items():
        broken = f"The pattern itself is at fault: {error}."
        found.append(Check(rows[slug], str(State.BROKEN), broken, severity=rows[slug].severity))
    return found
