"""The keys in the addresses of feeds: they open the feeds of one person, and nothing else."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from incidents.exports.models import FeedToken, new_nonce
from kb.accounts import saved_views
from kb.accounts.models import User

SALT = "incidents.exports.feeds"
NOTE_USE_EVERY = timedelta(minutes=5)
FEEDS = {
    "flags": "exports:feed-flags",
    "incidents": "exports:feed-incidents",
    "lessons": "exports:feed-lessons",
    "changes": "exports:feed-changes",
    "dates": "exports:feed-dates",
}
_KEY = re.compile(r"twf([0-9]{1,18})-([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of one person's feeds by name, and the token they carry."""

    token: FeedToken
    by_name: dict[str, str]
    titles: dict[str, str]

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Name, title and address of each."""
        return [(name, self.titles[name], url) for name, url in self.by_name.items()]


def issue(user: User) -> FeedToken:
    """The person's token; asked twice, the same."""
    return FeedToken.objects.get_or_create(user=user)[0]


def renew(user: User, now: datetime) -> FeedToken:
    """A token with other addresses; the old ones end."""
    token = issue(user)
    token.nonce, token.made_at, token.last_used_at = new_nonce(), now, None
    token.save()
    return token


def end(user: User) -> None:
    FeedToken.objects.filter(user=user).delete()


def addresses(user: User) -> Addresses | None:
    """Where this person's feeds are; None where they have no token."""
    token = FeedToken.objects.filter(user=user).first()
    if token is None:
        return None
    site = settings.SITE_URL.rstrip("/")
    key = key_of(token)
    titles = {name: name.capitalize() for name in FEEDS} | {"dates": "Dates, for a calendar"}
    found = {name: f"{site}{reverse(address)}?token={key}" for name, address in FEEDS.items()}
    for view in saved_views.visible_to(user).filter(page="search").order_by("name", "pk"):
        address = f"{site}{reverse('exports:feed-search', args=[view.pk])}?token={key}"
        found[f"search-{view.pk}"] = address
        titles[f"search-{view.pk}"] = f"Search: {view.name}"
    return Addresses(token, found, titles)


def key_of(token: FeedToken) -> str:
    """What stands in the address."""
    signed = salted_hmac(SALT, f"{token.pk}:{token.nonce}", algorithm="sha256").hexdigest()
    return f"twf{token.pk}-{signed}"


def holder(key: str, now: datetime) -> FeedToken | None:
    """The token that this key belongs to, of somebody who may still sign in."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    tokens = FeedToken.objects.select_related("user").filter(user__is_active=True)
    token = tokens.filter(pk=int(found.group(1))).first()
    if token is None or not constant_time_compare(key_of(token), key):
        return None
    if token.last_used_at is None or now - token.last_used_at > NOTE_USE_EVERY:
        FeedToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token
