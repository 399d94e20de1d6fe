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
from .reported import Provenance, Reported, age_days, fresh_rows, reported
from .shared import Shared

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
        wanted: frozenset[str] | None,
        shared: Shared,
    ) -> None:
        self.now = now
        self.shared = shared
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
    ) -> "Fleet":
        """The active hosts (all, or those of a queryset or of primary keys) as of ``now``.

        ``wanted`` names the sections that are needed, reported and derived; None means all.  Pass
        the ``shared`` of an earlier fleet of the same moment to count the whole fleet only once.
        """
        queryset = Host.objects.all() if hosts is None else hosts
        if not isinstance(queryset, QuerySet):
            queryset = Host.objects.filter(pk__in=list(queryset))
        queryset = queryset.filter(status=HostStatus.ACTIVE).select_related("site", "owner")
        names = None if wanted is None else frozenset(wanted)
        return cls(now, queryset.order_by("pk"), names, shared or Shared(now))

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
            yield from self._views(chunk)
            last = chunk[-1].pk

    def _views(self, chunk: list[Host]) -> Iterator[Seen]:
        facts = self._reported(chunk)
        derived = self._derived()
        relatives = around.load(chunk, with_os=not derived.keys().isdisjoint(("groups", "lineage")))
        upkeep = around.upkeep_of(relatives, chunk, self.now)
        context = Context(self.now, self.shared, relatives, upkeep, facts)
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
        wanted = self._wanted
        if wanted is not None:  # what our own derived sections read beside what patterns name
            wanted |= {"os"} if "host" in wanted else set()
            wanted |= {"backups"} if "upkeep" in wanted else set()
        lives = self.shared.lives
        rows = fresh_rows(chunk, wanted, self.now, lives)
        return {
            host.pk: reported(host, rows.get(host.pk, []), wanted, self.now, lives)
            for host in chunk
        }

    def _derived(self) -> dict[str, DerivedSection]:
        return {
            name: section
            for name, section in sections.items()
            if self._wanted is None or name in self._wanted
        }

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
