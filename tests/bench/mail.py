"""A thousand subscriptions against one: what they share is to be worked out once."""

import tracemalloc
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

from incidents.digests.compose import Composer
from incidents.digests.mail import Letters
from incidents.digests.models import Subscription
from incidents.digests.periods import Week, week_of
from incidents.hosts.models import Host
from incidents.patterns.models import Flag, FlagState, FlagTransition, Pattern
from kb.accounts.models import User
from tests.bench.documents import NOW
from tests.bench.measure import Ratio, compare, say

CHANGES, SUBSCRIPTIONS = 500, 1000
SCOPES = ({}, {"environments": ["production"]}, {"tags": ["edge"]})


def measure(size: int) -> Iterator[Ratio]:
    """Composing and rendering many mails, as a ratio to one."""
    week = week_of(NOW, "Europe/London").before()
    changed = min(CHANGES, size)
    change(changed, week)
    person = User.objects.create(username="bench-mail", email="bench@example.net")
    many = [
        Subscription(pk=uuid.UUID(int=n), user=person, scope=SCOPES[n % len(SCOPES)])
        for n in range(min(SUBSCRIPTIONS, 10 * size))
    ]
    say(f"  {len(many)} subscriptions of {len(SCOPES)} scopes, {size} hosts, {changed} changes")
    few = many[: len(SCOPES)]
    yield compare("all mails", lambda: write(many, week), "one of each scope",
                  lambda: write(few, week))  # fmt: skip
    yield compare("all mails of one scope", lambda: write(many[::3], week), "one",
                  lambda: write(many[:1], week))  # fmt: skip
    say(f"  peak memory: {peak(lambda: write(many, week)):.1f} MiB for all of them, "
        f"{peak(lambda: write(few, week)):.1f} for one of each scope")  # fmt: skip


def write(subscriptions: list[Subscription], week: Week) -> int:
    """Compose and render them one after the other, as a sender does; the bytes of them all."""
    composer, letters, size = Composer(), Letters(), 0
    for one in subscriptions:
        content = composer.compose(one, week)
        leave = f"https://kb.example.net/{one.pk}/"
        size += len(letters.write(content, unsubscribe=leave, language="en-gb").html)
    return size


def change(many: int, week: Week) -> None:
    """So many flags that opened within the week."""
    pattern = Pattern.objects.filter(enabled=True).order_by("pk")[0]
    Flag.objects.filter(pattern=pattern).delete()
    at = week.starts_at + timedelta(days=1)
    hosts = Host.objects.order_by("pk")[:many]
    flags = Flag.objects.bulk_create(
        Flag(
            pattern=pattern, host=host, state=FlagState.OPEN, severity="high", pattern_version=1,
            sentence="It was seen.", matched_since=at, opened_at=at, changed_at=at,
            last_verdict_at=at,
        )
        for host in hosts.only("pk")
    )  # fmt: skip
    FlagTransition.objects.bulk_create(
        FlagTransition(
            flag=flag, at=at, after=FlagState.OPEN, cause="facts", severity="high",
            sentence="It was seen.", pattern_version=1,
        )
        for flag in flags
    )  # fmt: skip


def peak(work: Callable[[], object]) -> float:
    """The most memory that ``work`` held at once, in MiB."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1024**2
    finally:
        tracemalloc.stop()
