"""Tokens of tooling: shown once, kept only as a digest."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from kb.accounts.models import ApiToken, User

MARK = "tw_"
NOTE_USE_EVERY = timedelta(minutes=5)


def issue(user: User, *, name: str, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """A new token and its secret, which is never to be had again."""
    secret = MARK + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, prefix=secret[:9], digest=_digest(secret), expires_at=expires_at
    )
    return token, secret


def holder(secret: str, now: datetime) -> ApiToken | None:
    """The living token of an active user with this secret, if there is one."""
    living = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
    return (
        ApiToken.objects.filter(living, digest=_digest(secret), user__is_active=True)
        .select_related("user")
        .first()
    )


def note_use(token: ApiToken, now: datetime) -> None:
    """Remember the use, at most once in five minutes: reading must not write all the time."""
    if token.last_used_at is None or now - token.last_used_at > NOTE_USE_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def revoke(token: ApiToken) -> None:
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())


def _digest(secret: str) -> str:
    # The secret has 256 random bits: a plain hash is as good as a slow one, and fast.
    return hashlib.sha256(secret.encode()).hexdigest()
