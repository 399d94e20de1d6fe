"""Sending what waits: in order for each webhook, at least once, with longer and longer rests.

A delivery is over only when its outcome is stored; a process that dies before sends it again,
under the same number, by which the receiver knows it.  All sending takes one turn, so that at
most one worker is ever busy with receivers, however slow they are.
"""

import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from incidents.exports import events, signing, webhooks, wire
from incidents.exports.guard import Allowed
from incidents.exports.handlers import delivery_of
from incidents.exports.models import DeliveryState, Event, Webhook, WebhookDelivery
from incidents.exports.wire import Outcome
from kb.outbox.drain import wait_after
from kb.outbox.turn import turn

GIVE_UP_AFTER = timedelta(days=3)
LOG_KEPT = timedelta(days=30)
ROUND_SECONDS = 40.0
SHARE_SECONDS = 5.0  # of one webhook at a time: a slow one lets the others come in between
TEST = "test"


def send_due(now: datetime) -> int:
    """Send what waits and may be tried now; how many the receivers took."""
    taken, ends = 0, time.monotonic() + ROUND_SECONDS
    with turn("webhooks") as mine:
        while mine and time.monotonic() < ends:
            ready = list(due(now))
            if not ready:
                break
            taken += sum(_send_share(webhook, now) for webhook in ready)
    return taken


def due(now: datetime) -> QuerySet[Webhook]:
    """Webhooks that are on, have something waiting, and are not resting."""
    waiting = WebhookDelivery.objects.filter(webhook=OuterRef("pk"), state=DeliveryState.WAITING)
    rested = Q(next_try_at=None) | Q(next_try_at__lte=now)
    return Webhook.objects.filter(rested, Exists(waiting), enabled=True).order_by(
        F("next_try_at").asc(nulls_first=True), "pk"
    )


def send_test(webhook: Webhook, now: datetime) -> WebhookDelivery:
    """Send a test at once, past whatever waits; it is logged and changes nothing else, but that
    a webhook which was resting is tried again when the test was taken."""
    content = {"note": "This is a test from Twiceshy. Nothing happened."}
    news = events.News(TEST, f"test:{time.time_ns()}", now, "critical", content)
    delivery = delivery_of(webhook, news, now)
    outcome = _post(webhook, delivery, now)
    delivery.state = DeliveryState.SENT if outcome.ok else DeliveryState.FAILED
    _note(delivery, outcome, now, over=True)
    delivery.save()
    if outcome.ok:
        Webhook.objects.filter(pk=webhook.pk).update(next_try_at=None)
    return delivery


def tidy(now: datetime) -> int:
    """Forget what was over a month ago."""
    return WebhookDelivery.objects.filter(over_at__lt=now - LOG_KEPT).delete()[0]


def _send_share(webhook: Webhook, now: datetime) -> int:
    """Send from the front until its share of time is over or one fails."""
    taken, ends = 0, time.monotonic() + SHARE_SECONDS
    while time.monotonic() < ends:
        current = Webhook.objects.filter(pk=webhook.pk, enabled=True).first()
        if current is None:
            break
        waiting = current.deliveries.filter(state=DeliveryState.WAITING).order_by("pk")
        delivery = waiting.first()
        if delivery is None or not _settle(current, delivery, now):
            break
        taken += delivery.state == DeliveryState.SENT
    return taken


def _settle(webhook: Webhook, delivery: WebhookDelivery, now: datetime) -> bool:
    """One attempt with its consequences; whether the next in line may go."""
    if _is_withheld(delivery):
        delivery.state, delivery.over_at, delivery.body = DeliveryState.WITHHELD, now, ""
        delivery.save()
        return True
    outcome = _post(webhook, delivery, now)
    with transaction.atomic():
        held = Webhook.objects.select_for_update().filter(pk=webhook.pk).first()
        if held is None:
            return False
        if WebhookDelivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING).exists():
            delivery.state = DeliveryState.SENT if outcome.ok else DeliveryState.WAITING
            _note(delivery, outcome, now, over=outcome.ok)
            delivery.save()
        if outcome.ok:
            webhooks.works(held)
        elif held.enabled and held.url == webhook.url:
            _failed(held, outcome, now)
    return outcome.ok


def _failed(webhook: Webhook, outcome: Outcome, now: datetime) -> None:
    webhook.failures += 1
    webhook.failing_since = webhook.failing_since or now
    webhook.next_try_at = now + wait_after(webhook.failures)
    webhook.save(update_fields=["failures", "failing_since", "next_try_at"])
    if now - webhook.failing_since >= GIVE_UP_AFTER:
        said = f"It failed for three days. The last time: {outcome.error}"
        webhooks.switch_off(webhook, now, because=said)


def _is_withheld(delivery: WebhookDelivery) -> bool:
    """An incident that was for everyone when it was published may be restricted by now."""
    if delivery.event != Event.INCIDENT_PUBLISHED:
        return False
    pk = int(delivery.source.partition(":")[2])
    return not events.for_everyone().filter(pk=pk).exists()


def _post(webhook: Webhook, delivery: WebhookDelivery, now: datetime) -> Outcome:
    body = delivery.body.encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Twiceshy",
        "X-Twiceshy-Event": delivery.event,
        "X-Twiceshy-Delivery": str(delivery.delivery),
        "X-Twiceshy-Attempt": str(delivery.attempts + 1),
        signing.HEADER: signing.sign(webhook.secret, now, body),
        "Connection": "close",
    }
    return wire.send(webhook.url, body, headers, Allowed.of(settings.WEBHOOK_ALLOW))


def _note(delivery: WebhookDelivery, outcome: Outcome, now: datetime, *, over: bool) -> None:
    delivery.attempts += 1
    delivery.status, delivery.error = outcome.status, outcome.error[:500]
    delivery.tried_at = now
    if over:
        delivery.over_at, delivery.body = now, ""
