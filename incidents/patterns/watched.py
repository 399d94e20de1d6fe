"""Who watches a host hears of its flags."""

from collections.abc import Iterator
from datetime import datetime

from incidents.patterns.models import FlagState, FlagTransition
from kb.watching.happening import Happening, happenings

TOLD = (FlagState.OPEN, FlagState.RESOLVED)


def flags(since: datetime) -> Iterator[Happening]:
    """Those that opened or were resolved."""
    rows = FlagTransition.objects.filter(at__gt=since, after__in=TOLD)
    for host, at, after, sentence in rows.order_by("pk").values_list(
        "flag__host", "at", "after", "sentence"
    ):
        yield Happening(f"host:{host}", at, None, f"flag {after}: {sentence}")


happenings.register("flags", flags)
