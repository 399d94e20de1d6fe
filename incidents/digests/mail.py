"""A content as a mail: text and HTML that say the same, and the headers around them."""

import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from email.utils import parseaddr
from functools import cache
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from incidents.digests import plot
from incidents.digests.content import Content, DatedItem, freeze
from incidents.digests.models import Digest, Subscription
from kb.accounts.models import User

#: So long are lists at most; each further step is for mails that would grow too big.
SHOWN = (20, 12, 8, 5, 3)
DATED_SHOWN = 10
BIGGEST = 62_000  # bytes of text and HTML; quoted-printable makes nearly half as much again of it
LEAVE = "https://leave.invalid/"  # stands for the way out until it is known whose mail it is
SEVERITIES = ("critical", "high", "medium", "low")
FLAGS = (
    ("newly", "Newly at risk"),
    ("worse", "Worse than before"),
    ("recovered", "Recovered"),
    ("passed", "Came and went"),
    ("milder", "Milder than before"),
)
BEFORE_UNSEEN = (
    ("waivers", "Waivers about to end or ended"),
    ("accepted", "Accepted for now"),
    ("closed", "Closed without being mended"),
    ("overdue", "Overdue actions"),
)
AFTER_UNSEEN = (
    ("incidents", "New incidents"),
    ("lessons", "New lessons"),
    ("lessons_due", "Lessons due for review"),
    ("on_this_day", "On this day"),
)
#: Where the rest of a list that was cut can be read.
MORE = {
    "overdue": "records:action-list",
    "incidents": "records:incident-list",
    "lessons": "records:lesson-list",
    "lessons_due": "records:lesson-list",
    "on_this_day": "records:incident-list",
}
GAPS = re.compile(r"\n{3,}")
MARKS = {"critical": "▲▲", "high": "▲", "medium": "◆", "low": "▽"}


@dataclass(frozen=True, slots=True)
class Letter:
    """What is put into the envelope."""

    subject: str
    text: str
    html: str

    def to(self, leave: str) -> "Letter":
        """The same with the address by which its reader leaves."""
        text, html = self.text.replace(LEAVE, leave), self.html.replace(LEAVE, leave)
        return replace(self, text=text, html=html)


def write(content: Content, *, unsubscribe: str = "", language: str = "en-gb") -> Letter:
    """The letter of a content; ``unsubscribe`` is its address at the foot."""
    for shown in SHOWN:
        letter = _written(content, shown, unsubscribe, language)
        if len(letter.text.encode()) + len(letter.html.encode()) < BIGGEST:
            break
    return letter


class Letters:
    """Writes many; what is the same to the letter is rendered once while it is at hand."""

    def __init__(self, room: int = 32) -> None:
        self.kept: OrderedDict[str, Letter] = OrderedDict()
        self.room = room

    def write(self, content: Content, *, unsubscribe: str, language: str) -> Letter:
        said = json.dumps([freeze(content), language], sort_keys=True)
        key = hashlib.sha256(said.encode()).hexdigest()
        if key not in self.kept:
            while len(self.kept) >= self.room:
                self.kept.popitem(last=False)
            self.kept[key] = write(content, unsubscribe=LEAVE, language=language)
        return self.kept[key].to(unsubscribe)


def _written(content: Content, shown: int, unsubscribe: str, language: str) -> Letter:
    days = _Days(language)
    context = {
        "content": content,
        "span": days.span(content.first_day, content.last_day),
        "open_now": _standing(content),
        "plot": plot.draw(content, days.short),
        "flag_sections": _sections(content, FLAGS, shown, days),
        "before_unseen": _sections(content, BEFORE_UNSEEN, shown, days),
        "after_unseen": _sections(content, AFTER_UNSEEN, shown, days),
        "unsubscribe": unsubscribe,
    }
    return rendered("mail", content.subject, context)


def rendered(name: str, subject: str, context: dict[str, Any]) -> Letter:
    """Both forms of one mail; the styles of the HTML are put into its elements."""
    context |= {"subject": subject, "site": settings.SITE_URL}
    text = render_to_string(f"digests/{name}.txt", context)
    html = render_to_string(f"digests/{name}.html", context)
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return Letter(subject, GAPS.sub("\n\n", lines).strip() + "\n", _inliner().inline(html))


@cache
def _inliner() -> css_inline.CSSInliner:
    """What stands in ``@media`` stays where it is: dark mode cannot be inlined."""
    return css_inline.CSSInliner(
        keep_at_rules=True, load_remote_stylesheets=False, minify_css=True,
        remove_inlined_selectors=True, apply_width_attributes=True,
    )  # fmt: skip


class _Days:
    """Days as the reader's language writes them."""

    def __init__(self, language: str) -> None:
        self.language = language

    def long(self, iso: str) -> str:
        return self._written(iso, "DATE_FORMAT")

    def short(self, iso: str) -> str:
        return self._written(iso, "MONTH_DAY_FORMAT")

    def span(self, first: str, last: str) -> str:
        return f"{self.long(first)} – {self.long(last)}"

    def _written(self, iso: str, form: str) -> str:
        with translation.override(self.language):
            return date_format(date.fromisoformat(iso), form)


def _standing(content: Content) -> list[dict[str, Any]]:
    """What is open by severity, and how that moved."""
    found = []
    for severity in SEVERITIES:
        now, before = content.open_now.get(severity, 0), content.open_before.get(severity, 0)
        if now or before:
            found.append({"severity": severity, "count": now, "moved": f"{now - before:+d}"
                          if now != before else ""})  # fmt: skip
    return found


def _sections(
    content: Content, names: tuple[tuple[str, str], ...], shown: int, days: _Days
) -> list[dict[str, Any]]:
    return [_section(content, name, title, shown, days) for name, title in names
            if content.count(name)]  # fmt: skip


def _section(content: Content, name: str, title: str, shown: int, days: _Days) -> dict[str, Any]:
    items = getattr(content, name)[:shown]
    if items and isinstance(items[0], DatedItem):
        items = items[: min(DATED_SHOWN, shown)]
        items = [{"one": item, "day": days.long(item.day)} for item in items]
    return {
        "name": name,
        "title": title,
        "good": name in ("recovered", "passed"),
        "count": content.count(name),
        "items": items,
        "more": max(0, content.count(name) - len(items)),
        "all": reverse(MORE.get(name, "patterns:flag-list")),
    }


# --- the envelope ---------------------------------------------------------------------------


def envelope(
    digest: Digest, letter: Letter, *, sender: str, headers: Mapping[str, str] | None = None
) -> EmailMultiAlternatives:
    """The message with every header that keeps it out of loops and easy to leave.

    ``sender`` is the address on the envelope, to which it would come back.
    """
    leave = unsubscribe_url(digest.subscription)
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=sender or settings.DEFAULT_FROM_EMAIL,
        to=[digest.recipient],
        reply_to=[settings.REPLY_TO] if settings.REPLY_TO else None,
        headers={
            "From": settings.DEFAULT_FROM_EMAIL,
            "Message-ID": digest.message_id,
            "List-Unsubscribe": f"<{leave}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            **_automatic(),
            **(headers or {}),
        },
    )
    message.attach_alternative(letter.html, "text/html")
    return message


def _automatic() -> dict[str, str]:
    return {
        "List-Id": f"Weekly risk <weekly-risk.{mail_host()}>",
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
        "X-Auto-Response-Suppress": "All",
    }


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
        reply_to=[settings.REPLY_TO] if settings.REPLY_TO else None,
        headers=_automatic(),
    )
    message.attach_alternative(letter.html, "text/html")
    message.send()


def message_id(subscription: Subscription, period: str) -> str:
    """Fixed per subscription and period: the one doubtful second copy is recognisable."""
    # Short enough for one line of the header: some servers mistrust a folded one.
    return f"<{period}.{subscription.pk.hex}@{mail_host()}>"


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
