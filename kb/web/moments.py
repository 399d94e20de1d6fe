"""Local times as people write them, to moments in UTC: what never was, and what was twice."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


class NoSuchTime(ValueError):
    """The clocks went forward over it."""


class TwoSuchTimes(ValueError):
    """The clocks went back over it: ``first`` and ``second`` are the two moments."""

    def __init__(self, said: str, first: datetime, second: datetime) -> None:
        super().__init__(said)
        self.first = first
        self.second = second


def zone_of(name: str, default: str = "UTC") -> ZoneInfo:
    """The zone of this name; the default where there is none."""
    for one in (name, default):
        try:
            return ZoneInfo(one)
        except (KeyError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


def to_utc(local: datetime, zone: ZoneInfo, *, second: bool | None = None) -> datetime:
    """A time on the clock of ``zone`` as a moment; one with an offset of its own is one already.

    Raises ``NoSuchTime`` and, unless ``second`` says which one is meant, ``TwoSuchTimes``.
    """
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    later = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first == later:
        return first
    if first.astimezone(zone).replace(tzinfo=None) != local:
        raise NoSuchTime(
            f"The clocks of {zone.key} went forward over {local:%H:%M} on that day: "
            f"there was no such time. Write {first.astimezone(zone):%H:%M}, or "
            f"{later.astimezone(zone):%H:%M}."
        )
    if second is None:
        raise TwoSuchTimes(
            f"The clocks of {zone.key} went back over {local:%H:%M} on that day: it was twice. "
            "Say which one you mean.",
            first,
            later,
        )
    return later if second else first
