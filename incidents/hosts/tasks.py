"""What beat has done in this room once a day."""

from celery import shared_task
from django.utils import timezone

from incidents.hosts import compaction
from kb.outbox.turn import turn


@shared_task
def compact_history() -> int | None:
    """Let the history of facts grow old; how many values went, None while another is at it."""
    with turn("compact-history") as mine:
        return compaction.compact(timezone.now()).values if mine else None
