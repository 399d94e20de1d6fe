"""What derived sections may ask about a chunk of hosts, in full or of fresh facts only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incidents.facts.merge import source_of
from incidents.hosts.models import Host, Upkeep

from .nearby import Nearby
from .relatives import Relatives
from .reported import Reported, at_moment, stale_since
from .shared import Shared
from .wanted import Wanted


@dataclass(slots=True)
class Context:
    """``fresh``: answers leave out what stale sources said, and ``lost`` notes for which host of
    the chunk since when."""

    now: datetime
    shared: Shared
    relatives: Relatives
    upkeep: Mapping[int, list[Upkeep]]
    reported: Mapping[int, Reported]
    nearby: Nearby
    fresh: bool = False
    lost: dict[int, datetime] = field(default_factory=dict)
    _os: dict[int, tuple[dict[str, Any], datetime | None]] = field(default_factory=dict)
    _stale: bool | None = None

    @property
    def anything_stale(self) -> bool:
        """Whether leaving out stale sources could change an answer about this chunk at all."""
        if self._stale is None:
            self._stale = (
                any(one.stale for one in self.reported.values())
                or any(
                    stale_since("os", seen, self.now, self.shared.lives)
                    for _, seen in self.relatives.os.values()
                )
                or self.nearby.anything_stale
            )
        return self._stale

    @property
    def wanted(self) -> Wanted:
        """What somebody is going to read."""
        return self.nearby.wanted

    def facts(self, host: Host, section: str) -> Any:
        """A reported section of a host of the chunk, or None."""
        mine = self.reported[host.pk]
        if not self.fresh:
            return mine.full.get(section)
        if section in mine.stale:
            self._lose(host.pk, mine.stale[section])
        return mine.fresh.get(section)

    def told(self, pk: int, section: str, *, asked_by: int) -> Any:
        """A reported section of a member of a group, a carrier of a service or the machine around
        one, or None.  Only what is wanted was read: see ``nearby``."""
        if pk not in self.nearby.facts:
            return None
        theirs = self.nearby.facts[pk]
        if not self.fresh:
            return theirs.full.get(section)
        if section in theirs.stale:
            self._lose(asked_by, theirs.stale[section])
        return theirs.fresh.get(section)

    def os(self, pk: int, *, asked_by: int) -> dict[str, Any]:
        """The ``os`` section of any host that was loaded, ages and end of life added."""
        if pk not in self._os:
            self._os[pk] = self._read_os(pk)
        section, since = self._os[pk]
        if since is not None:
            self._lose(asked_by, since)
        return section

    def own_os(self, host: Host) -> dict[str, Any]:
        """The ``os`` section of a host of the chunk as reported, without ages."""
        section, seen = host.facts.get("os") or {}, host.observed.get("os") or {}
        since = self._os_stale(seen)
        if not since:
            return section
        self._lose(host.pk, min(since.values()))
        return _trusted(section, seen, since)

    def _read_os(self, pk: int) -> tuple[dict[str, Any], datetime | None]:
        section, seen = self.relatives.os.get(pk, ({}, {}))
        since = self._os_stale(seen)
        if not since:
            own = self.reported.get(pk)
            known = own.full.get("os") if own else None
            return known or at_moment({"os": section}, self.now)["os"], None
        kept = _trusted(section, seen, since)
        return at_moment({"os": kept}, self.now)["os"], min(since.values())

    def _os_stale(self, seen: Mapping[str, Any]) -> dict[str, datetime]:
        return stale_since("os", seen, self.now, self.shared.lives) if self.fresh else {}

    def _lose(self, pk: int, since: datetime) -> None:
        self.lost[pk] = min(since, self.lost.get(pk, since))


def _trusted(
    section: Mapping[str, Any], seen: Mapping[str, Any], stale: Mapping[str, datetime]
) -> dict[str, Any]:
    """The fields of an ``os`` section whose own source is not among the stale ones."""
    return {
        name: value
        for name, value in section.items()
        if (said := source_of({"os": dict(seen)}, f"os.{name}")) and said[0] not in stale
    }
