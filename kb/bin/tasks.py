"""What beat does a few times a day: let go of what lay in the bin long enough."""

import logging

from celery import shared_task
from django.utils import timezone

from kb.bin.purging import purge_old
from kb.outbox.turn import turn

log = logging.getLogger(__name__)


@shared_task(name="kb.bin.tasks.purge", expires=3600)
def purge() -> dict[str, int] | None:
    """How many of each kind are gone; None while another is at it."""
    with turn("bin-purge") as mine:
        if not mine:
            return None
        done = purge_old(timezone.now())
        if done.things:
            log.info("gone for ever: %s; %s bytes freed", done.things, done.freed)
        return done.things
