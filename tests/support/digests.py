"""Weekly mails for tests: a subscription, and a mail that is written and waits."""

from datetime import timedelta
from typing import Any

from incidents.digests.claims import claim_next, hold
from incidents.digests.compose import compose
from incidents.digests.content import freeze
from incidents.digests.models import Digest, DigestState, Subscription
from incidents.digests.queue import Due, enqueue, week_told_by
from kb.accounts.models import User
from tests.support.factories import NOW


def subscribe(user: User | None = None, **fields: Any) -> Subscription:
    """A subscription that was made long ago."""
    fields.setdefault("created_at", NOW - timedelta(days=60))
    return Subscription.objects.create(user=user, **fields)


def prepare(due: Due) -> Digest:
    """Queued, written and frozen, waiting to be sent."""
    enqueue([due])
    digest = Digest.objects.get(subscription=due.subscription, period=due.week.label)
    claimed = claim_next(digest.next_attempt_at or NOW, [due.subscription.pk])
    assert claimed is not None
    content = compose(due.subscription, week_told_by(claimed))
    hold(
        claimed, items=freeze(content), subject=content.subject, composed_at=NOW,
        state=DigestState.SENDING,
    )  # fmt: skip
    Digest.objects.filter(pk=digest.pk).update(state=DigestState.PENDING, claim=None, attempts=0)
    claimed.tries.all().delete()
    digest.refresh_from_db()
    return digest
