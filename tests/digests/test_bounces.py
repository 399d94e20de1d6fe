"""Mail that comes back finds the mail it is about, once, wherever it lies."""

import io
import mailbox
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from incidents.digests import bounces, deliver
from incidents.digests.models import Bounce, Digest, DigestKind, Subscription
from tests.digests.imap import imap_server
from tests.support.digests import subscribe
from tests.support.factories import NOW, make_flag, make_host, make_pattern, make_user
from tests.support.mailserver import Postbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(postbox: Postbox, settings: Any) -> Digest:
    """A mail that the server accepted, with an envelope address of its own."""
    settings.MAIL_BOUNCES = "bounces@example.net"
    make_flag(make_pattern("raid-only"), make_host("david"), at=NOW - timedelta(days=3))
    subscribe(make_user("rita", email="ruth@example.net"))
    deliver.send_all(NOW)
    return Digest.objects.get()


def returned(to: str, *, status: str = "5.1.1", quoted: str = "", nonce: str = "") -> bytes:
    """A report as RFC 3464 wants it."""
    action = "failed" if status.startswith("5") else "delayed"
    return f"""From: MAILER-DAEMON@mx.example.net
To: {to}
Subject: Undelivered Mail Returned to Sender {nonce}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; ruth@example.net
Original-Recipient: rfc822; ruth@example.net
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such person here

--b
Content-Type: text/rfc822-headers

From: Twiceshy <twiceshy@example.net>
Message-ID: {quoted}

--b--
""".encode()


def test_each_mail_has_an_envelope_address_of_its_own(sent: Digest, postbox: Postbox) -> None:
    (envelope,) = postbox.envelopes
    assert envelope == bounces.sender(sent)
    assert envelope.startswith(f"bounces+d{sent.pk}-")
    assert postbox.accepted[0]["From"] == "Twiceshy <twiceshy@example.net>"


def test_without_a_place_for_bounces_the_envelope_is_ours(settings: Any) -> None:
    settings.MAIL_BOUNCES = ""
    assert bounces.sender(Digest(pk=1)) == ""


def test_a_report_is_noted_at_its_mail_once(sent: Digest) -> None:
    raw = returned(bounces.sender(sent))
    assert (bounces.note(raw, NOW).did, bounces.note(raw, NOW).did) == ("noted", "known")
    bounce = Bounce.objects.get()
    assert (bounce.digest, bounce.address, bounce.permanent) == (sent, "ruth@example.net", True)
    assert "no such person here" in bounce.said
    sent.refresh_from_db()
    assert (sent.state, sent.bounced_at) == ("sent", NOW)


def test_without_the_address_the_quoted_message_id_tells(sent: Digest) -> None:
    raw = returned("postmaster@example.net", quoted=sent.message_id)
    assert bounces.note(raw, NOW).digest == sent


def test_a_delay_is_noted_and_counts_for_nothing(sent: Digest) -> None:
    noted = bounces.note(returned(bounces.sender(sent), status="4.2.2"), NOW)
    sent.refresh_from_db()
    assert (noted.did, noted.permanent, sent.bounced_at) == ("noted", False, None)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe nothing of the kind",
        b"From: ruth@example.net\nTo: TO\nSubject: I am on holiday\n\nBack on Monday.",
        returned("bounces+d1-0000000000@example.net"),
    ],
    ids=["empty", "noise", "holiday", "forged"],
)
def test_what_is_no_report_of_ours_changes_nothing(sent: Digest, raw: bytes) -> None:
    raw = raw.replace(b"TO", bounces.sender(sent).encode())
    assert bounces.note(raw, NOW).did == "unclear"
    assert Bounce.objects.count() == 0


def test_three_weeks_in_a_row_end_the_subscription_and_say_why(sent: Digest) -> None:
    subscription = sent.subscription
    for week in range(3):
        digest = Digest.objects.create(
            subscription=subscription, period=f"2026-W{40 + week}", kind=DigestKind.WEEKLY,
            starts_at=NOW, ends_at=NOW + timedelta(days=7 * (week + 1)), state="sent",
            message_id=f"<{week}@example.net>",
        )  # fmt: skip
        assert Subscription.objects.get().active
        bounces.note(returned(bounces.sender(digest), nonce=str(week)), NOW)
    subscription.refresh_from_db()
    assert (subscription.active, subscription.bounces) == (False, 3)
    assert "came back" in subscription.ended_because


# --- where they lie ---------------------------------------------------------------------------


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("read_bounces", *words, stdout=out)
    return out.getvalue().strip()


def test_an_mbox_is_read_and_reading_it_again_changes_nothing(sent: Digest, tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "mbox")
    box.add(returned(bounces.sender(sent)))
    box.add(EmailMessage())
    box.close()
    path = str(tmp_path / "mbox")
    assert run(path) == "2 read: 1 noted, 1 unclear."
    assert run(f"mbox:{path}", "--remove") == "2 read: 1 known, 1 unclear."
    assert run(path) == "0 read."


def test_a_maildir_is_read(sent: Digest, tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "box")
    box.add(returned(bounces.sender(sent)))
    assert run(str(tmp_path / "box"), "--remove") == "1 read: 1 noted."
    assert run(f"maildir:{tmp_path / 'box'}") == "0 read."


def test_imap_is_read_and_what_was_read_is_seen(sent: Digest, settings: Any) -> None:
    with imap_server([returned(bounces.sender(sent))]) as (port, seen):
        settings.BOUNCE_MAILBOX = f"imap://ruth:a%20secret@127.0.0.1:{port}/INBOX"
        assert run() == "1 read: 1 noted."
        assert run() == "0 read."
    assert seen == {1}


@pytest.mark.parametrize(
    ("where", "said"),
    [("", "Name a mailbox"), ("/nowhere/mbox", "is not there"), ("imap://127.0.0.1:9/", "127.0.0")],
)
def test_what_cannot_be_read_is_said(where: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(*([where] if where else []))


def test_the_door_for_bounces_takes_them_raw(sent: Digest, api: Any) -> None:
    raw = returned(bounces.sender(sent))
    done = api.post("/api/v1/hooks/bounce/", raw, content_type="message/rfc822")
    assert done.json() == {"did": "noted", "digest": sent.pk, "permanent": True}
    again = api.post("/api/v1/hooks/bounce/", raw, content_type="message/rfc822")
    assert again.json()["did"] == "known"


def test_the_door_is_closed_to_who_only_reads(sent: Digest, viewer_api: Any) -> None:
    raw = returned(bounces.sender(sent))
    answer = viewer_api.post("/api/v1/hooks/bounce/", raw, content_type="message/rfc822")
    assert (answer.status_code, Bounce.objects.count()) == (403, 0)
