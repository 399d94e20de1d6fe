"""Who works on a mail: taken by compare-and-swap, given up by time, noted only by its holder.

A claim runs out, so what a process that died had in hand is taken up by the next.  A recorded
success is final, whoever notes it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When

from incidents.digests.models import Attempt, Digest, DigestState, Outcome
from incidents.digests.queue import AT_WORK

CLAIM_LASTS = timedelta(minutes=10)
A_FEW = 20


class LostClaim(Exception):
    """Somebody else took it over: what we were about to do is theirs now."""


def ready(now: datetime) -> QuerySet[Digest]:
    """What waits for its turn, and what a dead process left; alike mails stand together."""
    rested = Q(next_attempt_at=None) | Q(next_attempt_at__lte=now)
    orphaned = Q(state__in=AT_WORK) & (Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_LASTS))
    waiting = Digest.objects.filter(Q(state=DigestState.PENDING) & rested | orphaned)
    return waiting.order_by("shape", "next_attempt_at", "pk")


def claim_next(now: datetime, subscriptions: Iterable[UUID] | None = None) -> Digest | None:
    """Take one mail, so that nobody else does; None when there is none."""
    waiting = ready(now)
    if subscriptions is not None:
        waiting = waiting.filter(subscription__in=list(subscriptions))
    while pks := list(waiting.values_list("pk", flat=True)[:A_FEW]):
        for pk in pks:
            if _take(pk, now):
                related = ("subscription__user", "subscription__team")
                return Digest.objects.select_related(*related).defer("text", "html").get(pk=pk)
    return None


@transaction.atomic
def _take(pk: int, now: datetime) -> bool:
    """Of two that saw the row only one changes it; the try is on record before it begins."""
    claim = uuid4()
    step = Case(
        When(composed_at=None, then=Value(DigestState.COMPOSING)),
        default=Value(DigestState.SENDING),
    )
    taken = ready(now).order_by().filter(pk=pk).update(
        state=step, claim=claim, claimed_at=now, attempts=F("attempts") + 1
    )  # fmt: skip
    if taken:
        Attempt.objects.create(digest_id=pk, claim=claim, begun_at=now)
    return bool(taken)


def hold(digest: Digest, **fields: Any) -> None:
    """Store ``fields`` of a mail that is still ours; ``LostClaim`` where it is not."""
    mine = Digest.objects.filter(pk=digest.pk, claim=digest.claim, state__in=AT_WORK)
    if not mine.update(**fields):
        raise LostClaim
    for name, value in fields.items():
        setattr(digest, name, value)


@transaction.atomic
def settle(
    digest: Digest, state: DigestState, now: datetime, *, outcome: Outcome, said: str = "",
    **fields: Any,
) -> DigestState:  # fmt: skip
    """Note what came of it.  A success is noted even where the claim has run out meanwhile."""
    row = Digest.objects.filter(pk=digest.pk).exclude(state=DigestState.SENT)
    if state != DigestState.SENT:
        row = row.filter(claim=digest.claim, state__in=AT_WORK)
    changed = row.update(state=state, last_error=said, claim=None, **fields)
    Attempt.objects.filter(claim=digest.claim or UUID(int=0)).update(
        ended_at=now, outcome=outcome, said=said, recipient=digest.recipient
    )
    if not changed:
        raise LostClaim
    digest.state = state
    return state
