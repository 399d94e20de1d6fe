"""Posting: one insert beside the change, so both happen or neither."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from kb.outbox import nudge
from kb.outbox.models import OutboxRow
from kb.web.updating import insert_rows


def post(
    topic: str,
    key: str,
    payload: dict[str, Any] | None = None,
    *,
    not_before: datetime | None = None,
) -> None:
    """Remember that ``topic`` has something to do about ``key``.  Call inside the transaction.

    With ``not_before`` it waits until then, and holds back later rows of its own key.
    """
    OutboxRow.objects.create(topic=topic, key=key, payload=payload or {}, not_before=not_before)
    nudge.after_commit()


def post_many(topic: str, keys: Iterable[str], payload: dict[str, Any] | None = None) -> None:
    """The same for many keys in one statement."""
    rows = [OutboxRow(topic=topic, key=key, payload=payload or {}) for key in keys]
    insert_rows(rows)
    nudge.after_commit()
