"""The archive, this week's mail, subscribing, and leaving without a login."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from incidents.digests import mail
from incidents.digests.models import Digest, Subscription
from incidents.digests.queue import find_due
from kb.accounts.models import Role, User
from tests.support.digests import prepare
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

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
LONG_AGO = NOW - timedelta(days=90)


@pytest.fixture
def subscription(responder: User) -> Subscription:
    return Subscription.objects.create(user=responder, created_at=NOW - timedelta(days=60))


@pytest.fixture
def digest(subscription: Subscription) -> Digest:
    lesson = make_lesson("RAID is not a backup", slug="raid-is-not-a-backup")
    make_incident("The secret crash", created_at=LONG_AGO, lessons=[lesson])
    pattern = make_pattern("raid-only", lessons=[lesson.slug])
    make_flag(pattern, make_host("david"), at=NOW - timedelta(days=3))
    return prepare(find_due(NOW, [subscription])[0])


def test_the_archive_shows_ones_own_mails(
    digest: Digest, responder: User, stranger: User, browser_of: SignIn
) -> None:
    assert b"1 host newly at risk" in browser_of(responder).get("/digests/").content
    assert b"1 host newly at risk" not in browser_of(stranger).get("/digests/").content
    assert browser_of(stranger).get(f"/digests/{digest.pk}/").status_code == 404
    assert browser_of(stranger).get(f"/digests/{digest.pk}/mail/").status_code == 404


def test_what_a_reader_may_no_longer_see_is_named_as_withheld(
    digest: Digest, responder: User, browser_of: SignIn
) -> None:
    from incidents.records.models import Incident

    address = f"/digests/{digest.pk}/mail/"
    assert b"secret crash" in browser_of(responder).get(address).content
    Incident.objects.update(visibility="restricted")
    said = browser_of(responder).get(address).content
    assert b"secret crash" not in said
    assert b"withheld" in said


def test_the_mail_has_a_policy_of_its_own(
    digest: Digest, responder: User, browser_of: SignIn
) -> None:
    answer = browser_of(responder).get(f"/digests/{digest.pk}/mail/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy


def test_this_weeks_mail_stores_and_sends_nothing(
    subscription: Subscription, responder: User, browser_of: SignIn, postbox: Postbox
) -> None:
    answer = browser_of(responder).get(f"/digests/subscriptions/{subscription.pk}/now/")
    assert answer.status_code == 200
    assert (Digest.objects.count(), postbox.accepted) == (0, [])


def test_a_test_mail_goes_to_who_asked(
    subscription: Subscription, responder: User, browser_of: SignIn, postbox: Postbox
) -> None:
    browser_of(responder).post(f"/digests/subscriptions/{subscription.pk}/test/")
    assert postbox.recipients == ["ruth@example.net"]
    assert str(postbox.accepted[0]["Subject"]).startswith("[test]")
    assert Digest.objects.count() == 0


FORM = {"weekday": "0", "hour": "9", "time_zone": "Europe/Berlin", "least_severity": "high"}


def test_subscribing_takes_one_form(responder: User, browser_of: SignIn) -> None:
    data = {**FORM, "active": "on"}
    answer = browser_of(responder).post("/digests/subscriptions/new/", data)
    assert answer.status_code == 302
    made = Subscription.objects.get()
    assert (made.user, made.time_zone, made.least_severity) == (responder, "Europe/Berlin", "high")


def test_only_members_subscribe_a_team(responder: User, stranger: User, browser_of: SignIn) -> None:
    team = make_team("Platform", members=(responder,))
    data = {**FORM, "active": "on", "team": str(team.pk)}
    browser_of(stranger).post("/digests/subscriptions/new/", data)
    assert Subscription.objects.count() == 0
    browser_of(responder).post("/digests/subscriptions/new/", data)
    assert Subscription.objects.get().team == team


# --- leaving ----------------------------------------------------------------------------------


def leaving(subscription: Subscription) -> str:
    return f"/digests/unsubscribe/{mail.sign(subscription)}/"


def test_looking_at_the_way_out_changes_nothing(subscription: Subscription) -> None:
    assert Client().get(leaving(subscription)).status_code == 200
    subscription.refresh_from_db()
    assert subscription.active


def test_one_click_ends_it_without_login_cookie_or_token_twice_is_once(
    subscription: Subscription,
) -> None:
    strict = Client(enforce_csrf_checks=True)
    for _ in range(2):
        answer = strict.post(leaving(subscription), {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    subscription.refresh_from_db()
    assert not subscription.active


def test_a_forged_address_leads_nowhere(subscription: Subscription) -> None:
    answer = Client().post(f"/digests/unsubscribe/{subscription.pk}:forged/")
    assert answer.status_code == 404
    subscription.refresh_from_db()
    assert subscription.active


# --- the API ----------------------------------------------------------------------------------


def test_tooling_subscribes_and_changes_with_if_match(api: Any) -> None:
    made = api.post("/api/v1/subscriptions/", {"hour": 7}, format="json")
    assert made.status_code == 201
    address = f"/api/v1/subscriptions/{made.json()['id']}/"
    assert api.patch(address, {"hour": 8}, format="json").status_code == 428
    changed = api.patch(address, {"hour": 8}, format="json", HTTP_IF_MATCH=made["ETag"])
    assert (changed.status_code, changed.json()["hour"]) == (200, 8)
    stale = api.patch(address, {"hour": 6}, format="json", HTTP_IF_MATCH=made["ETag"])
    assert (stale.status_code, stale.json()["current"]["hour"]) == (412, 8)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"hour": 24}, "/hour"),
        ({"scope": {"planets": ["x"]}}, "/scope"),
        ({"scope": {"teams": "platform"}}, "/scope"),
        ({"team": "nobody"}, "/team"),
    ],
)
def test_bad_input_names_its_place_and_stores_nothing(
    api: Any, body: dict[str, Any], pointer: str
) -> None:
    answer = api.post("/api/v1/subscriptions/", body, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert Subscription.objects.count() == 0


def test_mails_of_others_are_not_there(digest: Digest, api: Any) -> None:
    from tests.conftest import api_as

    assert api.get(f"/api/v1/digests/{digest.pk}/").status_code == 200
    other = api_as(make_user("otto", role=Role.RESPONDER))
    assert other.get(f"/api/v1/digests/{digest.pk}/").status_code == 404
    assert other.get("/api/v1/digests/").json()["results"] == []
