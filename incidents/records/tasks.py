"""What the worker does by itself: actions follow the verdicts."""

from celery import shared_task
from django.utils import timezone

from incidents.records import verification
from kb.outbox.turn import turn


@shared_task
def verify_actions() -> int | None:
    """Close what facts bear out, reopen what they no longer do; None while another is at it."""
    with turn("verify-actions") as mine:
        if not mine:
            return None
        done = verification.verify_if_moved(timezone.now())
        return len(done.closed) + len(done.reopened) if done else 0
