"""What is the same for every host of a moment: counted once, used by all chunks."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from incidents.facts.merge import source_of
from incidents.hosts.models import Host, HostKind, HostStatus, Upkeep

from .reported import stale_since

MACHINES = (HostKind.PHYSICAL, HostKind.VIRTUAL)
Set = tuple[str, str | None]  # environment, and role or None for the whole environment


@dataclass(slots=True)
class Tally:
    """One set of machines, counted."""

    hosts: int = 0
    os: Counter[str] = field(default_factory=Counter)
    major: Counter[tuple[str, str]] = field(default_factory=Counter)
    model: Counter[str] = field(default_factory=Counter)

    def add(self, name: str | None, major: str | None, model: str | None) -> None:
        self.hosts += 1
        if name:
            self.os[name] += 1
            if major:
                self.major[name, major] += 1
        if model:
            self.model[model] += 1


class Shared:
    """Fleet-wide knowledge at ``now``; each part is worked out when first asked for."""

    def __init__(self, now: datetime, environments: frozenset[str] | None = None) -> None:
        self.now = now
        self._environments = environments
        self._old = False

    @cached_property
    def kinds_in_use(self) -> frozenset[str]:
        """Kinds of upkeep that anybody ever recorded, restore tests told by backup tools too."""
        kinds = set(
            Upkeep.objects.filter(happened_at__lte=self.now)
            .order_by()
            .values_list("kind", flat=True)
            .distinct()
        )
        told = "restore_test" in kinds or (
            Host.objects.filter(
                status=HostStatus.ACTIVE, facts__backups__icontains="last_restore_test"
            )
            .order_by()
            .exists()
        )
        return frozenset(kinds | {"restore_test"}) if told else frozenset(kinds)

    @cached_property
    def _tallies(self) -> tuple[dict[Set, Tally], dict[Set, Tally]]:
        full: dict[Set, Tally] = {}
        fresh: dict[Set, Tally] = {}
        for environment, role, os, seen, model in self._machines():
            name, major = os.get("name"), os.get("major")
            stale = stale_since("os", seen, self.now)
            said = source_of({"os": seen}, "os.name") if stale and name else None
            old = said is not None and said[0] in stale
            self._old |= old
            for one in (
                ((environment, None), (environment, role)) if role else ((environment, None),)
            ):
                full.setdefault(one, Tally()).add(name, major, model)
                fresh.setdefault(one, Tally()).add(*((None, None) if old else (name, major)), model)
        return full, fresh

    @property
    def anything_stale(self) -> bool:
        """Whether any machine that is counted told its system too long ago."""
        return self._tallies is not None and self._old

    def _machines(self) -> Iterator[Any]:
        rows = Host.objects.filter(status=HostStatus.ACTIVE, kind__in=MACHINES).exclude(
            environment=""
        )
        if self._environments is not None:
            rows = rows.filter(environment__in=self._environments)
        columns = ("environment", "role", "facts__os", "observed__os", "facts__hardware__model")
        for environment, role, os, seen, model in (
            rows.order_by().values_list(*columns).iterator(chunk_size=2000)
        ):
            yield environment, role, os or {}, seen or {}, model

    def tally(self, environment: str, role: str | None, *, fresh: bool) -> Tally:
        """Everything counted of one set of machines."""
        return self._tallies[fresh].get((environment, role), Tally())
