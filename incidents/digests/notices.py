"""What cannot wait until Monday: told at once, bundled, and never to the one who caused it.

News come from the outbox, whose rows are written with the change itself: of the log of flags
(``incidents.patterns.news``) and of actions (``incidents.records.news``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction
from django.urls import reverse

from incidents.digests import audience, mail, scope
from incidents.digests.content import freeze
from incidents.digests.models import (
    Digest,
    DigestKind,
    Notice,
    NoticeKind,
    Subscription,
)
from incidents.hosts.models import Host
from incidents.patterns.models import NEEDS_EYES, FlagState, FlagTransition
from incidents.records.trails import ActionEvent
from kb.accounts.models import User

APART = timedelta(minutes=15)
SHOWN = 20


class Item(msgspec.Struct, omit_defaults=True):
    """One thing that is told."""

    kind: str
    title: str
    sentence: str
    path: str
    at: str
    host: str = ""
    severity: str = ""
    incident: int | None = None


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened: what is told of it, whom it concerns, and who caused it."""

    source: str
    item: Item
    at: datetime
    by: int | None
    host: int | None = None
    team: str = ""


# --- from the outbox ------------------------------------------------------------------------


def of_transitions(pks: Sequence[int]) -> list[News]:
    """The news among these lines of the log."""
    rows = (
        FlagTransition.objects.filter(pk__in=pks)
        .select_related("flag__pattern", "flag__host")
        .defer("evidence", "flag__evidence", "flag__host__facts", "flag__host__observed")
        .order_by("pk")
    )
    return [news for row in rows if (news := _of_flag(row)) is not None]


def _of_flag(row: FlagTransition) -> News | None:
    kind = kind_of(row)
    if kind is None:
        return None
    flag = row.flag
    item = Item(
        kind=kind,
        title=flag.pattern.title,
        sentence=row.because if kind == NoticeKind.WAIVER and row.because else row.sentence,
        path=reverse("patterns:flag", args=[flag.pk]),
        at=row.at.isoformat(),
        host=flag.host.name,
        severity=row.severity,
    )
    return News(f"transition:{row.pk}", item, row.at, row.by_id, host=flag.host_id)


def kind_of(row: FlagTransition) -> NoticeKind | None:
    """Whether a line of the log is worth a notice: a waiver that ended, a flag that is critical
    and was not before."""
    if row.after not in NEEDS_EYES:
        return None
    if row.before == FlagState.ACCEPTED:
        return NoticeKind.WAIVER
    if row.severity != "critical":
        return None
    before = FlagTransition.objects.filter(flag=row.flag_id, pk__lt=row.pk).order_by("-pk").first()
    stood = before is not None and before.after in NEEDS_EYES and before.severity == "critical"
    return None if stood else NoticeKind.CRITICAL


def of_action(pk: int) -> News | None:
    """An action that opened again; None where it is gone, or its incident."""
    rows = ActionEvent.objects.select_related("action__team", "action__incident")
    event = rows.filter(pk=pk).first()
    if event is None or (event.action.incident and event.action.incident.deleted_at):
        return None
    action = event.action
    item = Item(
        kind=NoticeKind.ACTION,
        title=action.title,
        sentence=event.because or "It was done, and is open again.",
        path=reverse("records:action-list"),
        at=event.at.isoformat(),
        incident=action.incident_id,
    )
    team = action.team.slug if action.team else ""
    return News(f"action-event:{pk}", item, event.at, event.by_id, team=team)


def queue(news: Iterable[News]) -> int:
    """Note these for every subscription that wants them; handed on again, it adds nothing."""
    told = list(news)
    wanting = [
        one
        for one in Subscription.objects.filter(active=True).select_related("user", "team")
        if one.notices
    ]
    if not told or not wanting:
        return 0
    rows = [
        Notice(
            subscription=one,
            source=each.source,
            kind=each.item.kind,
            item=freeze(each.item),
            at=each.at,
        )
        for one in wanting
        for each in _wanted(one, told)
    ]
    Notice.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)


def _wanted(subscription: Subscription, told: list[News]) -> list[News]:
    """What concerns this subscription and was not done by the only one who reads it."""
    severities = scope.severities_from(subscription.least_severity)
    kinds = set(subscription.notices)
    people = {person.pk for person in audience.readers(subscription)}
    fitting = [
        one
        for one in told
        if one.item.kind in kinds
        and (not one.item.severity or one.item.severity in severities)
        and not (people and people == {one.by})
    ]
    return _in_scope(subscription.scope, fitting)


def _in_scope(where: dict[str, Any], told: list[News]) -> list[News]:
    if not scope.normal(where) or not told:
        return told
    inside = scope.hosts_in(where)
    about = {one.host for one in told if one.host}
    hosts = set(inside.filter(pk__in=about).values_list("pk", flat=True))
    incidents = {one.item.incident for one in told if one.item.incident}
    touched = Host.objects.filter(pk__in=inside.values("pk"), incidents__in=incidents)
    numbers = set(touched.values_list("incidents", flat=True))
    teams = where.get("teams", [])
    return [
        one
        for one in told
        if one.host in hosts or one.item.incident in numbers or (one.team and one.team in teams)
    ]


# --- bundling -------------------------------------------------------------------------------


def bundle(now: datetime, subscriptions: Sequence[Subscription] | None = None) -> int:
    """Make one mail of what waits for each subscription, at most one in a quarter of an hour."""
    waiting = Notice.objects.filter(digest=None)
    if subscriptions is not None:
        waiting = waiting.filter(subscription__in=[one.pk for one in subscriptions])
    pks = waiting.order_by().values_list("subscription", flat=True).distinct()
    return sum(_bundle(pk, now) for pk in list(pks))


@transaction.atomic
def _bundle(pk: Any, now: datetime) -> bool:
    subscription = Subscription.objects.select_for_update().get(pk=pk)
    recent = subscription.digests.filter(kind=DigestKind.NOTICE, due_at__gt=now - APART)
    waiting = list(Notice.objects.filter(subscription=pk, digest=None).order_by("at", "pk"))
    if not waiting or recent.exists():
        return False
    period = f"{now:%Y%m%dT%H%M%S}"
    items = [one.item for one in waiting]
    digest = Digest.objects.create(
        subscription=subscription,
        kind=DigestKind.NOTICE,
        period=period,
        starts_at=waiting[0].at,
        ends_at=now,
        due_at=now,
        next_attempt_at=now,
        composed_at=now,
        items={"items": items[:100], "count": len(items)},
        subject=subject([msgspec.convert(item, Item) for item in items])[:200],
        message_id=mail.message_id(subscription, period),
    )
    Notice.objects.filter(pk__in=[one.pk for one in waiting]).update(digest=digest)
    return True


# --- the mail -------------------------------------------------------------------------------

WORDS = {
    NoticeKind.CRITICAL: ("flag is critical now", "flags are critical now"),
    NoticeKind.WAIVER: ("waiver ended", "waivers ended"),
    NoticeKind.ACTION: ("action opened again", "actions opened again"),
}


def subject(items: Sequence[Item]) -> str:
    """The one thing that happened, or how many of each kind."""
    if len(items) == 1 and items[0].host:
        return f"{items[0].host}: {items[0].title} ({WORDS[NoticeKind(items[0].kind)][0]})"
    said = []
    for kind, (one, many) in WORDS.items():
        if count := sum(item.kind == kind for item in items):
            said.append(f"{count} {one if count == 1 else many}")
    return ", ".join(said)


def shown_to(digest: Digest, people: Sequence[User]) -> tuple[list[Item], set[int]]:
    """What all of ``people`` may see of it, and the incidents among that."""
    items = [msgspec.convert(item, Item) for item in digest.items.get("items", [])]
    numbers = {item.incident for item in items if item.incident is not None}
    seen = audience.visible_numbers(list(people), numbers)
    return [item for item in items if item.incident is None or item.incident in seen], seen


def letter_of(
    digest: Digest, people: Sequence[User], leave: str
) -> tuple[mail.Letter, set[int]] | None:
    """The notice as these people may read it; None where nothing is left."""
    items, seen = shown_to(digest, people)
    if not items:
        return None
    return write(items, digest.subscription, leave, digest.items.get("count", len(items))), seen


def write(
    items: Sequence[Item], subscription: Subscription, leave: str, count: int = 0
) -> mail.Letter:
    zone = ZoneInfo(subscription.time_zone)
    rows = [
        {"one": item, "at": datetime.fromisoformat(item.at).astimezone(zone).strftime("%H:%M"),
         "word": WORDS[NoticeKind(item.kind)][0]}
        for item in items[:SHOWN]
    ]  # fmt: skip
    context = {
        "items": rows,
        "more": max(0, max(count, len(items)) - len(rows)),
        "zone": subscription.time_zone,
        "unsubscribe": leave,
    }
    return mail.rendered("notice", subject(items), context)
