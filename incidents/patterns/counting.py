"""Counting the verdicts of the fleet by the thousand, and only those that moved since.

A thousand hosts are a block.  What was counted of a block holds for as long as the newest ``told``
among its rows, how many there are, and the enabled patterns are the same.  So a host of which
something else is said costs the counting of a thousand, one that is only asked again costs nothing,
and whatever is stored here can be thrown away at any time.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from django.db import OperationalError, transaction
from django.db.models import Count, F, IntegerField, Max
from django.db.models.expressions import ExpressionWrapper

from incidents.hosts.models import Host, HostStatus
from incidents.patterns.derived_schema import DERIVED_SECTIONS
from incidents.patterns.models import HostVerdicts, VerdictCount
from incidents.patterns.verdict import State
from kb.outbox.models import OutboxRow
from kb.outbox.post import post

BLOCK = 1000
FOR_EXAMPLE = 5
TOPIC = "coverage"
SEPARATOR = "\x1f"
UNKNOWN = str(State.UNKNOWN)


class Mark(NamedTuple):
    """What a count of a block rests on."""

    stamp: int
    hosts: int
    asked: str


def counts(
    enabled: Sequence[str], seconds: float | None, *, by_place: bool
) -> tuple[Iterator[dict[str, Any]], bool]:
    """What was counted of every block, and whether that is all and as things stand.

    Blocks that moved are counted anew for so many ``seconds``; the rest is left to the background
    and stands in as it was counted last.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    marks = _marks(digest_of(enabled))
    held = {row[0]: Mark(*row[1:]) for row in _held_marks()}
    moved = [block for block, mark in marks.items() if held.get(block) != mark]
    moved.sort(key=lambda block: (block in held, block))  # what was never counted goes first
    fresh: list[VerdictCount] = []
    for block in moved:
        if deadline is not None and fresh and time.monotonic() > deadline:
            break
        fresh.append(_count(block, marks[block], frozenset(enabled)))
    _keep(fresh, gone=held.keys() - marks.keys())
    complete = len(fresh) == len(moved)
    if not complete and not OutboxRow.objects.filter(topic=TOPIC).exists():
        post(TOPIC, "fleet")
    column = "places" if by_place else "counts"
    done = {one.block: getattr(one, column) for one in fresh}
    others = VerdictCount.objects.filter(block__in=marks.keys() - done.keys()).order_by("block")
    kept = others.values_list(column, flat=True).iterator(chunk_size=20)
    return chain(done.values(), kept), complete


def digest_of(words: Sequence[str]) -> str:
    """A short name for a list of words."""
    return hashlib.sha256(json.dumps(list(words)).encode()).hexdigest()[:16]


def place_of(host: Host) -> str:
    """Where a host is counted: environment, site and team as one text."""
    site, team = host.site.slug if host.site else "", host.owner.slug if host.owner else ""
    return SEPARATOR.join((host.environment, site, team))


def place_parts(place: str) -> tuple[str, str, str]:
    """Environment, site and team of a place."""
    environment, site, team = (place or 2 * SEPARATOR).split(SEPARATOR)
    return environment, site, team


def _marks(asked: str) -> dict[int, Mark]:
    block = ExpressionWrapper(F("host_id") / BLOCK, output_field=IntegerField())
    rows = HostVerdicts.objects.annotate(block=block).order_by().values_list("block")
    told = rows.annotate(last=Max("told"), rows=Count("pk")).order_by("block")
    return {block: Mark(last, hosts, asked) for block, last, hosts in told}


def _held_marks() -> Any:
    return VerdictCount.objects.values_list("block", "stamp", "hosts", "asked")


def _keep(fresh: Sequence[VerdictCount], *, gone: Any) -> None:
    """Remember what was counted; where the database is busy somebody else will."""
    if not fresh and not gone:
        return
    try:
        with transaction.atomic():
            VerdictCount.objects.bulk_create(
                fresh,
                update_conflicts=True,
                unique_fields=["block"],
                update_fields=["stamp", "hosts", "asked", "counts", "places"],
            )
            if gone:
                VerdictCount.objects.filter(block__in=gone).delete()
    except OperationalError:
        return


@dataclass
class Tally:
    """One set of hosts, counted."""

    hosts: int = 0
    states: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    stale: Counter[str] = field(default_factory=Counter)
    on: Counter[str] = field(default_factory=Counter)
    names: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, verdicts: Mapping[str, Any], enabled: frozenset[str]) -> None:
        """Count one host; they come in order of name."""
        self.hosts += 1
        asked = [(slug, said) for slug, said in verdicts.items() if slug in enabled]
        self.states.update([(slug, said["state"]) for slug, said in asked])
        hanging = []
        for _, said in asked:
            if said["state"] == UNKNOWN and (thing := deciding(said)) is not None:
                hanging.append(thing)
                if said.get("stale"):
                    self.stale[thing] += 1
        self.verdicts.update(hanging)
        for thing in set(hanging):
            self.on[thing] += 1
            names = self.names.setdefault(thing, [])
            if len(names) < FOR_EXAMPLE:
                names.append(name)

    def join(self, other: "Tally") -> None:
        """Count these hosts too; the names want sorting afterwards."""
        self.hosts += other.hosts
        self.states.update(other.states)
        self.verdicts.update(other.verdicts)
        self.stale.update(other.stale)
        self.on.update(other.on)
        for thing, names in other.names.items():
            self.names[thing] = sorted([*self.names.get(thing, ()), *names])[:FOR_EXAMPLE]

    def as_data(self) -> dict[str, Any]:
        patterns: dict[str, dict[str, int]] = {}
        for (slug, state), count in self.states.items():
            patterns.setdefault(slug, {})[state] = count
        return {
            "hosts": self.hosts,
            "patterns": patterns,
            "gaps": {
                thing: [count, self.on[thing], self.stale[thing], self.names[thing]]
                for thing, count in self.verdicts.items()
            },
        }


def _count(block: int, mark: Mark, enabled: frozenset[str]) -> VerdictCount:
    places: dict[str, Tally] = {}
    rows = HostVerdicts.objects.filter(
        host_id__gte=block * BLOCK, host_id__lt=(block + 1) * BLOCK, host__status=HostStatus.ACTIVE
    ).order_by("host__name")
    columns = ("host__name", "place", "verdicts")
    for name, place, verdicts in rows.values_list(*columns).iterator(chunk_size=500):
        places.setdefault(place, Tally()).add(name, verdicts, enabled)
    whole = Tally()
    for tally in places.values():
        whole.join(tally)
    return VerdictCount(
        block=block,
        stamp=mark.stamp,
        hosts=mark.hosts,
        asked=mark.asked,
        counts=whole.as_data(),
        places={place: tally.as_data() for place, tally in places.items()},
    )


def deciding(said: Mapping[str, Any]) -> str | None:
    """The one thing an unknown verdict hangs on; None where it hangs on several or on none."""
    if said["state"] != UNKNOWN:
        return None
    return _hanging_on(tuple(said["missing"]))


@lru_cache(maxsize=4096)
def _hanging_on(missing: tuple[str, ...]) -> str | None:
    wanted = {_thing(path) for path in missing}
    return wanted.pop() if len(wanted) == 1 else None


def _thing(path: str) -> str | None:
    """What would have to be told of this host; None where other hosts have to tell something."""
    steps = path.replace("[]", "").split(".")
    if steps[0] in ("fleet", "lineage", "findings") or steps[:2] == ["groups", "peers"]:
        return None
    return ".".join(steps[:2]) if steps[0] in DERIVED_SECTIONS else steps[0]
