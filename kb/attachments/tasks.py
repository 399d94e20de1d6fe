"""What beat does once a day: bytes that nothing names go."""

import logging

from celery import shared_task
from django.utils import timezone

from kb.attachments import sweeping
from kb.outbox.turn import turn

log = logging.getLogger(__name__)


@shared_task(name="kb.attachments.tasks.sweep", expires=3600)
def sweep() -> int | None:
    """How many files went; None while another is at it."""
    with turn("attachments-sweep") as mine:
        if not mine:
            return None
        gone = sweeping.sweep(timezone.now())
        if gone:
            log.info("%s stored files that nothing named are gone", gone)
        return gone
