"""Draining: hand rows to their topic's handler in order, delete them once they are done."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from kb.outbox.handlers import Handler, NotNow, handlers
from kb.outbox.models import OutboxRow
from kb.outbox.turn import turn

log = logging.getLogger(__name__)

BATCH = 200
PARKED_AFTER = 8  # attempts, about twenty minutes; from then on doctor and readyz speak of it
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
ENOUGH = 3  # rows failing in a row: more likely the handler is down than every one is poison


@dataclass(slots=True)
class Drained:
    """How many rows were done, how many failed, and whether due rows are left."""

    done: int = 0
    failed: int = 0
    more: bool = False


def drain(topic: str | None = None, limit: int = 2000) -> Drained:
    """Do what waits, of one topic or of all, at most ``limit`` rows of each.

    Whoever finds another drainer at a topic leaves it to that one.  A row is deleted after its
    handler returned, so a process that dies in between does it again: at least once.
    """
    total = Drained()
    for name in [topic] if topic else _waiting_topics():
        handler = handlers.get(name)
        if handler is not None:
            _Drain(name, handler, limit, total).run()
    return total


def due(topic: str, now: datetime) -> QuerySet[OutboxRow]:
    """Rows that may be tried, oldest first.

    A row that waits after a failure holds back later rows of its own key, and no others; once
    it is parked it holds back nothing.
    """
    rows = OutboxRow.objects.filter(topic=topic)
    waiting = rows.filter(not_before__gt=now, attempts__lt=PARKED_AFTER)
    ready = Q(not_before=None) | Q(not_before__lte=now)
    return rows.filter(ready).exclude(key__in=waiting.order_by().values("key")).order_by("pk")


def parked() -> QuerySet[OutboxRow]:
    """Rows that failed so often that somebody should look; they are still tried every hour."""
    return OutboxRow.objects.filter(attempts__gte=PARKED_AFTER)


def wait_after(attempts: int) -> timedelta:
    """How long a row rests after its ``attempts``-th failure."""
    doublings: int = 2 ** min(attempts - 1, 20)
    return min(FIRST_WAIT * doublings, LONGEST_WAIT)


def _waiting_topics() -> list[str]:
    topics = OutboxRow.objects.order_by().values_list("topic", flat=True).distinct()
    present = set(topics)
    return [name for name in handlers.names() if name in present]


class _Stop(Exception):
    """The handler seems to be down: leave the rest for the next drain."""


class _Drain:
    """One drain of one topic."""

    def __init__(self, topic: str, handler: Handler, limit: int, total: Drained) -> None:
        self.topic = topic
        self.handler = handler
        self.left = limit
        self.total = total
        self.failed_in_a_row = 0
        self.failed_keys: set[str] = set()

    def run(self) -> None:
        while self._my_turn() and self._is_more():
            # Whoever posted while we held the turn and was turned away relies on this look back.
            pass

    def _my_turn(self) -> bool:
        """Whether it makes sense to ask for another turn."""
        with turn(self.topic) as mine:
            if not mine:
                return False
            try:
                for rows in self._batches():
                    self._do(rows)
            except _Stop:
                return False
        return True

    def _is_more(self) -> bool:
        more = due(self.topic, timezone.now()).exists()
        self.total.more = self.total.more or (more and self.left <= 0)
        return more and self.left > 0

    def _batches(self) -> Iterator[list[OutboxRow]]:
        while self.left > 0:
            rows = list(due(self.topic, timezone.now())[: min(BATCH, self.left)])
            if not rows:
                return
            self.left -= len(rows)
            yield rows

    def _do(self, rows: list[OutboxRow]) -> None:
        """These rows, or in case of failure its halves, down to the row that fails."""
        rows = [row for row in rows if row.key not in self.failed_keys]
        if not rows:
            return
        try:
            self.handler(_without_repeats(rows))
        except NotNow as why:
            log.info("outbox %s waits: %s", self.topic, why)
            # Uncounted, but said: health shows it when the oldest row waits too long.
            OutboxRow.objects.filter(pk=rows[0].pk).update(last_error=str(why)[:2000])
            raise _Stop from None
        except Exception as error:
            if len(rows) == 1:
                self._put_off(rows[0], error)
            else:
                middle = len(rows) // 2
                self._do(rows[:middle])
                self._do(rows[middle:])
        else:
            OutboxRow.objects.filter(pk__in=[row.pk for row in rows]).delete()
            self.total.done += len(rows)
            self.failed_in_a_row = 0

    def _put_off(self, row: OutboxRow, error: Exception) -> None:
        log.warning("outbox %s failed on %s", self.topic, row.key, exc_info=error)
        OutboxRow.objects.filter(pk=row.pk).update(
            attempts=F("attempts") + 1,
            last_error=f"{type(error).__name__}: {error}"[:2000],
            not_before=timezone.now() + wait_after(row.attempts + 1),
        )
        if row.attempts + 1 < PARKED_AFTER:
            self.failed_keys.add(row.key)
        self.total.failed += 1
        self.failed_in_a_row += 1
        if self.failed_in_a_row >= ENOUGH:
            raise _Stop


def _without_repeats(rows: list[OutboxRow]) -> list[OutboxRow]:
    """Of equal rows only the last."""
    last = {(row.key, repr(row.payload)): row for row in rows}
    return sorted(last.values(), key=lambda row: row.pk)
