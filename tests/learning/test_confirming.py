"""A flag that stood open when an incident began had warned of it: its pattern is confirmed."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from incidents.hosts.models import Host
from incidents.learning import confirming
from incidents.learning.models import Confirmation
from incidents.learning.track import record_of
from incidents.patterns.models import Flag, Pattern
from incidents.records import writing
from incidents.records.models import Incident
from kb.accounts.models import User
from tests.support.factories import NOW, make_flag, make_host, make_pattern

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def moved(flag: Flag, after: str, at: datetime) -> None:
    flag.transitions.create(at=at, after=after, cause="facts", severity="high", pattern_version=1)


def written(host: Host, at: datetime, **fields: Any) -> Incident:
    role = fields.pop("role", "affected")
    return writing.create_incident(
        by=fields.pop("by", None), title="It died", started_at=at,
        relations={"hosts": {host.name: role}}, **fields,
    )  # fmt: skip


@pytest.fixture
def pattern(db: None) -> Pattern:
    return make_pattern("raid-only", title="RAID is the only copy")


def test_what_stood_open_when_it_began_is_confirmed_once(pattern: Pattern) -> None:
    host, other = make_host("david"), make_host("robert")
    flag = make_flag(pattern, host, at=NOW - 9 * DAY)
    make_flag(pattern, other, at=NOW - 9 * DAY)
    later = make_flag(make_pattern("late"), host, at=NOW + DAY)
    over = make_flag(make_pattern("over"), host, at=NOW - 9 * DAY)
    moved(over, "resolved", NOW - DAY)
    moved(flag, "accepted", NOW - 5 * DAY)
    moved(flag, "resolved", NOW + DAY)  # what came of it later does not matter
    incident = written(host, NOW)
    for _ in "ab":
        confirming.confirm_new(NOW)
    one = Confirmation.objects.get()
    assert (one.pattern, one.incident, one.flag, one.host) == (pattern, incident, flag, host)
    assert (one.opened_at, one.at) == (NOW - 9 * DAY, NOW)
    assert later.pk not in Confirmation.objects.values_list("flag", flat=True)


def test_it_follows_when_the_write_up_is_corrected(pattern: Pattern) -> None:
    host = make_host("david")
    make_flag(pattern, host, at=NOW - DAY)
    incident = written(host, NOW)
    confirming.confirm_new(NOW)
    writing.save_incident(
        incident, expected=1, by=None, changes={"started_at": NOW - 2 * DAY}, comment="Earlier"
    )
    confirming.confirm_new(NOW)
    assert not Confirmation.objects.exists()


@pytest.mark.parametrize("fields", [{"kind": "drill"}, {"role": "helped"}])
def test_drills_and_hosts_that_helped_confirm_nothing(
    pattern: Pattern, fields: dict[str, Any]
) -> None:
    host = make_host("david")
    make_flag(pattern, host, at=NOW - DAY)
    written(host, NOW, **fields)
    confirming.confirm_new(NOW)
    assert not Confirmation.objects.exists()


def test_a_restricted_incident_confirms_nothing_to_others(
    pattern: Pattern, responder: User, stranger: User
) -> None:
    host = make_host("david")
    make_flag(pattern, host, at=NOW - 4 * DAY)
    written(host, NOW, visibility="restricted", by=responder)
    confirming.confirm_new(NOW)
    assert record_of(pattern, responder).times == 1
    assert record_of(pattern, stranger).times == 0


def test_a_coincidence_is_said_to_be_one_and_stays_one(
    browser_of: Any, responder: User, viewer: User, pattern: Pattern
) -> None:
    host = make_host("david")
    make_flag(pattern, host, at=NOW - 4 * DAY)
    incident = written(host, NOW)
    confirming.confirm_new(NOW)
    one = Confirmation.objects.get()
    browser: Client = browser_of(responder)
    assert "confirmed 1 time" in browser.get("/patterns/raid-only/").content.decode()
    address = f"/incidents/{incident.pk}/confirmations/{one.pk}/"
    assert browser_of(viewer).post(address, {"refuse": "yes"}).status_code == 403
    browser.post(address, {"refuse": "yes"})
    confirming.confirm([incident.pk], NOW)
    assert "Not confirmed yet" in browser.get("/patterns/raid-only/").content.decode()
    page = browser.get(f"/incidents/{incident.pk}/").content.decode()
    assert "coincidence" in page
    assert "Which check is missing?" in page
    browser.post(address, {"refuse": "no"})
    assert record_of(pattern, responder).ahead == 4 * DAY


def test_a_host_that_nothing_flagged_asks_which_check_is_missing(
    browser_of: Any, responder: User, viewer: User, api: APIClient
) -> None:
    host = make_host("david")
    incident = written(host, NOW, severity="critical", summary="The card took them all.")
    page = browser_of(responder).get(f"/incidents/{incident.pk}/").content.decode()
    assert "Which check is missing?" in page
    assert "/patterns/new/?title=It+died&amp;severity=critical" in page
    assert "host=david" in page
    assert "Write it" not in browser_of(viewer).get(f"/incidents/{incident.pk}/").content.decode()
    answer = api.get(f"/api/v1/incidents/{incident.pk}/confirmations/").json()
    assert answer == {"confirmed": [], "unwarned": ["david"]}


def test_the_api_judges_too(api: APIClient, viewer_api: APIClient, pattern: Pattern) -> None:
    host = make_host("david")
    make_flag(pattern, host, at=NOW - DAY)
    incident = written(host, NOW)
    confirming.confirm_new(NOW)
    told = api.get(f"/api/v1/incidents/{incident.pk}/confirmations/").json()["confirmed"]
    assert [(one["pattern"], one["host"]) for one in told] == [("raid-only", "david")]
    address = f"/api/v1/incidents/{incident.pk}/confirmations/{told[0]['id']}/"
    assert viewer_api.post(address, {"coincidence": True}, format="json").status_code == 403
    assert api.post(address, {}, format="json").status_code == 400
    judged = api.post(address, {"coincidence": True}, format="json").json()
    assert judged["refused_by"] == "ruth"
