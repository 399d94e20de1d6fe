"""What is the same for every host of a moment: counted once, used by all chunks."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from incidents.facts.merge import MANUAL, Observed, ShelfLives, source_of
from incidents.hosts.models import Host, HostKind, HostStatus, Upkeep, UpkeepKind
from incidents.hosts.provisions import Advisory, Kit, Runbook, SiteAccess
from incidents.hosts.shelf_lives import shelf_lives
from incidents.patterns.models import HostVerdicts
from kb.accounts.models import Team

from .wanted import Wanted

SEPARATOR = "\x1f"
LONGEST_NAME = 100
MACHINES = (HostKind.PHYSICAL, HostKind.VIRTUAL)
KIND_OF: dict[str, str] = {
    **{f"upkeep:{kind}": kind for kind in UpkeepKind.values},
    "groups:failovers": UpkeepKind.FAILOVER_DRILL,
    "services:restores": UpkeepKind.RESTORE_TEST,
    "services:reviews": UpkeepKind.RUNBOOK_REVIEW,
    "site:checks": UpkeepKind.KIT_CHECK,
}
CLOSED_WORLDS: dict[str, str] = {
    **{f"upkeep:{kind}": f"upkeep.{kind}" for kind in UpkeepKind.values},
    "groups:failovers": "groups[].failover_ever",
    "services:restores": "services[].rebuild_timed",
    "services:reviews": "services[].runbooks[].reviewed",
    "services:runbooks": "services[].runbooks",
    "site:checks": "site.kits[].checked",
    "site:kits": "site.kits",
    "site:access": "site.people_with_access",
    "host:owners": "host.owned",
    "host:people": "host.owner_people",
}
"""What means something by its absence once it is in use anywhere → the field that then says so."""

WRITTEN: dict[str, Callable[[], QuerySet[Any]]] = {
    "owners": lambda: Host.objects.filter(status=HostStatus.ACTIVE, owner__isnull=False),
    "runbooks": Runbook.objects.kept,
    "kits": Kit.objects.kept,
    "access": SiteAccess.objects.kept,
    "advisories": Advisory.objects.kept,
}
"""What people may write down → all there is of it."""

Set = tuple[str, str | None]  # environment, and role or None for the whole environment


@dataclass(slots=True)
class Tally:
    """One set of machines, counted."""

    hosts: int = 0
    os: Counter[str] = field(default_factory=Counter)
    major: Counter[tuple[str, str]] = field(default_factory=Counter)
    model: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, major: str, model: str, count: int) -> None:
        self.hosts += count
        if name:
            self.os[name] += count
            if major:
                self.major[name, major] += count
        if model:
            self.model[model] += count


@dataclass(frozen=True, slots=True)
class Machine:
    """What is counted of machines that are alike; ``old``: they told their system too long ago."""

    environment: str
    role: str
    name: str
    major: str
    model: str
    old: bool
    count: int = 1


class Shared:
    """Fleet-wide knowledge at ``now``; each part is worked out when first asked for.

    A sweep reads the facts of every machine, once.  With ``around`` (primary keys) only the facts
    of these hosts are read, and of all others what was noted when they were last judged.
    """

    def __init__(self, now: datetime, around: Sequence[int] | None = None) -> None:
        self.now = now
        self._around = around
        self._old = False

    @cached_property
    def lives(self) -> ShelfLives:
        """How long what was told is good."""
        return shelf_lives()

    @cached_property
    def kinds_in_use(self) -> frozenset[str]:
        """Kinds of upkeep that anybody ever recorded, restore tests told by backup tools too."""
        rows = Upkeep.objects.standing().filter(happened_at__lte=self.now).order_by()
        kinds = frozenset(rows.values_list("kind", flat=True).distinct())
        told = UpkeepKind.RESTORE_TEST in kinds or self._restore_told()
        return kinds | {UpkeepKind.RESTORE_TEST.value} if told else kinds

    @cached_property
    def team_people(self) -> Counter[int] | None:
        """Team pk → active people in it; None while no team at all has members."""
        rows = Team.members.through.objects.order_by().values_list("team_id", "user__is_active")
        counted: Counter[int] = Counter()
        teams = False
        for team, active, count in rows.annotate(n=Count("pk")):
            teams = True
            if active:
                counted[team] += count
        return counted if teams else None

    @property
    def owners_in_use(self) -> bool:
        """Whether any host has an owner written down."""
        return self._written["owners"]

    @property
    def runbooks_in_use(self) -> bool:
        """Whether any service has a runbook written down."""
        return self._written["runbooks"]

    @property
    def kits_in_use(self) -> bool:
        """Whether any site has a kit written down."""
        return self._written["kits"]

    @property
    def access_in_use(self) -> bool:
        """Whether any site names people who may enter."""
        return self._written["access"]

    @cached_property
    def _written(self) -> dict[str, bool]:
        """Of what people may write down, what anybody did: one query."""
        sql, parameters = _any_written()
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return dict(zip(WRITTEN, map(bool, cursor.fetchone()), strict=True))

    @cached_property
    def advisories(self) -> list[Advisory]:
        """The team's list of advisories."""
        return list(Advisory.objects.kept()) if self._written["advisories"] else []

    def in_use(self, wanted: Wanted) -> dict[str, bool]:
        """Of everything whose absence comes to mean something once anybody writes such a thing
        down, as "section:thing": whether it is in use, as far as what is wanted hangs on it."""
        asked = {what: path for what, path in CLOSED_WORLDS.items() if wanted.path(path)}
        return {what: self._is_used(what) for what in asked}

    def _is_used(self, what: str) -> bool:
        if (kind := KIND_OF.get(what)) is not None:
            return kind in self.kinds_in_use
        if what == "host:people":
            return self.team_people is not None
        return bool(getattr(self, f"{what.partition(':')[2]}_in_use"))

    def _restore_told(self) -> bool:
        hosts = Host.objects.filter(status=HostStatus.ACTIVE).order_by()
        if self._around is not None:
            if HostVerdicts.objects.filter(restore_tested=True).exists():
                return True
            hosts = hosts.filter(pk__in=self._around)
        return hosts.filter(facts__backups__icontains="last_restore_test").exists()

    @cached_property
    def _tallies(self) -> tuple[dict[Set, Tally], dict[Set, Tally]]:
        full: dict[Set, Tally] = {}
        fresh: dict[Set, Tally] = {}
        for one, times in Counter(self._machines()).items():
            count = one.count * times
            self._old |= one.old
            sets: list[Set] = [(one.environment, None)]
            if one.role:
                sets.append((one.environment, one.role))
            for key in sets:
                full.setdefault(key, Tally()).add(one.name, one.major, one.model, count)
                name, major = ("", "") if one.old else (one.name, one.major)
                fresh.setdefault(key, Tally()).add(name, major, one.model, count)
        return full, fresh

    def _machines(self) -> Iterator[Machine]:
        hosts = Host.objects.filter(status=HostStatus.ACTIVE, kind__in=MACHINES)
        hosts = hosts.exclude(environment="").order_by()
        if self._around is None:
            yield from self._read(hosts)
            return
        near = list(self._read(hosts.filter(pk__in=self._around)))
        yield from self._noted({one.environment for one in near})
        yield from near

    def _read(self, hosts: QuerySet[Host]) -> Iterator[Machine]:
        columns = ("environment", "role", "facts__os", "observed__os", "facts__hardware__model")
        for environment, role, os, seen, model in hosts.values_list(*columns).iterator(2000):
            until = os_good_until({"os": seen or {}}, os or {}, self.lives)
            name, major = counted_as((os or {}).get("name")), counted_as((os or {}).get("major"))
            yield Machine(environment, role, name, major, counted_as(model), self.is_old(until))

    def _noted(self, environments: set[str]) -> Iterator[Machine]:
        """Everybody else there as last judged: counted by the database out of one index, in as
        many rows as there are different machines."""
        others = HostVerdicts.objects.filter(peer_environment__in=environments)
        others = others.exclude(pk__in=self._around or ()).order_by("peer_environment", "peer")
        is_old = Count("pk", filter=Q(os_good_until__lt=self.now))
        counted = others.values_list("peer_environment", "peer").annotate(n=Count("pk"), old=is_old)
        for _, peer, count, old in counted:
            environment, role, name, major, model = peer_parts(peer)
            for telling_old, some in ((False, count - old), (True, old)):
                if some:
                    yield Machine(environment, role, name, major, model, telling_old, some)

    def is_old(self, good_until: datetime | None) -> bool:
        """Whether a machine told its system too long ago for it to be counted as fresh."""
        return good_until is not None and good_until < self.now

    @property
    def anything_stale(self) -> bool:
        """Whether any machine that is counted told its system too long ago."""
        return self._tallies is not None and self._old

    def tally(self, environment: str, role: str | None, *, fresh: bool) -> Tally:
        """Everything counted of one set of machines."""
        return self._tallies[fresh].get((environment, role), Tally())


@cache
def _any_written() -> tuple[str, tuple[Any, ...]]:
    """Whether there is anything of each, as one question: putting it together anew for every host
    that is judged takes longer than asking it."""
    asked = [rows().order_by().values("pk").query.sql_with_params() for rows in WRITTEN.values()]
    sql = ", ".join(f"EXISTS({one})" for one, _ in asked)
    return f"SELECT {sql}", tuple(value for _, values in asked for value in values)


def os_good_until(observed: Observed, os: Mapping[str, Any], lives: ShelfLives) -> datetime | None:
    """When the name of a host's system grows stale; None where a person said it, or nobody."""
    said = source_of(observed, "os.name") if os.get("name") else None
    if said is None or said[0] == MANUAL:
        return None
    return said[1] + lives.span("os", said[0])


def counted_as(told: Any) -> str:
    """What is counted of a name that a machine tells: an index bears no longer texts."""
    return str(told or "").replace(SEPARATOR, " ")[:LONGEST_NAME]


def peer_of(host: Host) -> str:
    """What is counted of a host, as one text; empty where it is not counted."""
    if host.kind not in MACHINES or not host.environment:
        return ""
    os = host.facts.get("os") or {}
    model = (host.facts.get("hardware") or {}).get("model")
    told = (counted_as(part) for part in (os.get("name"), os.get("major"), model))
    return SEPARATOR.join((host.environment, host.role, *told))


def peer_parts(peer: str) -> list[str]:
    """Environment, role, system, major version, model: what ``peer_of`` put together."""
    return peer.split(SEPARATOR) if peer else [""] * 5
