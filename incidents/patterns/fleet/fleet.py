"""``Fleet``: hosts at a moment, streamed as views, with a constant number of queries per chunk."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from incidents.hosts.models import Host, HostStatus
from incidents.patterns.derived import DerivedSection, sections
from incidents.patterns.view import HostView

from . import relatives as around
from .context import Context
from .nearby import OF_CARRIERS, OF_PEERS, Nearby
from .reported import Provenance, Reported, age_days, fresh_rows, reported
from .shared import Shared
from .shared_then import SharedThen
from .then import Then
from .wanted import Wanted

CHUNK = 200
Hosts = QuerySet[Host] | Iterable[int] | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A host and what patterns see of it."""

    host: Host
    view: HostView


class Fleet:
    """The only way to get views.  Iterating streams ``HostView``s, ``seen`` pairs with their hosts.

    Made by ``Fleet.at``.  A chunk of hosts is in memory at a time, never the whole fleet.
    """

    def __init__(
        self,
        now: datetime,
        hosts: QuerySet[Host],
        wanted: Wanted,
        shared: Shared,
        then: Then | None = None,
    ) -> None:
        self.now = now
        self.shared = shared
        self.then = then
        self._hosts = hosts
        self._wanted = wanted

    @classmethod
    def at(
        cls,
        now: datetime,
        hosts: Hosts = None,
        *,
        wanted: Iterable[str] | None = None,
        shared: Shared | None = None,
        past: bool = False,
    ) -> "Fleet":
        """The active hosts (all, or those of a queryset or of primary keys) as of ``now``.

        ``past`` looks back to ``now``, a moment that is over: facts, register and settings as they
        were, for the hosts that were active then; ``then.today`` tells what could not be had.

        ``wanted`` names the sections that are needed, reported and derived, and of derived ones the
        paths where only some are needed (``wanted.Wanted``); None means all.  Pass the ``shared``
        of an earlier fleet of the same moment to count the whole fleet only once.
        """
        queryset = Host.objects.all() if hosts is None else hosts
        if not isinstance(queryset, QuerySet):
            queryset = Host.objects.filter(pk__in=list(queryset))
        queryset = queryset.select_related("site", "owner").order_by("pk")
        names = Wanted.of(wanted)
        if past:
            then = Then(now)
            around = list(queryset.values_list("pk", flat=True))
            return cls(now, queryset, names, shared or SharedThen(then, around), then)
        queryset = queryset.filter(status=HostStatus.ACTIVE)
        return cls(now, queryset, names, shared or Shared(now))

    def __iter__(self) -> Iterator[HostView]:
        for one in self.seen():
            yield one.view

    def count(self) -> int:
        """How many hosts there are to see."""
        return self._hosts.order_by().count()

    def seen(self) -> Iterator[Seen]:
        """Every host with its view, by primary key."""
        last = 0
        while chunk := list(self._hosts.filter(pk__gt=last)[:CHUNK]):
            if there := self._as_of(chunk):
                yield from self._views(there)
            if len(chunk) < CHUNK:
                break
            last = chunk[-1].pk

    def _as_of(self, chunk: list[Host]) -> list[Host]:
        if self.then is None:
            return chunk
        return [host for host in self.then.hosts(chunk) if host.status == HostStatus.ACTIVE]

    def _views(self, chunk: list[Host]) -> Iterator[Seen]:
        facts = self._reported(chunk)
        derived = self._derived()
        relatives = around.load(
            chunk, self.then, with_os=not derived.keys().isdisjoint(("groups", "lineage"))
        )
        upkeep = around.upkeep_of(relatives, chunk, self.now)
        nearby = Nearby(chunk, self.shared, relatives, facts, self._wanted, self.then)
        context = Context(self.now, self.shared, relatives, upkeep, facts, nearby)
        full: dict[str, dict[int, Any]] = {}
        fresh: dict[str, dict[int, Any]] = {}
        lost: dict[str, dict[int, datetime]] = {}
        for name, section in derived.items():
            full[name] = section.compute(chunk, self.now, context)
            if section.reads_facts and self._anything_stale(name, context):
                only_fresh = replace(context, fresh=True, lost={}, _os={})
                fresh[name] = section.compute(chunk, self.now, only_fresh)
                lost[name] = only_fresh.lost
        for host in chunk:
            yield Seen(host, self._view(host, facts[host.pk], full, fresh, lost))

    def _anything_stale(self, section: str, context: Context) -> bool:
        if section == "fleet":
            return self.shared.anything_stale
        return context.anything_stale

    def _reported(self, chunk: list[Host]) -> dict[int, Reported]:
        wanted = self._wanted.sections
        if wanted is not None:  # what derived sections read beside what patterns name
            for section in self._derived().values():
                wanted |= self._wanted.made_of(section.needs)
            wanted |= self._wanted.made_of(OF_PEERS) | self._wanted.made_of(OF_CARRIERS)
        lives = self.shared.lives
        rows = self.then.rows if self.then else fresh_rows(chunk, wanted, self.now, lives)
        return {
            host.pk: reported(host, rows.get(host.pk, []), wanted, self.now, lives)
            for host in chunk
        }

    def _derived(self) -> dict[str, DerivedSection]:
        return {name: one for name, one in sections.items() if self._wanted.section(name)}

    def _view(
        self,
        host: Host,
        facts: Reported,
        full: dict[str, dict[int, Any]],
        fresh: dict[str, dict[int, Any]],
        lost: dict[str, dict[int, datetime]],
    ) -> HostView:
        own = {name: values[host.pk] for name, values in full.items() if host.pk in values}
        own["facts_age"] = self._ages(host)
        everything = {**facts.full, **own}
        stale = {name: since.isoformat() for name, since in facts.stale.items()}
        recent: dict[str, Any] = {}
        for name, value in own.items():
            kept = fresh[name].get(host.pk) if name in fresh else value
            if kept == value:
                recent[name] = value
                continue
            if kept is not None:
                recent[name] = kept
            stale[name] = lost[name].get(host.pk, self.now).isoformat()
        without = everything if not stale else {**facts.fresh, **recent}
        source = Provenance(host.facts, host.observed, self.now)
        return HostView(host.name, everything, without, stale, source)

    def _ages(self, host: Host) -> dict[str, int]:
        ages: dict[str, int] = {}
        for section, entry in host.observed.items():
            if entry.get("sources"):
                newest = max(datetime.fromisoformat(seen) for seen in entry["sources"].values())
                ages[section] = age_days(newest, self.now)
        return ages
