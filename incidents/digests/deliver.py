"""Delivering: write, freeze, send, and never send again what was sent.

pending → composing → sending → sent | failed | skipped.  What a mail says is frozen before the
first attempt to send it; a passing failure waits again, longer each time; rights are asked at
every attempt.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from incidents.digests import audience, bounces, mail, notices
from incidents.digests.claims import LostClaim, claim_next, hold, settle
from incidents.digests.compose import Composer
from incidents.digests.content import Content, freeze, incidents_named, thaw, withhold
from incidents.digests.line import Line, Unreachable, is_permanent
from incidents.digests.mail import Letter, Letters
from incidents.digests.models import (
    Digest,
    DigestKind,
    DigestState,
    Outcome,
    Reason,
    Subscription,
)
from incidents.digests.queue import enqueue, find_due, week_told_by
from kb.accounts.models import User

log = logging.getLogger(__name__)

ATTEMPTS = 20  # about three days
FIRST_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=4)


@dataclass
class Desk:
    """What one round of work shares: composed parts, written letters, the line to the server."""

    line: Line
    composer: Composer = field(default_factory=Composer)
    letters: Letters = field(default_factory=Letters)


def send_all(
    now: datetime,
    subscriptions: list[Subscription] | None = None,
    *,
    seconds: float | None = None,
) -> dict[str, int]:
    """Queue and send everything due; one failure never stops the others.  Counts by outcome.

    With ``seconds`` it stops after that long; what is left waits for the next round.
    """
    outcome: dict[str, int] = {}
    notices.bundle(now, subscriptions)
    enqueue(find_due(now, subscriptions))
    only = None if subscriptions is None else [subscription.pk for subscription in subscriptions]
    ends = None if seconds is None else time.monotonic() + seconds
    with Line() as line:
        desk = Desk(line)
        while ends is None or time.monotonic() < ends:
            digest = claim_next(now, only)
            if digest is None:
                break
            try:
                state = work(digest, desk, now)
            except Unreachable as error:
                _note_failure(digest, error, now)
                outcome["pending"] = outcome.get("pending", 0) + 1
                break  # the others keep their attempts for when it answers again
            except LostClaim:
                continue
            outcome[state] = outcome.get(state, 0) + 1
    return outcome


def work(digest: Digest, desk: Desk, now: datetime) -> DigestState:
    """Write a claimed mail if need be, try once to send it, and note what came of it."""
    try:
        if (reason := _why_not(digest)) is not None:
            return _skip(digest, reason, now)
        if digest.state == DigestState.COMPOSING and not _compose(digest, desk.composer, now):
            return _skip(digest, Reason.QUIET, now)
        return _send(digest, desk, now)
    except (Unreachable, LostClaim):
        raise
    except Exception as error:
        if not isinstance(error, mail.CANNOT_SEND):
            log.exception("Could not deliver %s", digest.message_id)
        return _note_failure(digest, error, now)


def as_seen_by(people: Sequence[User], content: Content) -> Content:
    """The content less what not all of ``people`` may see now."""
    seen = audience.visible_numbers(list(people), incidents_named(content))
    return withhold(content, seen)


def retry(digest: Digest, now: datetime) -> bool:
    """Let a failed mail be tried anew; whether it was one.  Pressing twice is once."""
    failed = Digest.objects.filter(pk=digest.pk, state=DigestState.FAILED)
    return bool(
        failed.update(state=DigestState.PENDING, attempts=0, next_attempt_at=now, claim=None)
    )


def _why_not(digest: Digest) -> Reason | None:
    """Why it must not go out any more."""
    subscription = digest.subscription
    if not subscription.active:
        return Reason.ENDED
    if subscription.user is not None and not subscription.user.is_active:
        return Reason.GONE
    newer = subscription.digests.filter(  # one that tells this week, too
        kind=DigestKind.WEEKLY, ends_at__gt=digest.ends_at, starts_at__lte=digest.starts_at
    )
    if digest.kind == DigestKind.WEEKLY and newer.exists():
        return Reason.NEWER
    return None


def _compose(digest: Digest, composer: Composer, now: datetime) -> bool:
    """Compose and freeze; whether there is anything to send."""
    content = composer.compose(digest.subscription, week_told_by(digest))
    hold(
        digest,
        recipient=audience.address(digest.subscription),
        items=freeze(content),
        subject=content.subject[:200],
        composed_at=now,
        claimed_at=now,
        state=DigestState.SENDING,
    )
    return content.changed or digest.subscription.always


def _send(digest: Digest, desk: Desk, now: datetime) -> DigestState:
    recipient = audience.address(digest.subscription)
    if (digest.composed_at, digest.recipient) != (now, recipient):  # frozen earlier: still ours?
        hold(digest, recipient=recipient, claimed_at=now)
    if (wrong := _mistake_in(recipient)) is not None:
        return settle(digest, DigestState.FAILED, now, outcome=Outcome.PERMANENT, said=wrong)
    found = letter_of(digest, desk.letters)
    if found is None:
        return _skip(digest, Reason.WITHHELD, now)
    letter, named = found
    desk.line.send(mail.envelope(digest, letter, sender=bounces.sender(digest)))
    return settle(
        digest,
        DigestState.SENT,
        now,
        outcome=Outcome.ACCEPTED,
        sent_at=now,
        next_attempt_at=None,
        subject=letter.subject[:200],
        text=letter.text,
        html=letter.html,
        named=sorted(named),
    )


def letter_of(digest: Digest, letters: Letters) -> tuple[Letter, set[int]] | None:
    """What may be sent now and the incidents it names; None where nothing is left to say."""
    subscription = digest.subscription
    people = audience.readers(subscription)
    leave = mail.unsubscribe_url(subscription)
    if digest.kind == DigestKind.NOTICE:
        return notices.letter_of(digest, people, leave)
    content = as_seen_by(people, thaw(digest.items))
    letter = letters.write(content, unsubscribe=leave, language=subscription.language)
    return letter, incidents_named(content)


def _mistake_in(address: str) -> str | None:
    if not address:
        return "There is no mail address to send to."
    try:
        validate_email(address)
    except ValidationError:
        return f"{address} is no mail address."
    return None


def _skip(digest: Digest, reason: Reason, now: datetime) -> DigestState:
    return settle(digest, DigestState.SKIPPED, now, outcome=Outcome.SKIPPED, reason=reason)


def _note_failure(digest: Digest, error: Exception, now: datetime) -> DigestState:
    said = str(error) if isinstance(error, Unreachable) else f"{type(error).__name__}: {error}"
    said, permanent = said[:2000], is_permanent(error)
    try:
        if permanent or digest.attempts >= ATTEMPTS:
            outcome = Outcome.PERMANENT if permanent else Outcome.PASSING
            return settle(digest, DigestState.FAILED, now, outcome=outcome, said=said)
        return settle(
            digest,
            DigestState.PENDING,
            now,
            outcome=Outcome.PASSING,
            said=said,
            next_attempt_at=now + wait_after(digest.attempts),
        )
    except LostClaim:
        return DigestState.PENDING


def wait_after(attempts: int) -> timedelta:
    """How long a mail rests after its ``attempts``-th failure."""
    doublings: int = 2 ** min(max(attempts - 1, 0), 10)
    return min(FIRST_WAIT * doublings, LONGEST_WAIT)
