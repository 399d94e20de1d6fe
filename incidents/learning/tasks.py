"""What the worker does by itself: it reads what hosts have, and what incidents confirm."""

from celery import shared_task
from django.utils import timezone

from incidents.learning import confirming, indexing
from kb.outbox.turn import turn


@shared_task
def keep_up() -> int | None:
    """Read on; how many hosts and incidents that were, None while another is at it."""
    with turn("learning") as mine:
        if not mine:
            return None
        return indexing.index_traits() + confirming.confirm_new(timezone.now())
