"""What pages ask of the database with 500 incidents, 5,000 lines of a timeline and 300 lessons.

The numbers are pinned: a page that begins to ask once per row shows here.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents.records.factors import load_factors
from incidents.records.models import (
    Action,
    Factor,
    Incident,
    IncidentHost,
    IncidentLink,
    Lesson,
    TimelineEntry,
)
from incidents.records.steps import Reading, StatusMove
from kb.accounts.models import User
from tests.support.factories import NOW, make_host

pytestmark = pytest.mark.django_db

COUNTS = {
    "/incidents/": 6,
    "/incidents/?status=published&factor=hardware": 6,
    "/incidents/{n}/": 44,
    "/incidents/{n}/?lines=25": 43,
    "/incidents/{n}/edit/": 31,
    "/incidents/{n}/edit/?form=light": 9,
    "/incidents/{n}/log/": 5,
    "/incidents/{n}.md": 19,
    "/incidents/{n}/timeline.csv": 4,
    "/incidents/new/": 4,
    "/incidents/reading/": 7,
    "/factors/": 3,
    "/lessons/": 5,
    "/actions/": 6,
    "/api/v1/incidents/": 14,
    "/api/v1/incidents/{n}/timeline/": 5,
    "/api/v1/incidents/{n}/links/": 5,
    "/api/v1/incidents/{n}/missing/": 9,
    "/api/v1/factors/": 3,
    "/api/v1/reading/": 3,
}


@pytest.fixture
def many(responder: User) -> Incident:
    """The fullest incident of many."""
    load_factors()
    host = make_host("robert")
    factor = Factor.objects.get(slug="hardware")
    lessons = Lesson.objects.bulk_create(
        Lesson(slug=f"lesson-{n}", title=f"Lesson {n}", statement="So.") for n in range(300)
    )
    incidents = Incident.objects.bulk_create(
        Incident(
            title=f"Incident {n}", summary="It *stopped*.", author=responder, status="published",
            started_at=NOW - timedelta(days=n), created_at=NOW - timedelta(days=n),
        )
        for n in range(500)
    )  # fmt: skip
    IncidentHost.objects.bulk_create(IncidentHost(incident=one, host=host) for one in incidents)
    Incident.factors.through.objects.bulk_create(
        Incident.factors.through(incident=one, factor=factor) for one in incidents
    )
    Incident.lessons.through.objects.bulk_create(
        Incident.lessons.through(incident=one, lesson=lessons[n % 300])
        for n, one in enumerate(incidents)
    )
    first = incidents[0]
    TimelineEntry.objects.bulk_create(
        TimelineEntry(incident=first, at=NOW + timedelta(seconds=n), what=f"Line `{n}`",
                      by=responder)
        for n in range(5000)
    )  # fmt: skip
    Action.objects.bulk_create(
        Action(title=f"Action {n}", incident=incidents[n % 7], owner=responder) for n in range(100)
    )
    IncidentLink.objects.bulk_create(
        IncidentLink(kind="repeat-of", from_incident=first, to_incident=one, by=responder)
        for one in incidents[1:20]
    )
    StatusMove.objects.bulk_create(
        StatusMove(incident=first, at=NOW, before="published", after="amended", by=responder,
                   reason="More", revision=1)
        for _ in range(20)
    )  # fmt: skip
    Reading.objects.bulk_create(Reading(incident=one, added_by=responder) for one in incidents[:30])
    return first


def test_every_page_asks_as_often_as_it_says(many: Incident, responder: User) -> None:
    browser = Client()
    browser.force_login(responder)
    browser.get(f"/incidents/{many.pk}/")  # what is asked once per process
    asked = {}
    for address in COUNTS:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = browser.get(address.format(n=many.pk))
            if answer.streaming:
                b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        assert answer.status_code == 200, address
        asked[address] = len(queries)
    assert asked == COUNTS
