"""What a record changed, said right away to whoever made it.

The checks belong to a higher room: it registers how to look at some hosts before and after.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from incidents.hosts import upkeep
from incidents.hosts.kinds import Subject
from incidents.hosts.models import Host, HostStatus, Upkeep
from incidents.hosts.register import concerned
from kb.web.registry import Registry
from kb.web.words import count

MOST_HOSTS = 20
"""So many hosts are looked at while somebody waits; the others follow in the background."""
NAMED = 4

ORDER = ("clear", "match", "unknown", "not applicable")
SAID = {
    "clear": ("became clear", "became clear"),
    "match": ("now matches", "now match"),
    "unknown": ("became unknown", "became unknown"),
    "not applicable": ("does not apply any more", "do not apply any more"),
}


@dataclass(frozen=True, slots=True)
class Moved:
    """A check of a host that says otherwise than before."""

    host: str
    pattern: str
    title: str
    before: str
    after: str


Finish = Callable[[datetime], list[Moved]]
Watch = Callable[[Sequence[int]], Finish]
watches: Registry[Watch] = Registry("watch over what a record changes")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A record, what it changed at once, and on how many hosts the background still looks."""

    record: Upkeep
    moved: list[Moved]
    later: int = 0

    def in_words(self) -> str:
        """Such as: Recorded. 2 checks became clear: Never restored (robert), …"""
        said = ["Recorded.", *_sentences(self.moved)]
        if self.later:
            said.append(f"{count(self.later, 'more host')} will be checked in a moment.")
        elif not self.moved:
            said.append("No check says otherwise than before.")
        return " ".join(said)


def record(subject: Subject, kind: str, **said: object) -> Outcome:
    """``upkeep.record``, and what it changed on the first hosts it covers."""
    hosts = Host.objects.filter(pk__in=concerned(subject), status=HostStatus.ACTIVE)
    covered = list(hosts.order_by("name").values_list("pk", flat=True))
    now_asked = covered[:MOST_HOSTS]
    finishes = [watch(now_asked) for watch in watches]
    made = upkeep.record(subject, kind, **said)  # type: ignore[arg-type]
    moved = [one for finish in finishes for one in finish(timezone.now())]
    return Outcome(made, moved, len(covered) - len(now_asked))


def _sentences(moved: Sequence[Moved]) -> list[str]:
    said: list[str] = []
    for state in (*ORDER, *sorted({one.after for one in moved} - set(ORDER))):
        those = [one for one in moved if one.after == state]
        if not those:
            continue
        one, many = SAID.get(state, (f"is {state}", f"are {state}"))
        names = [f"{moved.title} ({moved.host})" for moved in those[:NAMED]]
        if len(those) > NAMED:
            names.append(f"and {len(those) - NAMED} more")
        words = one if len(those) == 1 else many
        said.append(f"{count(len(those), 'check')} {words}: {', '.join(names)}.")
    return said
