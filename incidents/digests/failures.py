"""What did not go out, what waits for another try, and what came back: for admins."""

from django.db.models import QuerySet

from incidents.digests.models import Bounce, Digest, DigestState, Subscription


def failed() -> QuerySet[Digest]:
    """Given up, newest first."""
    return _rows().filter(state=DigestState.FAILED)


def waiting() -> QuerySet[Digest]:
    """Tried without success and to be tried again, the next first."""
    rows = _rows().filter(state=DigestState.PENDING, attempts__gt=0)
    return rows.order_by("next_attempt_at", "pk")


def returned() -> QuerySet[Bounce]:
    """What came back, newest first."""
    return Bounce.objects.select_related(
        "digest__subscription__user", "digest__subscription__team"
    ).defer("digest__items", "digest__text", "digest__html")


def ended() -> QuerySet[Subscription]:
    """Subscriptions that were switched off because their mail came back."""
    off = Subscription.objects.filter(active=False, bounces__gt=0)
    return off.select_related("user", "team")


def count() -> int:
    """How many mails failed and wait for somebody."""
    return Digest.objects.filter(state=DigestState.FAILED).count()


def _rows() -> QuerySet[Digest]:
    related = Digest.objects.select_related("subscription__user", "subscription__team")
    return related.slim()
