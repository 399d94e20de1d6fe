"""Posting: one insert beside the change, so both happen or neither."""

from collections.abc import Iterable
from typing import Any

from kb.outbox import nudge
from kb.outbox.models import OutboxRow


def post(topic: str, key: str, payload: dict[str, Any] | None = None) -> None:
    """Remember that ``topic`` has something to do about ``key``.  Call inside the transaction."""
    OutboxRow.objects.create(topic=topic, key=key, payload=payload or {})
    nudge.after_commit()


def post_many(topic: str, keys: Iterable[str]) -> None:
    """The same for many keys in one statement."""
    OutboxRow.objects.bulk_create([OutboxRow(topic=topic, key=key) for key in keys], batch_size=500)
    nudge.after_commit()
