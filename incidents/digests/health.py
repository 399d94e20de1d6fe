"""Silence is a signal: a mail that should have gone out an hour ago shows on /readyz."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from incidents.digests import queue
from incidents.digests.claims import CLAIM_LASTS
from incidents.digests.models import Digest, DigestState
from kb.web.health import Health, health_checks

LATE = timedelta(hours=1)


def mail_is_going_out() -> Health:
    """Whether every mail due an hour ago has a row, and whether any waits far too long."""
    now = timezone.now()
    missing = len(queue.find_due(now - LATE))
    waiting = late(now).count()
    if missing or waiting:
        many = missing + waiting
        return Health(
            False,
            f"{many} mail{'s are' if many > 1 else ' is'} more than an hour late: "
            + ("beat or the worker does not run" if missing else "the mail server takes none"),
        )
    retried = Digest.objects.filter(state=DigestState.PENDING, attempts__gt=0).count()
    return Health(True, f"{retried} waiting for another try" if retried else "no mail is late")


def late(now: datetime) -> QuerySet[Digest]:
    """Mails that were meant to go out an hour ago and have not, failed ones aside."""
    stuck = Q(state__in=queue.AT_WORK) & (
        Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_LASTS - LATE)
    )
    return Digest.objects.filter(Q(state=DigestState.PENDING) | stuck, due_at__lt=now - LATE)


health_checks.register("mail", mail_is_going_out, rank=200)
