"""What hosts are told of the lessons that incidents around them have taught."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.hosts.models import Host
from incidents.patterns.fleet import Fleet
from incidents.records import actions, lessons, writing
from incidents.records.models import Incident, Lesson
from kb.accounts.models import User
from kb.outbox.models import OutboxRow
from tests.support.factories import (
    NOW,
    make_action,
    make_group,
    make_host,
    make_incident,
    make_lesson,
)

pytestmark = pytest.mark.django_db


def taught(host: Host) -> list[dict[str, Any]]:
    (view,) = Fleet.at(NOW, [host.pk], wanted={"taught"})
    return list(view.sections["taught"])


def happened(host: Host, lesson: Lesson, days: int = 10, **fields: Any) -> Incident:
    at = NOW - timedelta(days=days)
    return make_incident(hosts=(host,), lessons=(lesson,), started_at=at, **fields)


@pytest.fixture
def lesson() -> Lesson:
    return make_lesson("RAID is not a backup")


def test_nothing_was_taught(lesson: Lesson) -> None:
    happened(make_host("stranger"), lesson)
    assert taught(make_host()) == []


def test_the_newest_incident_speaks_for_a_lesson(lesson: Lesson) -> None:
    host = make_host("robert")
    happened(host, lesson, 400)
    newest = happened(host, lesson, 10)
    assert taught(host) == [
        {
            "lesson": "raid-is-not-a-backup", "incident": newest.pk, "days": 10.0,
            "here": "this host", "actions": 0, "open_actions": 0,
        }
    ]  # fmt: skip


def test_a_group_and_a_role_are_near_enough(lesson: Lesson) -> None:
    robert = make_host("robert")
    david = make_host("david", environment="production", role="database")
    make_group("Pair", members=(robert, david))
    peer = make_host("peer", environment="production", role="database")
    staging = make_host("staging", environment="staging", role="database")
    happened(david, lesson)
    assert [one["here"] for one in taught(robert)] == ["david, of the group pair"]
    assert [one["here"] for one in taught(peer)] == ["david, of the same role"]
    assert taught(staging) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"visibility": "restricted"},
        {"kind": "drill"},
        {"deleted_at": NOW},
        {"days": -1},
    ],
)
def test_what_is_restricted_a_drill_deleted_or_still_to_come_teaches_nobody(
    lesson: Lesson, fields: dict[str, Any]
) -> None:
    host = make_host()
    happened(host, lesson, **fields)
    assert taught(host) == []


def test_a_lesson_that_is_no_longer_held_is_left_out(lesson: Lesson) -> None:
    host = make_host()
    happened(host, lesson)
    Lesson.objects.update(state="retired")
    assert taught(host) == []


def test_actions_are_those_of_the_lesson_and_of_its_incidents_here(lesson: Lesson) -> None:
    host = make_host()
    incident = happened(host, lesson)
    secret = make_incident(visibility="restricted")
    make_action(lesson=lesson)
    make_action(incident=incident, state="done")
    make_action(incident=incident, lesson=make_lesson("Another"))
    make_action(lesson=lesson, state="dropped")
    make_action(lesson=lesson, incident=secret)
    (one,) = taught(host)
    assert (one["actions"], one["open_actions"]) == (2, 1)


def test_many_hosts_take_as_many_queries_as_one(lesson: Lesson) -> None:
    def asked(count: int) -> int:
        for _ in range(count):
            happened(make_host(environment="production", role="web"), lesson)
        with CaptureQueriesContext(connection) as queries:
            list(Fleet.at(NOW, wanted={"taught"}))
        return len(queries)

    assert asked(1) == asked(10)


def test_who_reads_it_is_asked_again_when_something_is_taught_or_done(
    responder: User, lesson: Lesson
) -> None:
    host = make_host("robert")
    incident = writing.create_incident(
        by=responder, title="Gone", relations={"hosts": {host.name: "affected"}}
    )
    OutboxRow.objects.all().delete()

    def waiting() -> bool:
        found = OutboxRow.objects.filter(topic="judge-section", key="taught").delete()[0] > 0
        return bool(found)

    lessons.teach(incident, lesson, by=responder)
    assert waiting()
    lessons.teach(incident, lesson, by=responder)
    assert not waiting()
    action = actions.create_action(by=responder, now=NOW, title="Back it up", lesson=lesson)
    assert waiting()
    actions.move(action, "done", by=responder, now=NOW)
    assert waiting()
    incident.refresh_from_db()
    writing.save_incident(
        incident, expected=incident.revision, by=responder, changes={"summary": "It was gone."}
    )
    assert not waiting()
    incident.refresh_from_db()
    writing.save_incident(
        incident, expected=incident.revision, by=responder, changes={}, relations={"hosts": {}}
    )
    assert waiting()
