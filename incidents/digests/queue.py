"""Which mails are owed: one row per subscription and week, made before anything is written."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from incidents.digests import mail, scope
from incidents.digests.models import Digest, DigestKind, DigestState, Reason, Subscription
from incidents.digests.periods import Week, week_due

AT_ONCE = 200
AT_WORK = (DigestState.COMPOSING, DigestState.SENDING)


@dataclass(frozen=True, slots=True)
class Due:
    """A mail that should have gone out and has no row yet."""

    subscription: Subscription
    week: Week


def find_due(now: datetime, subscriptions: Iterable[Subscription] | None = None) -> list[Due]:
    """Active subscriptions whose latest completed week has no row.

    A week whose sending time lay before the subscription was made is nobody's mail.  Weeks that
    went by without one are told too; while the mail of such a week is just being sent, the next
    is left for later, since it depends on what becomes of it.
    """
    if subscriptions is None:
        subscriptions = Subscription.objects.filter(active=True).select_related("user", "team")
    candidates = {}
    for one in subscriptions:
        week = week_due(now, zone=one.time_zone, weekday=one.weekday, hour=one.hour)
        if week.sent_at(one.weekday, one.hour) >= one.created_at:
            candidates[one.pk] = Due(one, week)
    weekly = Digest.objects.filter(kind=DigestKind.WEEKLY, subscription__active=True).order_by()
    labels = {due.week.label for due in candidates.values()}
    have = weekly.filter(period__in=labels).values_list("subscription_id", "period")
    known = set(have)
    missing = {pk: due for pk, due in candidates.items() if (pk, due.week.label) not in known}
    if not missing:
        return []
    busy = set(weekly.filter(state__in=AT_WORK).values_list("subscription_id", flat=True))
    told = _told_until()
    return [
        Due(due.subscription, due.week.since(told.get(pk)))
        for pk, due in missing.items()
        if pk not in busy
    ]


def _told_until() -> dict[UUID, datetime]:
    """To where each subscription was told, or could not be."""
    over = Digest.objects.filter(
        kind=DigestKind.WEEKLY,
        state__in=(DigestState.SENT, DigestState.FAILED, DigestState.SKIPPED),
    ).exclude(reason=Reason.NEWER)
    return dict(over.order_by().values_list("subscription_id").annotate(last=Max("ends_at")))


def enqueue(owed: Sequence[Due]) -> None:
    """Make their rows; a second call for the same weeks adds nothing.

    What waited from weeks before is told by these.
    """
    for start in range(0, len(owed), AT_ONCE):
        some = owed[start : start + AT_ONCE]
        with transaction.atomic():
            Digest.objects.bulk_create([_row(due) for due in some], ignore_conflicts=True)
            latest = Digest.objects.filter(
                subscription=OuterRef("subscription"), kind=DigestKind.WEEKLY,
                ends_at__gt=OuterRef("ends_at"), starts_at__lte=OuterRef("starts_at"),
            )  # fmt: skip
            waiting = Digest.objects.filter(
                Exists(latest),
                kind=DigestKind.WEEKLY,
                state=DigestState.PENDING,
                subscription__in=[due.subscription.pk for due in some],
            )
            overtaken = list(waiting.order_by("pk").values_list("pk", flat=True))
            if overtaken:
                still = Digest.objects.filter(pk__in=overtaken, state=DigestState.PENDING)
                still.update(state=DigestState.SKIPPED, reason=Reason.NEWER)


def _row(due: Due) -> Digest:
    subscription, week = due.subscription, due.week
    sent_at = week.sent_at(subscription.weekday, subscription.hour)
    return Digest(
        subscription=subscription,
        period=week.label,
        starts_at=week.starts_at,
        ends_at=week.ends_at,
        due_at=sent_at,
        next_attempt_at=sent_at + spread(subscription.pk),
        zone=week.zone,
        shape=shape(subscription, week),
        message_id=mail.message_id(subscription, week.label),
    )


def spread(pk: UUID) -> timedelta:
    """How long after the hour: always the same for one subscription."""
    seconds = settings.MAIL_SPREAD_MINUTES * 60
    return timedelta(seconds=pk.int % seconds) if seconds > 0 else timedelta(0)


def shape(subscription: Subscription, week: Week) -> str:
    """The same for subscriptions whose mails are written alike."""
    told = [scope.normal(subscription.scope), subscription.least_severity, week.zone, week.weeks]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def week_told_by(digest: Digest) -> Week:
    """The week of a row, with those before it that it tells, as it was when the row was made."""
    zone = digest.zone or digest.subscription.time_zone
    year, number = digest.period.split("-W")
    week = Week(date.fromisocalendar(int(year), int(number), 1), zone)
    days = round((digest.ends_at - digest.starts_at) / timedelta(days=7))
    return Week(week.monday, zone, max(1, days))
