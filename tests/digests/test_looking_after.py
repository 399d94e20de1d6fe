"""What failed is found and tried again, silence is seen, and nobody is made to take a mail."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from incidents.digests import deliver, health, offers
from incidents.digests.line import Line
from incidents.digests.models import Attempt, Digest, Subscription
from incidents.digests.queue import find_due
from incidents.records.models import Incident
from kb.accounts.models import User
from kb.web.metrics import FromRooms
from tests.support.digests import prepare, subscribe
from tests.support.factories import (
    NOW,
    make_flag,
    make_host,
    make_incident,
    make_lesson,
    make_pattern,
    make_team,
    make_user,
)
from tests.support.mailserver import Postbox, free_port

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
LONG_AGO = NOW - timedelta(days=90)


@pytest.fixture
def refused(responder: User, postbox: Postbox) -> Digest:
    """A mail that the server refused for good."""
    make_flag(make_pattern("raid-only"), make_host("david"), at=NOW - timedelta(days=3))
    postbox.refused_recipients = {responder.email: "550 no such person"}
    subscribe(responder)
    deliver.send_all(NOW)
    return Digest.objects.get()


# --- failures ---------------------------------------------------------------------------------


def test_admins_find_what_failed_and_try_it_again(
    refused: Digest, keeper: User, browser_of: SignIn, postbox: Postbox
) -> None:
    page = browser_of(keeper).get("/digests/failures/")
    assert "no such person" in page.content.decode()
    postbox.refused_recipients = {}
    for _ in range(2):  # pressing twice is once
        assert browser_of(keeper).post(f"/digests/{refused.pk}/again/").status_code == 302
    assert deliver.send_all(timezone.now(), [refused.subscription])["sent"] == 1
    assert browser_of(keeper).post(f"/digests/{refused.pk}/again/").status_code == 302
    assert deliver.send_all(timezone.now(), [refused.subscription]).get("sent") is None
    assert len(postbox.accepted) == 1


def test_a_mail_of_an_older_week_can_still_be_tried_again(
    refused: Digest, postbox: Postbox
) -> None:
    make_flag(make_pattern("p"), make_host("robert"), at=NOW + timedelta(days=2))
    postbox.refused_recipients = {}
    assert deliver.send_all(NOW + timedelta(days=7)) == {"sent": 1}
    assert deliver.retry(refused, NOW + timedelta(days=8))
    assert deliver.send_all(NOW + timedelta(days=8)) == {"sent": 1}
    subjects = [str(message["Subject"]) for message in postbox.accepted]
    assert subjects == [
        "1 host newly at risk (week 48)", "1 host newly at risk (week 47)",
    ]  # fmt: skip


def test_nobody_else_does(refused: Digest, responder: User, browser_of: SignIn, api: Any) -> None:
    assert browser_of(responder).get("/digests/failures/").status_code == 403
    assert browser_of(responder).post(f"/digests/{refused.pk}/again/").status_code == 403
    assert api.post(f"/api/v1/digests/{refused.pk}/again/").status_code == 403
    refused.refresh_from_db()
    assert refused.state == "failed"


def test_tooling_tries_again_too(refused: Digest, keeper: User) -> None:
    from tests.conftest import api_as

    answer = api_as(keeper).post(f"/api/v1/digests/{refused.pk}/again/")
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")


def test_every_try_is_on_record(refused: Digest, keeper: User, browser_of: SignIn) -> None:
    (tried,) = Attempt.objects.all()
    assert (tried.outcome, tried.recipient) == ("permanent", "ruth@example.net")
    assert "no such person" in browser_of(keeper).get(f"/digests/{refused.pk}/").content.decode()


def test_a_bad_address_fails_at_once_and_says_so(postbox: Postbox) -> None:
    subscribe(make_user("ruth", email="ruth at example"), always=True)
    assert deliver.send_all(NOW) == {"failed": 1}
    assert Digest.objects.get().last_error == "ruth at example is no mail address."


def test_a_server_that_is_down_costs_one_mail_a_try_and_the_others_none(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    for _ in range(3):
        subscribe(make_user(), always=True)
    assert deliver.send_all(NOW) == {"pending": 1}
    assert sorted(Digest.objects.values_list("attempts", flat=True)) == [0, 0, 1]


def test_tries_are_bounded_and_further_and_further_apart() -> None:
    waits = [deliver.wait_after(n) for n in range(1, deliver.ATTEMPTS)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=2)
    assert timedelta(days=2) < sum(waits, timedelta(0)) < timedelta(days=4)


def test_one_line_serves_many_mails_and_is_renewed_in_time(postbox: Postbox) -> None:
    from django.core.mail import EmailMultiAlternatives

    with Line() as line:
        for n in range(3):
            line.send(EmailMultiAlternatives("x", "x", "a@example.net", [f"p{n}@example.net"]))
        assert line.used == 3
        postbox.answers = ["421 enough"]
        line.send(EmailMultiAlternatives("x", "x", "a@example.net", ["again@example.net"]))
    assert postbox.recipients[-1] == "again@example.net"


def test_a_line_dropped_before_the_dot_took_nothing(responder: User, postbox: Postbox) -> None:
    subscribe(responder, always=True)
    postbox.answers = [Postbox.HANG_UP]
    assert deliver.send_all(NOW) == {"pending": 1}
    assert deliver.send_all(NOW + timedelta(minutes=3)) == {"sent": 1}
    assert len(postbox.accepted) == 1


def test_who_lost_the_claim_sends_nothing_and_notes_nothing(
    responder: User, postbox: Postbox
) -> None:
    from incidents.digests.claims import LostClaim, claim_next, hold

    prepare(find_due(NOW, [subscribe(responder, always=True)])[0])
    slow = claim_next(NOW)
    assert slow is not None
    assert deliver.send_all(NOW + timedelta(minutes=11)) == {"sent": 1}
    with pytest.raises(LostClaim):
        hold(slow, recipient="x@example.net")
    with pytest.raises(LostClaim):
        deliver.work(slow, deliver.Desk(Line()), NOW)
    assert len(postbox.accepted) == 1


# --- the archive ------------------------------------------------------------------------------


@pytest.fixture
def told(responder: User, postbox: Postbox) -> Digest:
    """A mail that went out and names an incident."""
    lesson = make_lesson("RAID is not a backup", slug="raid-is-not-a-backup")
    make_incident("The secret crash", lessons=[lesson], created_at=LONG_AGO)
    pattern = make_pattern("raid-only", lessons=[lesson.slug])
    make_flag(pattern, make_host("david"), at=NOW - timedelta(days=3))
    subscribe(responder)
    deliver.send_all(NOW)
    return Digest.objects.get()


def test_the_archive_shows_the_very_mail_though_templates_change(
    told: Digest, responder: User, browser_of: SignIn
) -> None:
    Digest.objects.update(html="<p>as it was</p>")
    shown = browser_of(responder).get(f"/digests/{told.pk}/mail/").content.decode()
    assert shown == "<p>as it was</p>"


def test_it_withholds_what_may_no_longer_be_seen(
    told: Digest, responder: User, browser_of: SignIn, api: Any
) -> None:
    assert told.named == [Incident.objects.get().pk]
    Incident.objects.update(visibility="restricted")
    shown = browser_of(responder).get(f"/digests/{told.pk}/mail/").content.decode()
    assert "secret" not in shown
    assert "withheld" in shown
    answer = api.get(f"/api/v1/digests/{told.pk}/").json()
    assert "secret" not in str(answer)
    assert answer["tries"][0]["outcome"] == "accepted"


def test_it_narrows_by_subscription_state_and_week(
    told: Digest, responder: User, stranger: User, browser_of: SignIn
) -> None:
    browser = browser_of(responder)
    line = "1 host newly at risk"
    for query, found in (
        (f"subscription={told.subscription_id}", True),
        ("period=2026-W47", True),
        ("period=2026-W46", False),
        ("state=failed", False),
        ("state=nonsense", True),
    ):
        assert (line in browser.get(f"/digests/?{query}").content.decode()) is found, query
    query = f"subscription={told.subscription_id}"
    assert line not in browser_of(stranger).get(f"/digests/?{query}").content.decode()


def test_who_got_no_mail_sees_why(responder: User, browser_of: SignIn, postbox: Postbox) -> None:
    subscribe(responder)
    deliver.send_all(NOW)
    said = browser_of(responder).get("/digests/").content.decode()
    assert "Nothing changed, and you asked for no mail then" in said


# --- silence ----------------------------------------------------------------------------------


def silent(user: User) -> None:
    """Beat is dead: a mail is long due and has no row."""
    subscribe(user, created_at=timezone.now() - timedelta(days=30))


def test_a_mail_that_is_late_shows_on_the_front_page_and_in_readyz(
    responder: User, browser_of: SignIn
) -> None:
    assert health.mail_is_going_out().ok
    assert "is late" not in browser_of(responder).get("/").content.decode()
    silent(responder)
    found = health.mail_is_going_out()
    assert (found.ok, "beat or the worker" in found.says) == (False, True)
    assert "The weekly mail is late" in browser_of(responder).get("/").content.decode()


def test_metrics_tell_what_is_late_and_what_came_back(responder: User) -> None:
    silent(responder)
    numbers = {
        sample.name: sample.value for family in FromRooms().collect() for sample in family.samples
    }
    assert numbers["twiceshy_mail_late"] == 1
    assert numbers["twiceshy_mail_last_sent_timestamp_seconds"] == 0
    assert numbers["twiceshy_mail_subscriptions"] == 1


# --- the offer --------------------------------------------------------------------------------


def test_somebody_new_is_offered_a_mail_about_their_own_hosts(
    responder: User, browser_of: SignIn
) -> None:
    make_host("web-01", owner=make_team("Web", members=(responder,)))
    responder.time_zone = "Asia/Kolkata"
    responder.save()
    page = browser_of(responder).get("/").content.decode()
    assert "The week in a mail?" in page
    assert "owned by web; medium and above" in page
    assert Subscription.objects.count() == 0  # offered, not imposed
    for _ in range(2):
        browser_of(responder).post("/digests/offer/", {"answer": "yes"})
    made = Subscription.objects.get()
    assert (made.active, made.time_zone, made.scope) == (True, "Asia/Kolkata", {"teams": ["web"]})
    assert "The week in a mail?" not in browser_of(responder).get("/").content.decode()


def test_no_thanks_is_kept(responder: User, browser_of: SignIn) -> None:
    browser_of(responder).post("/digests/offer/", {"answer": "no"})
    assert not Subscription.objects.get().active
    assert offers.offer_for(responder) is None
    assert "The week in a mail?" not in browser_of(responder).get("/").content.decode()


# --- the API ----------------------------------------------------------------------------------


def test_tooling_looks_at_this_weeks_mail_and_sends_itself_a_test(
    responder: User, api: Any, postbox: Postbox
) -> None:
    mine = subscribe(responder)
    shown = api.get(f"/api/v1/subscriptions/{mine.pk}/now/").json()
    assert set(shown) == {"subject", "content", "text", "html"}
    sent = api.post(f"/api/v1/subscriptions/{mine.pk}/now/")
    assert sent.json() == {"sent_to": "ruth@example.net"}
    assert str(postbox.accepted[0]["Subject"]).startswith("[test]")
    other = subscribe(make_user("olga"))
    assert api.get(f"/api/v1/subscriptions/{other.pk}/now/").status_code == 404


def test_tooling_chooses_language_and_notices(api: Any) -> None:
    made = api.post(
        "/api/v1/subscriptions/", {"language": "de", "notices": ["critical"]}, format="json"
    )
    assert (made.status_code, made.json()["notices"]) == (201, ["critical"])
    wrong = api.post("/api/v1/subscriptions/", {"notices": ["loud"]}, format="json")
    assert wrong.json()["errors"][0]["pointer"].startswith("/notices")
