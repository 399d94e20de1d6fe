"""What cannot wait: told once, bundled, in scope, by rights, and never to who caused it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.digests import deliver
from incidents.digests.models import Digest, Notice, Subscription
from incidents.patterns import acts
from incidents.patterns.flags import Finding, apply
from incidents.patterns.models import Flag
from incidents.patterns.verdict import State
from incidents.records import actions
from incidents.records.models import Action
from kb.accounts.models import User
from kb.outbox.drain import drain
from tests.support.digests import subscribe
from tests.support.factories import (
    NOW,
    make_action,
    make_flag,
    make_host,
    make_incident,
    make_pattern,
    make_team,
    make_user,
)
from tests.support.mailserver import Postbox

pytestmark = pytest.mark.django_db
ALL = ["critical", "waiver", "action"]


@pytest.fixture
def ruth() -> User:
    return make_user("ruth")


def wants(user: User | None, **fields: Any) -> Subscription:
    """Told at once, and never of a week: it began just now."""
    return subscribe(user, notices=ALL, created_at=timezone.now(), **fields)


def opened(name: str = "david", severity: str = "critical", pattern: str = "raid-only") -> Flag:
    """A flag that facts open just now."""
    from incidents.patterns.models import Pattern

    watched = Pattern.objects.filter(slug=pattern).first() or make_pattern(pattern)
    host = make_host(name)
    found = Finding(State.MATCH, severity, f"{name} has no copy.")
    (flag,) = apply({host.pk: {watched.pk: found}}, now=NOW, cause="facts").opened
    return flag


def told(moment: Any = NOW) -> dict[str, int]:
    drain("notice")
    return deliver.send_all(moment)


def subjects(postbox: Postbox) -> list[str]:
    return [str(message["Subject"]) for message in postbox.accepted]


def body(message: Any) -> str:
    return str(message.get_body(("plain",)).get_content())


def test_a_flag_that_becomes_critical_is_told_at_once(ruth: User, postbox: Postbox) -> None:
    wants(ruth)
    opened()
    assert told() == {"sent": 1}
    assert subjects(postbox) == ["david: raid-only (flag is critical now)"]
    message = postbox.accepted[0]
    assert "david has no copy." in body(message)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert told(NOW + timedelta(hours=1)) == {}


def test_one_that_is_milder_can_wait(ruth: User, postbox: Postbox) -> None:
    wants(ruth)
    opened(severity="high")
    assert (told(), postbox.accepted) == ({}, [])


def test_one_that_grows_critical_is_told_and_one_that_was_is_not(
    ruth: User, postbox: Postbox
) -> None:
    wants(ruth)
    flag = opened(severity="high")
    worse = {flag.host_id: {flag.pattern_id: Finding(State.MATCH, "critical", "Worse now.")}}
    apply(worse, now=NOW, cause="facts")
    assert told() == {"sent": 1}
    again = {flag.host_id: {flag.pattern_id: Finding(State.MATCH, "critical", "Still.")}}
    apply(again, now=NOW, cause="facts")
    acts.acknowledge(flag, by=make_user(), now=NOW)
    acts.reopen(flag, by=make_user(), now=NOW)
    assert told(NOW + timedelta(hours=1)) == {}


def test_who_did_not_ask_is_not_told(ruth: User, postbox: Postbox) -> None:
    subscribe(ruth, created_at=timezone.now())
    opened()
    assert (told(), Notice.objects.count()) == ({}, 0)


def test_at_most_one_mail_in_a_quarter_of_an_hour(ruth: User, postbox: Postbox) -> None:
    wants(ruth)
    opened("a")
    assert told() == {"sent": 1}
    opened("b", pattern="second")
    opened("c", pattern="third")
    assert told(NOW + timedelta(minutes=14)) == {}
    assert told(NOW + timedelta(minutes=15)) == {"sent": 1}
    assert subjects(postbox)[1] == "2 flags are critical now"


def test_a_waiver_that_ended_is_told_but_not_to_who_ended_it(ruth: User, postbox: Postbox) -> None:
    olga = make_user("olga")
    wants(ruth)
    wants(olga)
    flag = make_flag(make_pattern("os-eol"), make_host("web-01"), at=NOW - timedelta(days=9))
    acts.accept(flag, by=olga, until=NOW + timedelta(days=2), because="It goes soon.", now=NOW)
    acts.reopen(flag, by=olga, now=NOW, because="It stays after all.")
    assert told() == {"sent": 1}
    assert postbox.recipients == ["ruth@example.net"]
    assert "It stays after all." in body(postbox.accepted[0])


def test_one_that_ran_out_is_told_to_all(ruth: User, postbox: Postbox) -> None:
    wants(ruth)
    flag = make_flag(make_pattern("os-eol"), make_host("web-01"), at=NOW - timedelta(days=9))
    acts.accept(flag, by=ruth, until=NOW + timedelta(hours=1), because="Soon.", now=NOW)
    acts.end_waivers(NOW + timedelta(hours=2))
    assert told(NOW + timedelta(hours=2)) == {"sent": 1}
    assert subjects(postbox) == ["web-01: os-eol (waiver ended)"]


def reopened(action: Action, by: User) -> None:
    actions.move(action, "done", by=by, now=NOW)
    action.refresh_from_db()
    actions.move(action, "open", by=by, now=NOW, because="It broke again.")


def test_an_action_that_opened_again_is_told(ruth: User, postbox: Postbox) -> None:
    wants(ruth)
    reopened(make_action("Copy off site"), by=make_user("olga"))
    assert told() == {"sent": 1}
    assert subjects(postbox) == ["1 action opened again"]
    assert "It broke again." in body(postbox.accepted[0])


def test_an_action_of_a_restricted_incident_reaches_nobody_unnamed(
    ruth: User, postbox: Postbox
) -> None:
    olga = make_user("olga")
    wants(ruth)
    secret = make_incident("The secret crash", visibility="restricted", author=olga)
    reopened(make_action("Fire the secret one", incident=secret), by=olga)
    assert told() == {"skipped": 1}
    assert (postbox.accepted, Digest.objects.get().reason) == ([], "withheld")


def test_the_scope_and_the_least_severity_are_kept(ruth: User, postbox: Postbox) -> None:
    team = make_team("Web")
    wants(ruth, scope={"teams": ["web"]})
    opened("db-01")
    assert told() == {}
    flag = opened("web-01", pattern="second")
    flag.host.owner = team
    flag.host.save()
    assert told() == {"sent": 1}


def test_a_row_of_the_outbox_that_is_handed_on_twice_is_told_once(
    ruth: User, postbox: Postbox
) -> None:
    from incidents.digests.handlers import queue_notices
    from kb.outbox.models import OutboxRow

    wants(ruth)
    opened()
    rows = list(OutboxRow.objects.filter(topic="notice"))
    queue_notices(rows)
    queue_notices(rows)
    assert told() == {"sent": 1}
    assert Notice.objects.count() == 1


def test_a_team_is_told_of_what_one_of_them_did(ruth: User, postbox: Postbox) -> None:
    team = make_team("Web", members=(ruth, make_user("olga")), email="web@example.net")
    wants(None, team=team)
    reopened(make_action("Copy off site"), by=ruth)
    assert told() == {"sent": 1}
    team.members.set([ruth])
    reopened(Action.objects.create(title="Another"), by=ruth)
    assert told(NOW + timedelta(hours=1)) == {}
