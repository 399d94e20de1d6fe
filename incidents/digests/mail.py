"""A content as a mail: text and HTML that say the same, and the headers around them."""

from dataclasses import dataclass
from datetime import date
from email.utils import parseaddr
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from incidents.digests.content import Content
from incidents.digests.models import Digest, Subscription
from incidents.digests.periods import Week
from kb.accounts.models import User

SHOWN = 20  # a list longer than this is cut, and the cut is named
SECTIONS = (
    ("newly", "Newly at risk"),
    ("worse", "Worse than last week"),
    ("recovered", "Recovered"),
    ("passed", "Came and went within the week"),
)
DATED = (
    ("waivers", "Waivers"),
    ("overdue", "Overdue actions"),
    ("lessons_due", "Lessons due for review"),
    ("on_this_day", "On this day"),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is put into the envelope."""

    subject: str
    text: str
    html: str


def write(content: Content, *, unsubscribe: str = "") -> Letter:
    """The letter of a content; ``unsubscribe`` is its address at the foot."""
    context = {
        "content": content,
        "site": settings.SITE_URL,
        "first_day": date.fromisoformat(content.first_day),
        "last_day": date.fromisoformat(content.last_day),
        "flag_sections": [_cut(title, getattr(content, name), name) for name, title in SECTIONS],
        "dated_sections": [_cut(title, getattr(content, name), name) for name, title in DATED],
        "open_now": [
            (severity, content.open_now[severity])
            for severity in ("critical", "high", "medium", "low")
            if content.open_now.get(severity)
        ],
        "unsubscribe": unsubscribe,
    }
    text = render_to_string("digests/mail.txt", context)
    return Letter(
        subject=content.subject,
        text="\n".join(line.rstrip() for line in text.splitlines()).strip() + "\n",
        html=render_to_string("digests/mail.html", context),
    )


def _cut(title: str, items: list[Any], name: str) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "count": len(items),
        "items": items[:SHOWN],
        "more": max(0, len(items) - SHOWN),
    }


def envelope(digest: Digest, letter: Letter) -> EmailMultiAlternatives:
    """The message with every header that keeps it out of loops and easy to leave."""
    leave = unsubscribe_url(digest.subscription)
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[digest.recipient],
        reply_to=[settings.REPLY_TO] if settings.REPLY_TO else None,
        headers={
            "Message-ID": digest.message_id,
            "List-Id": _list_id(),
            "List-Unsubscribe": f"<{leave}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
            "Precedence": "bulk",
            "X-Auto-Response-Suppress": "All",
        },
    )
    message.attach_alternative(letter.html, "text/html")
    return message


CANNOT_SEND = (SMTPException, OSError)


def send_test(user: User, letter: Letter) -> None:
    """One copy to the person who asked.  Raises one of ``CANNOT_SEND``."""
    if not user.email:
        raise SMTPException("you have no mail address; an admin can give you one.")
    message = EmailMultiAlternatives(
        subject=f"[test] {letter.subject}",
        body=letter.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[user.email],
        headers={"List-Id": _list_id(), "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(letter.html, "text/html")
    message.send()


def _list_id() -> str:
    return f"Weekly risk <weekly-risk.{mail_host()}>"


def message_id(subscription: Subscription, week: Week) -> str:
    """Fixed per subscription and week: the one doubtful second copy is recognisable."""
    # Short enough for one line of the header: some servers mistrust a folded one.
    return f"<{week.label}.{subscription.pk.hex}@{mail_host()}>"


def mail_host() -> str:
    """The domain of our own address, else of the site."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return domain or urlsplit(settings.SITE_URL).hostname or "localhost"


def unsubscribe_url(subscription: Subscription) -> str:
    return f"{settings.SITE_URL}{reverse('digests:unsubscribe', args=[sign(subscription)])}"


def sign(subscription: Subscription) -> str:
    return signing.Signer(salt="digests.unsubscribe").sign(str(subscription.pk))


def unsign(token: str) -> str | None:
    """The subscription's id, if we signed this."""
    try:
        return signing.Signer(salt="digests.unsubscribe").unsign(token)
    except signing.BadSignature:
        return None
