"""What admins do with webhooks.  Off means off: what waits is dropped, what happens is not kept."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from incidents.exports.guard import Allowed, Refused, check
from incidents.exports.models import DeliveryState, Event, Webhook, WebhookDelivery, new_secret
from kb.accounts.models import User

MOST = 50


@transaction.atomic
def create(*, by: User, **fields: Any) -> Webhook:
    """A new webhook with a secret of its own.  ``ValidationError`` by field."""
    if Webhook.objects.count() >= MOST:
        raise ValidationError(f"There are {MOST} webhooks already; remove one that is not used.")
    webhook = Webhook(by=by, **fields)
    _check(webhook)
    webhook.save()
    return webhook


@transaction.atomic
def change(webhook: Webhook, *, now: datetime, **fields: Any) -> Webhook:
    """Change what is given.  Another address, or switching it on, starts with a clean slate."""
    held = Webhook.objects.select_for_update().get(pk=webhook.pk)
    before = (held.url, held.enabled)
    for name, value in fields.items():
        setattr(held, name, value)
    _check(held)
    if before != (held.url, held.enabled):
        held.failures, held.failing_since, held.next_try_at = 0, None, None
        held.switched_off_at, held.switched_off_because = None, ""
    held.save()
    if not held.enabled:
        _drop_waiting(held, now)
    return held


@transaction.atomic
def renew_secret(webhook: Webhook) -> Webhook:
    """Another secret; from now on only that one signs."""
    held = Webhook.objects.select_for_update().get(pk=webhook.pk)
    held.secret = new_secret()
    held.save(update_fields=["secret"])
    return held


def works(webhook: Webhook) -> None:
    """A receiver that took something is no longer failing."""
    if webhook.failures or webhook.next_try_at:
        webhook.failures, webhook.failing_since, webhook.next_try_at = 0, None, None
        webhook.save(update_fields=["failures", "failing_since", "next_try_at"])


def switch_off(webhook: Webhook, now: datetime, *, because: str) -> None:
    """Stop sending, and say why on the page of webhooks."""
    webhook.enabled, webhook.switched_off_at = False, now
    webhook.switched_off_because = because[:500]
    webhook.save(update_fields=["enabled", "switched_off_at", "switched_off_because"])
    _drop_waiting(webhook, now)


def _drop_waiting(webhook: Webhook, now: datetime) -> None:
    waiting = WebhookDelivery.objects.filter(webhook=webhook, state=DeliveryState.WAITING)
    waiting.update(state=DeliveryState.DROPPED, over_at=now, body="")


def _check(webhook: Webhook) -> None:
    wrong: dict[str, str] = {}
    try:
        check(webhook.url, Allowed.of(settings.WEBHOOK_ALLOW))
    except Refused as why:
        wrong["url"] = str(why)
    events = webhook.events
    if not isinstance(events, list) or not events or set(map(str, events)) - set(Event.values):
        wrong["events"] = f"Choose at least one of: {', '.join(Event.values)}."
    else:
        webhook.events = [name for name in Event.values if name in events]
    if wrong:
        raise ValidationError(wrong)
    webhook.full_clean(exclude=["by"])
