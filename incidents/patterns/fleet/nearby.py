"""What lies around a chunk of hosts beyond their relatives: each part is read when first asked
for, once for the whole chunk, in a number of queries that does not grow with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Q

from incidents.facts.merge import SourceRow, merge
from incidents.hosts.models import Host, Upkeep, UpkeepKind
from incidents.hosts.provisions import Runbook

from .relatives import MAX_DEPTH, Relatives
from .reported import Reported, fresh_rows, reported
from .reporting import days_reported
from .shared import Shared
from .then import Then
from .wanted import Needs, Wanted

OF_PEERS: Needs = {
    "groups[].peers[].feeds": ("hardware",),
    "groups[].peers[].same_feed": ("hardware",),
    "groups[].peers[].switches": ("network",),
    "groups[].peers[].same_switch": ("network",),
    "groups[].peers[].unattended": ("packages",),
    "groups[].peers[].unattended_window": ("packages",),
    "groups[].peers[].update_gap_hours": ("packages",),
    "groups[].peers[].software": ("software",),
    "groups[].peers[].compared": ("software",),
    "groups[].peers[].version_skews": ("software",),
    "groups[].peers[].drives": ("storage",),
}
OF_CARRIERS: Needs = {
    "services[].rebuild_timed": ("backups",),
    "services[].rebuild_minutes": ("backups",),
}


@dataclass(frozen=True, slots=True)
class Written:
    """A host with no more of it than somebody needs: as much as ``reported`` looks at."""

    pk: int
    facts: dict[str, Any]
    observed: dict[str, Any]
    site: None = None


class Nearby:
    """Everything is worked out for ``shared.now`` and for one chunk."""

    def __init__(
        self,
        hosts: Sequence[Host],
        shared: Shared,
        relatives: Relatives,
        own: Mapping[int, Reported],
        wanted: Wanted,
        then: Then | None = None,
    ) -> None:
        self.now = shared.now
        self.wanted = wanted
        self._hosts = hosts
        self._shared = shared
        self._relatives = relatives
        self._own = own
        self._then = then

    # -- who is around -----------------------------------------------------------------------

    @cached_property
    def members(self) -> set[int]:
        """Everybody in the groups of the chunk."""
        return {pk for members in self._relatives.members_of.values() for pk in members}

    @cached_property
    def _services(self) -> set[int]:
        return {one for host in self._hosts for one in self._relatives.services_on(host.pk)}

    @cached_property
    def _carriers(self) -> set[int]:
        """Every host that carries a service of the chunk."""
        return {pk for one in self._services for pk in self._relatives.carriers_of[one]}

    # -- what others reported ----------------------------------------------------------------

    @cached_property
    def facts(self) -> dict[int, Reported]:
        """What the members of groups and the carriers of services reported: the sections that
        somebody wants to read of them, and nothing else."""
        return self._read(self.members, OF_PEERS) | self._read(self._carriers, OF_CARRIERS)

    @property
    def anything_stale(self) -> bool:
        return any(one.stale for one in self.facts.values())

    def _read(self, pks: set[int], needs: Needs) -> dict[int, Reported]:
        sections = frozenset(self.wanted.made_of(needs))
        if not sections:
            return {}
        around = pks | {self._relatives.outermost(pk) for pk in pks}
        found = {pk: self._own[pk] for pk in around & self._own.keys()}
        others = around - found.keys()
        if not others:
            return found
        now, lives = self.now, self._shared.lives
        if self._then is None:
            hosts = [_written(row, sections) for row in _rows(others, sections)]
            rows = fresh_rows(hosts, sections, now, lives)  # type: ignore[arg-type]
        else:
            rows = self._then.told(others)
            hosts = [_merged(pk, rows[pk], now) for pk in sorted(others)]
        return found | {
            one.pk: reported(one, rows.get(one.pk, []), sections, now, lives)  # type: ignore[arg-type]
            for one in hosts
        }

    # -- what the register knows of them -----------------------------------------------------

    @cached_property
    def days_reported(self) -> dict[int, list[date]]:
        """Days with a report, of the chunk and of the members of its groups, as far as wanted."""
        wanted: set[int] = set()
        if self.wanted.path("host.reports") or self.wanted.path("host.report_every_days"):
            wanted |= {host.pk for host in self._hosts}
        if self.wanted.path("groups[].peers[].report_every_days"):
            wanted |= self.members
        return days_reported(wanted, self.now)

    @cached_property
    def in_maintenance(self) -> set[int]:
        """Members of groups on which a window is open now."""
        hosts = Host.objects.filter(pk__in=self.members, maintenance_until__gt=self.now)
        return set(hosts.order_by().values_list("pk", flat=True))

    @cached_property
    def runbooks(self) -> dict[int, list[Runbook]]:
        """Service pk → its runbooks."""
        found: dict[int, list[Runbook]] = {}
        for one in Runbook.objects.kept().filter(service__in=self._services):
            found.setdefault(one.service_id, []).append(one)
        return found

    @cached_property
    def machine_of(self) -> dict[int, int]:
        """Host that a runbook lies on → the outermost host around it."""
        hosts = {one.stored_on_id for many in self.runbooks.values() for one in many}
        found = {pk: self._relatives.outermost(pk) for pk in hosts if pk in self._relatives.hosts}
        frontier = {pk: pk for pk in hosts if pk is not None and pk not in found}
        for _ in range(MAX_DEPTH):
            if not frontier:
                break
            parents = dict(
                Host.objects.filter(pk__in=set(frontier.values()), parent__isnull=False)
                .order_by()
                .values_list("pk", "parent_id")
            )
            found |= {pk: top for pk, top in frontier.items() if top not in parents}
            above = {pk: parents[top] for pk, top in frontier.items() if top in parents}
            frontier = {pk: top for pk, top in above.items() if top != pk}
        return found

    @cached_property
    def timed_restores(self) -> dict[tuple[str, int], tuple[datetime, float]]:
        """("service" or "host", pk) → when a restore last worked that was timed, and minutes."""
        rows = Upkeep.objects.standing().filter(
            Q(service__in=self._services) | Q(host__in=self._carriers),
            kind=UpkeepKind.RESTORE_TEST,
            result="ok",
            took_minutes__isnull=False,
            happened_at__lte=self.now,
        )
        found: dict[tuple[str, int], tuple[datetime, float]] = {}
        columns = ("service", "host", "happened_at", "took_minutes")
        for service, host, at, minutes in rows.order_by("happened_at", "pk").values_list(*columns):
            found[("service", service) if service else ("host", host)] = at, minutes
        return found


def _merged(pk: int, rows: list[SourceRow], now: datetime) -> Written:
    merged = merge(rows, now=now)
    return Written(pk, merged.document, dict(merged.observed))


def _rows(pks: set[int], sections: frozenset[str]) -> Any:
    columns = [f"facts__{name}" for name in sorted(sections)]
    return Host.objects.filter(pk__in=pks).order_by().values_list("pk", "observed", *columns)


def _written(row: tuple[Any, ...], sections: frozenset[str]) -> Written:
    pk, observed, *values = row
    told = zip(sorted(sections), values, strict=True)
    facts = {name: value for name, value in told if value is not None}
    return Written(pk, facts, {name: observed[name] for name in facts if name in observed})
