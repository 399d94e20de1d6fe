"""Delivering: one row per subscription and week, claimed, tried, and never sent twice.

The row is made with its frozen content before the first attempt.  A claim runs out, so a mail
whose sender died is taken up by the next; a recorded success is final.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from incidents.digests import audience, mail
from incidents.digests.compose import compose
from incidents.digests.content import Content, freeze, incidents_named, thaw, withhold
from incidents.digests.models import Digest, DigestState, Subscription
from incidents.digests.periods import Week, week_due
from kb.accounts.models import User

log = logging.getLogger(__name__)

CLAIM_LASTS = timedelta(minutes=10)
ATTEMPTS = 8
FIRST_WAIT = timedelta(minutes=2)
TOO_OLD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Due:
    """A mail that should have gone out and has no row yet."""

    subscription: Subscription
    week: Week


def find_due(now: datetime, subscriptions: Iterable[Subscription] | None = None) -> list[Due]:
    """Active subscriptions whose latest completed week has no row, oldest sending time first.

    A week whose sending time lay before the subscription was made is nobody's mail.
    """
    if subscriptions is None:
        subscriptions = Subscription.objects.filter(active=True).select_related("user", "team")
    candidates = []
    for subscription in subscriptions:
        week = week_due(
            now,
            zone=subscription.time_zone,
            weekday=subscription.weekday,
            hour=subscription.hour,
        )
        if week.sent_at(subscription.weekday, subscription.hour) >= subscription.created_at:
            candidates.append(Due(subscription, week))
    have = set(
        Digest.objects.filter(subscription__in=[due.subscription.pk for due in candidates])
        .filter(period__in={due.week.label for due in candidates})
        .values_list("subscription_id", "period")
    )
    return [due for due in candidates if (due.subscription.pk, due.week.label) not in have]


def prepare(due: Due) -> Digest:
    """Compose and freeze; a second call for the same week finds the first one's row."""
    subscription, week = due.subscription, due.week
    content = compose(subscription, week)
    silent = not content.changed and not subscription.always
    recipient = audience.address(subscription)
    state = DigestState.SKIPPED if silent else DigestState.PENDING
    error = ""
    if not recipient and not silent:
        state, error = DigestState.FAILED, "There is no mail address to send to."
    digest, _ = Digest.objects.get_or_create(
        subscription=subscription,
        period=week.label,
        defaults={
            "starts_at": week.starts_at,
            "ends_at": week.ends_at,
            "state": state,
            "items": freeze(content),
            "recipient": recipient,
            "subject": content.subject,
            "message_id": mail.message_id(subscription, week),
            "last_error": error,
        },
    )
    return digest


def claim_next(now: datetime, subscriptions: Iterable[UUID] | None = None) -> Digest | None:
    """Take one mail that wants sending, so that nobody else does; None when there is none."""
    ready = Q(state=DigestState.PENDING) & (Q(next_attempt_at=None) | Q(next_attempt_at__lte=now))
    orphaned = Q(state=DigestState.SENDING, claimed_at__lt=now - CLAIM_LASTS)
    waiting = Digest.objects.filter(ready | orphaned)
    if subscriptions is not None:
        waiting = waiting.filter(subscription__in=list(subscriptions))
    for pk in waiting.order_by("ends_at", "pk").values_list("pk", flat=True):
        # Compare-and-swap: of two workers that saw the row only one changes it.
        taken = Digest.objects.filter(ready | orphaned, pk=pk).update(
            state=DigestState.SENDING, claimed_at=now, attempts=F("attempts") + 1
        )
        if taken:
            return Digest.objects.select_related("subscription__user", "subscription__team").get(
                pk=pk
            )
    return None


def attempt(digest: Digest, now: datetime) -> DigestState:
    """Try once to send a claimed mail and note what came of it."""
    subscription = digest.subscription
    if not subscription.active:
        return _settle(digest, DigestState.SKIPPED, error="The subscription was ended.")
    people = audience.readers(subscription)
    if subscription.user is not None and not people:
        return _settle(digest, DigestState.SKIPPED, error="The person is no longer active.")
    digest.recipient = audience.address(subscription) or digest.recipient
    letter = mail.write(
        as_seen_by(people, thaw(digest.items)), unsubscribe=mail.unsubscribe_url(subscription)
    )
    try:
        mail.envelope(digest, letter).send()
    except (SMTPException, OSError) as error:
        return _note_failure(digest, error, now)
    digest.subject, digest.text, digest.html = letter.subject, letter.text, letter.html
    return _settle(digest, DigestState.SENT, sent_at=now)


def as_seen_by(people: list[User], content: Content) -> Content:
    """The content less what not all of ``people`` may see now."""
    seen = audience.visible_numbers(people, incidents_named(content))
    return withhold(content, seen)


def send_all(now: datetime, subscriptions: list[Subscription] | None = None) -> dict[str, int]:
    """Prepare and send everything due; one failure never stops the others.  Counts by outcome."""
    outcome: dict[str, int] = {}
    for due in find_due(now, subscriptions):
        try:
            with transaction.atomic():
                prepare(due)
        except Exception:  # one broken subscription must not silence the rest
            log.exception("Could not compose %s for %s", due.week.label, due.subscription.pk)
            outcome["broken"] = outcome.get("broken", 0) + 1
    only = None if subscriptions is None else [subscription.pk for subscription in subscriptions]
    while (digest := claim_next(now, only)) is not None:
        try:
            state: str = attempt(digest, now)
        except Exception as error:
            log.exception("Could not send %s", digest.message_id)
            state = _note_failure(digest, error, now)
        outcome[state] = outcome.get(state, 0) + 1
    return outcome


def is_permanent(error: Exception) -> bool:
    """Whether trying again is useless: the server said 5xx to our message or recipient."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _ in error.recipients.values())
    if isinstance(error, SMTPResponseException):
        return 500 <= error.smtp_code < 600
    return False


def _note_failure(digest: Digest, error: Exception, now: datetime) -> DigestState:
    said = f"{type(error).__name__}: {error}"[:2000]
    given_up = digest.attempts >= ATTEMPTS or now - digest.ends_at > 2 * TOO_OLD
    if is_permanent(error) or given_up:
        return _settle(digest, DigestState.FAILED, error=said)
    wait = FIRST_WAIT * 2 ** (digest.attempts - 1)
    return _settle(digest, DigestState.PENDING, error=said, next_attempt_at=now + wait)


def _settle(
    digest: Digest,
    state: DigestState,
    *,
    error: str = "",
    sent_at: datetime | None = None,
    next_attempt_at: datetime | None = None,
) -> DigestState:
    digest.state, digest.last_error = state, error
    digest.sent_at, digest.next_attempt_at = sent_at, next_attempt_at
    digest.save(
        update_fields=[
            "state",
            "last_error",
            "sent_at",
            "next_attempt_at",
            "recipient",
            "subject",
            "text",
            "html",
        ]
    )
    return state
