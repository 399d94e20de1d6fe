"""Beat asks every minute; each subscriber's clock decides."""

import logging

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from incidents.digests import bounces, deliver, mailboxes
from kb.outbox.turn import turn

log = logging.getLogger(__name__)
ROUND_SECONDS = 45.0


@shared_task
def send_due() -> dict[str, int]:
    """Queue and send what is due, by one worker at a time: the others have other things to do."""
    with turn("digests") as mine:
        return deliver.send_all(timezone.now(), seconds=ROUND_SECONDS) if mine else {}


@shared_task
def read_bounces() -> int:
    """Read what came back, where BOUNCE_MAILBOX says where it lies."""
    if not settings.BOUNCE_MAILBOX:
        return 0
    try:
        return mailboxes.read(settings.BOUNCE_MAILBOX, _note)
    except mailboxes.Unreadable as error:
        log.error("BOUNCE_MAILBOX cannot be read: %s", error)
        return 0


def _note(raw: bytes) -> None:
    bounces.note(raw, timezone.now())
