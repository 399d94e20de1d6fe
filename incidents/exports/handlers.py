"""News from the outbox becomes one delivery for each webhook that listens.

Why the outbox and no cursor over the rows of flags: two transactions may commit in another order
than their keys were given, and a cursor that has passed the later key never sees the earlier one.
The outbox row is written with the change and deleted only when its deliveries are there, so
nothing is passed over.  Sending is no part of this: the deliveries themselves are the queue, each
webhook's in its own order, so that one dead receiver holds back nobody and no row of the outbox
ever fails for it.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from incidents.exports import events
from incidents.exports.events import News
from incidents.exports.models import Webhook, WebhookDelivery
from incidents.patterns.changes import RANK
from incidents.patterns.news import TOPIC
from kb.outbox.handlers import handlers
from kb.outbox.models import OutboxRow


def queue_news(rows: list[OutboxRow]) -> None:
    """Queue what these rows tell.  Called again with the same rows, it adds nothing."""
    webhooks = list(Webhook.objects.filter(enabled=True))
    if not webhooks:
        return
    now = timezone.now()
    waiting = [
        delivery_of(webhook, news, now)
        for row in rows
        for news in _news(row)
        for webhook in webhooks
        if wants(webhook, news)
    ]
    WebhookDelivery.objects.bulk_create(waiting, batch_size=500, ignore_conflicts=True)


def wants(webhook: Webhook, news: News) -> bool:
    return news.event in webhook.events and RANK[news.severity] >= RANK[webhook.least_severity]


def delivery_of(webhook: Webhook, news: News, now: datetime) -> WebhookDelivery:
    """The delivery with its body, which stays the same to the byte at every attempt."""
    number = uuid.uuid4()
    told = {"id": str(number), "event": news.event, "at": events.said(news.at), **news.content}
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return WebhookDelivery(
        webhook=webhook,
        delivery=number,
        event=news.event,
        source=news.source,
        body=body,
        digest=hashlib.sha256(body.encode()).hexdigest(),
        queued_at=now,
    )


def _news(row: OutboxRow) -> Iterable[News]:
    if "transitions" in row.payload:
        return events.of_transitions(row.payload["transitions"])
    published = events.of_publication(row.payload["incident"], row.created_at)
    return [published] if published else []


handlers.register(TOPIC, queue_news)
