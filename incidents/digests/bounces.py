"""Mail that comes back: each has an envelope address of its own (VERP), so that the report names
the mail whatever language and form it is written in; flufl.bounce says whether it is for good."""

import hashlib
import hmac
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses

from django.conf import settings
from django.db import transaction
from flufl.bounce import all_failures

from incidents.digests.models import Bounce, Digest, DigestKind, DigestState, Subscription

log = logging.getLogger(__name__)

GIVE_UP_AFTER = 3  # weeks in a row
LARGEST = 1024 * 1024  # a report quotes our mail, which is under 100 kB
TOKEN = re.compile(r"\+d(\d+)-([0-9a-f]{10})@")
ENVELOPES = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To")
ENDED = "Three mails in a row came back: the address does not take mail. Mend it and switch on."


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of a report: ``noted``, ``known`` from before, or ``unclear``."""

    did: str
    digest: Digest | None = None
    permanent: bool = False


def sender(digest: Digest) -> str:
    """The envelope address of a mail; empty where MAIL_BOUNCES is not set."""
    local, at, domain = settings.MAIL_BOUNCES.partition("@")
    return f"{local}+d{digest.pk}-{_sign(digest.pk)}@{domain}" if at else ""


def _sign(pk: int) -> str:
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"digests.bounce {pk}".encode(), hashlib.sha256).hexdigest()[:10]


def note(raw: bytes, now: datetime) -> Noted:
    """Read one report and note it at the mail it is about; reading it again changes nothing.

    What is no report of a mail of ours (a note of absence, say) is ``unclear`` and changes nothing.
    """
    source = hashlib.sha256(raw).hexdigest()
    if Bounce.objects.filter(source=source).exists():
        return Noted("known")
    report = message_from_bytes(raw)
    digest = _about(report)
    passing, final = _failures(report) if digest is not None else (frozenset(), frozenset())
    if digest is None or not (passing or final):
        return Noted("unclear", digest)
    address = sorted(final or passing)[0].decode(errors="replace")
    with transaction.atomic():
        _, made = Bounce.objects.get_or_create(
            source=source,
            defaults={
                "digest": digest,
                "address": address[:254],
                "permanent": bool(final),
                "said": _words(report)[:2000],
                "seen_at": now,
            },
        )
        if made and final:
            _came_back(digest, now)
    return Noted("noted" if made else "known", digest, bool(final))


def _failures(report: Message) -> tuple[frozenset[bytes], frozenset[bytes]]:
    """Addresses that failed for now, and for good; none where it cannot be read."""
    try:
        return all_failures(report)
    except Exception:  # forty readers of strangers' formats: one that stumbles has no answer
        log.exception("A returned mail could not be read")
        return frozenset(), frozenset()


def _about(report: Message) -> Digest | None:
    """The mail it is about: by the address it came to, else by the headers it quotes."""
    for pk, signature in _tokens(report):
        if hmac.compare_digest(signature, _sign(pk)):
            return Digest.objects.filter(pk=pk).first()
    ids = {str(part["Message-ID"]).strip() for part in _parts(report) if part["Message-ID"]}
    ids |= set(re.findall(r"<[^<>\s]+>", f"{report['In-Reply-To']} {report['References']}"))
    return Digest.objects.filter(message_id__in=ids).first()


def _tokens(report: Message) -> Iterator[tuple[int, str]]:
    headers = [str(value) for name in ENVELOPES for value in report.get_all(name, [])]
    for _, address in getaddresses(headers):
        if (found := TOKEN.search(address)) is not None:
            yield int(found[1]), found[2]


def _parts(report: Message) -> Iterator[Message]:
    """The report's parts, and the headers of our mail where they come as text."""
    for part in report.walk():
        yield part
        if part.get_content_type() == "text/rfc822-headers":
            quoted = part.get_payload(decode=True)
            if isinstance(quoted, bytes):
                yield message_from_bytes(quoted)


def _words(report: Message) -> str:
    """The server's own words, where it gives them as RFC 3464 wants."""
    for part in report.walk():
        if part["Diagnostic-Code"]:
            return " ".join(str(part["Diagnostic-Code"]).split())
    return " ".join(str(report["Subject"] or "").split())


def _came_back(digest: Digest, now: datetime) -> None:
    """For good: after three weeks in a row nothing more is sent until somebody mends it."""
    first = Digest.objects.filter(pk=digest.pk, bounced_at=None).update(bounced_at=now)
    if not first or digest.kind != DigestKind.WEEKLY:
        return
    subscription = Subscription.objects.select_for_update().get(pk=digest.subscription_id)
    sent = subscription.digests.filter(kind=DigestKind.WEEKLY, state=DigestState.SENT)
    latest = list(sent.order_by("-ends_at").values_list("bounced_at", flat=True)[:GIVE_UP_AFTER])
    returned = next((n for n, at in enumerate(latest) if at is None), len(latest))
    subscription.bounces = returned
    if returned >= GIVE_UP_AFTER and subscription.active:
        subscription.active, subscription.ended_because = False, ENDED
    subscription.save(update_fields=["bounces", "active", "ended_because"])
