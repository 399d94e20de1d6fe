"""What was the same for every host at a moment of the past."""

from collections.abc import Iterator, Sequence
from functools import cached_property

from django.db.models import Q

from incidents.facts.merge import ShelfLives, merge
from incidents.hosts.history import rows_at, source_rows
from incidents.hosts.models import FactHistory, Host, HostStatus
from incidents.hosts.shelf_lives import shelf_lives

from .shared import MACHINES, Machine, Shared, counted_as, os_good_until
from .then import Then

MOST_MACHINES = 5_000
"""Of more machines in one environment the shares are taken as they stand today, and it is said."""


class SharedThen(Shared):
    """Like ``Shared``, read from the history; ``around`` are the hosts that are asked."""

    def __init__(self, then: Then, around: Sequence[int]) -> None:
        super().__init__(then.moment, around)
        self.then = then
        self._asked = list(around)

    @cached_property
    def lives(self) -> ShelfLives:
        return shelf_lives(self.now)

    def _restore_told(self) -> bool:
        rows = FactHistory.objects.filter(section="backups", since__lte=self.now)
        rows = rows.filter(Q(until=None) | Q(until__gt=self.now))
        return rows.filter(value__icontains="last_restore_test").exists()

    def _machines(self) -> Iterator[Machine]:
        asked = self.then.hosts(list(Host.objects.filter(pk__in=self._asked)))
        environments = {host.environment for host in asked if host.environment}
        hosts = self.then.machines_of(environments, MOST_MACHINES)
        if hosts is None:
            self.then.today.add("fleet")
            yield from super()._machines()
            return
        told: dict[int, list[FactHistory]] = {host.pk: [] for host in hosts}
        for row in rows_at(told, self.now, ["os", "hardware"]):
            told[row.host_id].append(row)
        for host in hosts:
            if host.status != HostStatus.ACTIVE or host.kind not in MACHINES:
                continue
            merged = merge(source_rows(told[host.pk], self.now), now=self.now)
            os = merged.document.get("os", {})
            yield Machine(
                host.environment,
                host.role,
                counted_as(os.get("name")),
                counted_as(os.get("major")),
                counted_as(merged.document.get("hardware", {}).get("model")),
                self.is_old(os_good_until(merged.observed, os, self.lives)),
            )
