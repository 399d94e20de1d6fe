"""Silence is a signal: a mail that should have gone out an hour ago shows on /readyz."""

from datetime import timedelta

from django.utils import timezone

from incidents.digests import deliver
from incidents.digests.models import Digest, DigestState
from kb.web.health import Health, health_checks

LATE = timedelta(hours=1)


def mail_is_going_out() -> Health:
    """Whether every mail due an hour ago has a row, and none waits without ever being tried."""
    now = timezone.now()
    missing = len(deliver.find_due(now - LATE))
    waiting = Digest.objects.filter(
        state=DigestState.PENDING, attempts=0, created_at__lt=now - LATE
    ).count()
    if missing or waiting:
        return Health(False, f"{missing + waiting} weekly mails are more than an hour late")
    retried = Digest.objects.filter(state=DigestState.PENDING, attempts__gt=0).count()
    return Health(True, f"{retried} waiting for another try" if retried else "no mail is late")


health_checks.register("mail", mail_is_going_out, rank=200)
