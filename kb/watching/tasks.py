"""What beat does every minute: tell those who watch."""

from celery import shared_task
from django.utils import timezone

from kb.outbox.turn import turn
from kb.watching.watching import tell_all


@shared_task(name="kb.watching.tasks.tell", expires=120)
def tell() -> int | None:
    """How many mails went out; None while another is at it."""
    with turn("watching") as mine:
        return tell_all(timezone.now()) if mine else None
