"""One mail per subscription and week, through a real SMTP server, whatever that server does."""

from datetime import timedelta
from typing import Any

import pytest

from incidents.digests import deliver
from incidents.digests.claims import claim_next
from incidents.digests.models import Digest, DigestState, Subscription
from incidents.digests.queue import find_due
from kb.accounts.models import User
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
from tests.support.mailserver import Postbox

LAST_WEEK = NOW - timedelta(days=3)
LONG_AGO = NOW - timedelta(days=90)
pytestmark = pytest.mark.django_db


@pytest.fixture
def ruth() -> User:
    return make_user("ruth")


@pytest.fixture
def something_new() -> None:
    make_flag(make_pattern("raid-only"), make_host("david"), at=LAST_WEEK)


def body(message: Any) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_it_sends_the_week_once(ruth: User, something_new: None, postbox: Postbox) -> None:
    subscription = subscribe(ruth)
    assert deliver.send_all(NOW) == {"sent": 1}
    assert deliver.send_all(NOW + timedelta(hours=1)) == {}
    (message,) = postbox.accepted
    assert message["Subject"] == "1 host newly at risk (week 47)"
    assert message["To"] == "ruth@example.net"
    assert message["Message-ID"] == f"<2026-W47.{subscription.pk.hex}@example.net>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "david" in body(message)
    digest = Digest.objects.get()
    assert (digest.state, digest.attempts, digest.text) == ("sent", 1, body(message))


def test_text_and_html_say_the_same(ruth: User, something_new: None, postbox: Postbox) -> None:
    subscribe(ruth)
    deliver.send_all(NOW)
    (message,) = postbox.accepted
    html = message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    for said in ("david", "raid-only on david", "1 host newly at risk", "What we can"):
        assert said in html
    assert "src=" not in html
    assert "<script" not in html
    assert len(message.as_bytes()) < 100_000


def test_a_quiet_week_brings_no_mail(ruth: User, postbox: Postbox) -> None:
    subscribe(ruth)
    assert deliver.send_all(NOW) == {"skipped": 1}
    assert postbox.accepted == []
    digest = Digest.objects.get()
    assert (digest.state, digest.reason) == (DigestState.SKIPPED, "quiet")
    assert digest.why_not == "Nothing changed, and you asked for no mail then"


def test_a_quiet_week_is_sent_to_who_asked_for_it(ruth: User, postbox: Postbox) -> None:
    subscribe(ruth, always=True)
    assert deliver.send_all(NOW) == {"sent": 1}
    assert postbox.accepted[0]["Subject"] == "No change (week 47)"


def test_it_waits_for_the_hour(ruth: User, something_new: None, postbox: Postbox) -> None:
    subscribe(ruth, hour=10, always=True, created_at=NOW - timedelta(days=2))
    assert deliver.send_all(NOW) == {}
    assert deliver.send_all(NOW + timedelta(hours=1)) == {"sent": 1}


def test_a_week_before_the_subscription_is_nobodys(ruth: User, something_new: None) -> None:
    subscribe(ruth, created_at=NOW + timedelta(minutes=1))
    assert find_due(NOW + timedelta(hours=2)) == []


def test_a_server_that_was_down_for_a_month_owes_one_mail(
    ruth: User, something_new: None, postbox: Postbox
) -> None:
    subscribe(ruth, always=True, created_at=NOW - timedelta(days=90))
    assert deliver.send_all(NOW + timedelta(days=28)) == {"sent": 1}
    assert [m["Subject"] for m in postbox.accepted] == ["No change (week 51)"]


def test_a_passing_refusal_is_tried_again_later(
    ruth: User, something_new: None, postbox: Postbox
) -> None:
    subscribe(ruth)
    postbox.answers = ["451 try later"]
    assert deliver.send_all(NOW) == {"pending": 1}
    digest = Digest.objects.get()
    assert "try later" in digest.last_error
    assert deliver.send_all(NOW + timedelta(minutes=1)) == {}
    assert deliver.send_all(NOW + timedelta(minutes=3)) == {"sent": 1}
    assert len(postbox.accepted) == 1


def test_a_final_refusal_is_not_tried_again(
    ruth: User, something_new: None, postbox: Postbox
) -> None:
    subscribe(ruth)
    postbox.refused_recipients = {"ruth@example.net": "550 no such person"}
    assert deliver.send_all(NOW) == {"failed": 1}
    assert deliver.send_all(NOW + timedelta(days=1)) == {}
    assert "no such person" in Digest.objects.get().last_error


def test_one_failure_does_not_stop_the_others(
    ruth: User, something_new: None, postbox: Postbox
) -> None:
    subscribe(ruth)
    subscribe(make_user("olga"))
    subscribe(make_user("noaddress", email=""))
    postbox.refused_recipients = {"ruth@example.net": "550 no such person"}
    assert deliver.send_all(NOW) == {"failed": 2, "sent": 1}
    assert postbox.recipients == ["olga@example.net"]
    assert Digest.objects.filter(state="failed").count() == 2


def test_a_dropped_line_leads_to_a_copy_with_the_same_message_id(
    ruth: User, something_new: None, postbox: Postbox
) -> None:
    subscribe(ruth)
    postbox.answers = [Postbox.DROP]
    assert deliver.send_all(NOW) == {"pending": 1}
    assert deliver.send_all(NOW + timedelta(minutes=3)) == {"sent": 1}
    first, second = postbox.accepted
    assert first["Message-ID"] == second["Message-ID"]


def test_a_dead_senders_claim_is_taken_over(
    ruth: User, something_new: None, postbox: Postbox
) -> None:
    prepare(find_due(NOW, [subscribe(ruth)])[0])
    assert claim_next(NOW) is not None  # and its process dies here
    assert claim_next(NOW + timedelta(minutes=5)) is None
    assert deliver.send_all(NOW + timedelta(minutes=11)) == {"sent": 1}


def test_two_senders_never_take_the_same_mail(ruth: User, something_new: None) -> None:
    prepare(find_due(NOW, [subscribe(ruth)])[0])
    assert claim_next(NOW) is not None
    assert claim_next(NOW) is None


def test_an_ended_subscription_gets_nothing_more(
    ruth: User, something_new: None, postbox: Postbox
) -> None:
    subscription = subscribe(ruth)
    prepare(find_due(NOW, [subscription])[0])
    Subscription.objects.update(active=False)
    assert deliver.send_all(NOW) == {"skipped": 1}
    assert postbox.accepted == []


def test_someone_who_left_gets_nothing_more(
    ruth: User, something_new: None, postbox: Postbox
) -> None:
    prepare(find_due(NOW, [subscribe(ruth)])[0])
    User.objects.update(is_active=False)
    assert deliver.send_all(NOW) == {"skipped": 1}
    assert postbox.accepted == []


def test_rights_are_asked_again_when_it_is_sent(ruth: User, postbox: Postbox) -> None:
    lesson = make_lesson("RAID is not a backup", slug="raid-is-not-a-backup")
    incident = make_incident("The secret crash", created_at=LONG_AGO, lessons=[lesson])
    pattern = make_pattern("raid-only", lessons=[lesson.slug])
    make_flag(pattern, make_host("david"), at=LAST_WEEK)
    prepare(find_due(NOW, [subscribe(ruth)])[0])
    incident.visibility = "restricted"
    incident.save()
    deliver.send_all(NOW)
    said = body(postbox.accepted[0])
    assert "secret crash" not in said
    assert "withheld" in said
    assert "RAID is not a backup" in said


def test_a_restricted_incident_never_reaches_someone_unnamed(ruth: User, postbox: Postbox) -> None:
    lesson = make_lesson("RAID is not a backup", slug="raid-is-not-a-backup")
    make_incident(
        "The secret crash",
        created_at=LONG_AGO,
        lessons=[lesson],
        visibility="restricted",
        author=make_user(),
    )
    make_flag(make_pattern("raid-only", lessons=[lesson.slug]), make_host("david"), at=LAST_WEEK)
    subscribe(ruth)
    deliver.send_all(NOW)
    assert "secret" not in postbox.accepted[0].as_string()
    assert "secret" not in str(Digest.objects.get().items)


def test_a_team_gets_only_what_every_member_may_see(ruth: User, postbox: Postbox) -> None:
    lesson = make_lesson("RAID is not a backup", slug="raid-is-not-a-backup")
    make_incident(
        "The secret crash",
        created_at=LONG_AGO,
        lessons=[lesson],
        visibility="restricted",
        author=ruth,
    )
    make_flag(make_pattern("raid-only", lessons=[lesson.slug]), make_host("david"), at=LAST_WEEK)
    team = make_team("Platform", members=(ruth, make_user("olga")), email="platform@example.net")
    subscribe(team=team)
    subscribe(ruth)
    assert deliver.send_all(NOW) == {"sent": 2}
    said = {m["To"]: body(m) for m in postbox.accepted}
    assert "secret crash" in said["ruth@example.net"]
    assert "secret crash" not in said["platform@example.net"]


def test_the_scope_is_kept(ruth: User, postbox: Postbox) -> None:
    web, data = make_team("Web"), make_team("Data")
    pattern = make_pattern("raid-only")
    make_flag(pattern, make_host("web-01", owner=web), at=LAST_WEEK)
    make_flag(pattern, make_host("db-01", owner=data), at=LAST_WEEK)
    make_flag(make_pattern("mild", severity="low"), make_host("web-02", owner=web), at=LAST_WEEK)
    subscribe(ruth, scope={"teams": ["web"]}, least_severity="high")
    deliver.send_all(NOW)
    said = body(postbox.accepted[0])
    assert ("web-01" in said, "db-01" in said, "web-02" in said) == (True, False, False)


def test_composing_late_or_twice_says_the_same(ruth: User, something_new: None) -> None:
    subscription = subscribe(ruth)
    in_time = prepare(find_due(NOW, [subscription])[0]).items
    Digest.objects.all().delete()
    make_flag(make_pattern("later"), make_host("robert"), at=NOW + timedelta(days=1))
    late = prepare(find_due(NOW + timedelta(days=2), [subscription])[0]).items
    assert {k: v for k, v in late.items() if k != "hosts"} == {
        k: v for k, v in in_time.items() if k != "hosts"
    }
