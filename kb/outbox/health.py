"""What this room reports: does anything wait too long, and does any row fail again and again?"""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from kb.outbox.drain import PARKED_AFTER, parked
from kb.outbox.models import OutboxRow
from kb.web.health import Health, health_checks
from kb.web.words import count, duration

LATE = timedelta(minutes=5)
NAMED = 3


def outbox() -> Health:
    """The age of the oldest row, and the rows that somebody should look at, with their errors."""
    stuck = list(parked().order_by("pk")[:NAMED])
    if stuck:
        rows = count(parked().count(), "afterthought")
        named = "; ".join(f"{row}: {row.last_error or 'no error kept'}" for row in stuck)
        return Health(False, f"{rows} failed {PARKED_AFTER} times or more ({named})")
    now = timezone.now()
    for_later = Q(attempts=0, not_before__gt=now)
    waiting = OutboxRow.objects.exclude(for_later).order_by("pk")
    oldest = waiting.first()
    if oldest is None:
        return Health(True, "nothing waits")
    since = oldest.created_at
    if oldest.attempts == 0 and oldest.not_before is not None:
        since = max(since, oldest.not_before)
    age = max(now - since, timedelta())
    said = f"{waiting.count()} wait, the oldest ({oldest}) for {duration(age)}"
    if age <= LATE:
        return Health(True, said)
    why = oldest.last_error or "is a worker running?"
    return Health(False, f"{said}: {why}")


health_checks.register("outbox", outbox, rank=60)
