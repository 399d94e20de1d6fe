"""Rules of watching: once each, one mail until one has looked, and never about one's own doing."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parseaddr
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import reverse

from kb.accounts.models import User
from kb.watching import happening
from kb.watching.happening import Happening
from kb.watching.models import Watch
from kb.wiki.things import address_of, get, thing_of

log = logging.getLogger(__name__)

#: Mails that could not be sent are tried again for so long.
LOOKED_BACK = timedelta(days=2)
SALT = "kb.watching.end"


def watch(user: User, *, now: datetime, thing: Model | None = None, tag: str = "") -> Watch:
    """Begin to watch a thing or a tag; beginning twice is once."""
    tag = " ".join(tag.split())
    if (thing is None) == (not tag):
        raise ValidationError({"object": "Say what to watch: one thing, or one tag."})
    if len(tag) > 60:
        raise ValidationError({"tag": "A tag has at most 60 characters."})
    return Watch.objects.get_or_create(user=user, **_where(thing, tag), defaults={"since": now})[0]


def end(user: User, *, thing: Model | None = None, tag: str = "") -> None:
    """Watch it no more; ending twice is once."""
    Watch.objects.filter(user=user, **_where(thing, tag)).delete()


def _where(thing: Model | None, tag: str) -> dict[str, Any]:
    if thing is None:
        return {"content_type": None, "object_id": None, "tag": tag}
    kind = ContentType.objects.get_for_model(type(thing))
    return {"content_type": kind, "object_id": thing.pk, "tag": ""}


def watches_of(user: User, thing: Model) -> list[Watch]:
    """Those of this person that a change of ``thing`` concerns: itself, and its tags."""
    kind = ContentType.objects.get_for_model(type(thing))
    tags = set(getattr(thing, "tags", None) or ())
    return [
        one
        for one in Watch.objects.filter(user=user)
        if (one.content_type_id == kind.pk and one.object_id == thing.pk) or one.tag in tags
    ]


def looked(watches: Iterable[Watch], now: datetime) -> None:
    """The person has seen it: what happens from now on is news again."""
    told = [one.pk for one in watches if one.told_at is not None]
    if told:
        Watch.objects.filter(pk__in=told).update(told_at=None, since=now)


def tell_all(now: datetime) -> int:
    """Mail everybody who waits for news and has not been told; how many mails went out."""
    waiting = list(Watch.objects.filter(told_at=None).select_related("user"))
    if not waiting:
        return 0
    news: dict[str, list[Happening]] = defaultdict(list)
    for happened in happening.since(now - LOOKED_BACK):
        news[happened.key].append(happened)
    sent = 0
    for one in waiting:
        about = _news_for(one, news)
        if about is not None and _send(one, *about, now):
            sent += 1
    return sent


def _news_for(one: Watch, news: dict[str, list[Happening]]) -> tuple[Any, list[Happening]] | None:
    """The thing and what others did to it that this watcher may hear of now."""
    if not (one.user.is_active and one.user.email):
        return None
    keys = [one.key] if not one.tag else list(news)
    for key in keys:
        mine = [h for h in news.get(key, ()) if h.at > one.since and h.by != one.user_id]
        thing = get(key) if mine else None
        if thing is None or (one.tag and one.tag not in (getattr(thing, "tags", None) or ())):
            continue
        # Asked at the last moment: who lost the right since hears nothing.
        if thing_of(thing).visible(one.user).filter(pk=thing.pk).exists():
            return thing, mine
    return None


def _send(one: Watch, thing: Any, news: list[Happening], now: datetime) -> bool:
    leave = f"{settings.SITE_URL}{reverse('watching:end', args=[sign(one)])}"
    people = {user.pk: user.username for user in User.objects.filter(pk__in={h.by for h in news})}
    lines = [(people.get(h.by or 0, "nobody in person"), h.words, h.at) for h in news[-10:]]
    text = render_to_string(
        "watching/mail.txt",
        {
            "title": str(thing), "lines": lines, "leave": leave, "watch": one,
            "address": f"{settings.SITE_URL}{address_of(thing)}",
        },
    )  # fmt: skip
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    message = EmailMessage(
        subject=" ".join(f"Changed: {thing}".split())[:200],
        body=text.strip() + "\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[one.user.email],
        headers={
            # The same for a second attempt after a crash, so that a copy is known as one.
            "Message-ID": f"<watch-{one.pk}-{int(one.since.timestamp() * 1000)}@{host}>",
            "List-Id": f"Watching <watching.{host}>",
            "List-Unsubscribe": f"<{leave}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
            "Precedence": "bulk",
        },
    )
    try:
        message.send()
    except (SMTPException, OSError) as error:
        log.warning("%s could not be told of %s: %s", one.user.username, one, error)
        return False
    Watch.objects.filter(pk=one.pk).update(told_at=now)
    return True


def sign(one: Watch) -> str:
    return signing.Signer(salt=SALT).sign(str(one.pk))


def unsign(token: str) -> Watch | None:
    """The watch that this address of a mail ends, if we signed it."""
    try:
        pk = signing.Signer(salt=SALT).unsign(token)
    except signing.BadSignature:
        return None
    return Watch.objects.filter(pk=pk).first()
