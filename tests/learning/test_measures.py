"""What incidents add up to: distributions with median and n, counts, repeats, actions."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from incidents.hosts.models import Host
from incidents.learning.measures import measure, period_of
from incidents.records import between
from incidents.records.factors import load_factors
from incidents.records.models import Factor, Incident, Lesson, TimelineEntry
from kb.accounts.models import User
from tests.support.factories import NOW, make_action, make_host, make_incident, make_lesson

pytestmark = pytest.mark.django_db
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
TODAY = NOW.date()


def made(days: float, *minutes: float | None, **fields: Any) -> Incident:
    """Minutes after the start: detected, acknowledged, mitigated, resolved."""
    start = NOW - days * DAY
    names = ("detected_at", "acknowledged_at", "mitigated_at", "resolved_at")
    times = {
        name: start + after * MINUTE
        for name, after in zip(names, minutes, strict=False)
        if after is not None
    }
    return make_incident(started_at=start, **times, **fields)


def test_durations_are_distributions_with_median_and_n(viewer: User) -> None:
    for days, detected, resolved in ((1, 2, 30), (2, 10, 60), (3, 60, None), (4, None, 5000)):
        made(days, detected, None, None, resolved)
    found = measure(viewer, period_of({}, TODAY), today=TODAY)
    detect, acknowledge, _, resolve = found.spans
    assert (detect.n, detect.of, detect.middle) == (3, 4, 10 * MINUTE)
    assert detect.classes() == [1, 1, 1, 0, 0, 0, 0, 0]
    assert detect.middle_class() == 1
    assert detect.half_between is None  # three say too little
    assert (acknowledge.n, acknowledge.middle, acknowledge.middle_class()) == (0, None, None)
    assert (resolve.n, resolve.longest) == (3, 5000 * MINUTE)


def test_only_what_began_within_the_period_and_is_of_the_kind_counts(viewer: User) -> None:
    made(1)
    made(1, kind="near-miss")
    made(100)
    made(800)
    for wanted, kind, count in (
        ({"period": "90d"}, "incident", 1), ({}, "incident", 2), ({"period": "all"}, "incident", 3),
        ({"period": "90d"}, "all", 2), ({"period": "90d"}, "near-miss", 1),
        ({"from": str(TODAY - 100 * DAY), "to": str(TODAY - 99 * DAY)}, "incident", 1),
    ):  # fmt: skip
        found = measure(viewer, period_of(wanted, TODAY), today=TODAY, kind=kind)
        assert found.incidents == count, (wanted, kind)


@pytest.mark.parametrize(
    "wanted",
    [{"period": "9d"}, {"from": "monday"}, {"from": "2026-02-01", "to": "2026-01-01"}],
)
def test_a_period_that_makes_no_sense_is_refused(wanted: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        period_of(wanted, date(2026, 11, 23))


def test_restricted_incidents_count_only_for_those_who_may_see_them(
    viewer: User, responder: User
) -> None:
    load_factors()
    lesson, host = make_lesson("RAID", slug="raid"), make_host("david")
    secret = made(1, 5, visibility="restricted", author=responder, hosts=[host], lessons=[lesson])
    secret.factors.set(Factor.objects.filter(slug="hardware"))
    make_action(incident=secret, due=TODAY - DAY)
    for user, count in ((viewer, 0), (responder, 1)):
        found = measure(user, period_of({}, TODAY), today=TODAY)
        assert found.incidents == found.spans[0].n == len(found.factors) == count
        assert len(found.hosts) == len(found.lessons) == count
        assert found.actions.open == found.actions.overdue == count


def test_repeats_are_linked_ones_and_lessons_taught_again(viewer: User) -> None:
    lesson = make_lesson()
    first, again = made(50, lessons=[lesson]), made(2, lessons=[lesson])
    linked, other = made(3), made(4)
    between.link(linked, other, "repeat-of", by=None)
    found = measure(viewer, period_of({}, TODAY), today=TODAY)
    assert set(found.repeats) == {again, linked}
    assert first not in found.repeats
    assert found.without_lesson == 2


def test_the_page_shows_numbers_with_their_definitions_and_gives_csv(
    browser_of: Any, viewer: User
) -> None:
    today = timezone.now()
    host = make_host("=david")
    for minutes in (3, 20, 90):
        start = today - DAY
        make_incident(started_at=start, detected_at=start + minutes * MINUTE, hosts=[host])
    browser: Client = browser_of(viewer)
    page = browser.get("/incidents/metrics/").content.decode()
    assert "n = 3 of 3" in page
    assert "Median <strong>20 min</strong>" in page
    assert "From the start of harm until somebody or something noticed." in page
    assert "<svg" in page
    assert "No incident of this period has both times." in page
    refused = browser.get("/incidents/metrics/?period=9d")
    assert refused.status_code == 400
    assert "There is no period" in refused.content.decode()
    answer = browser.get("/incidents/metrics/?format=csv")
    lines = answer.getvalue().decode().splitlines()
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert lines[2].startswith('duration,detect,1200,"seconds, median",3,3,')
    assert any(line.startswith("hosts,'=david,3,count") for line in lines)


def test_the_api_gives_the_same_numbers(viewer_api: APIClient) -> None:
    start = timezone.now() - DAY
    make_incident(started_at=start, detected_at=start + 20 * MINUTE)
    told = viewer_api.get("/api/v1/incidents/metrics/?period=90d").json()
    assert told["incidents"] == 1
    detect = told["durations"][0]
    assert (detect["name"], detect["n"], detect["median_seconds"]) == ("detect", 1, 1200)
    assert [one["incidents"] for one in detect["distribution"]] == [0, 0, 1, 0, 0, 0, 0, 0]
    refused = viewer_api.get("/api/v1/incidents/metrics/?kind=party")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/kind"


@pytest.fixture
def much(viewer: User) -> Incident:
    """500 incidents, 5,000 lines, 300 lessons."""
    load_factors()
    start = timezone.now() - 100 * DAY
    hosts = Host.objects.bulk_create(Host(name=f"h-{n:03}") for n in range(40))
    lessons = Lesson.objects.bulk_create(
        Lesson(slug=f"l-{n}", title=f"Lesson {n}", statement="S") for n in range(300)
    )
    incidents = Incident.objects.bulk_create(
        Incident(title=f"The controller {n % 7} died", summary="It took the array along.",
                 started_at=start + n * HOUR, detected_at=start + n * HOUR + 9 * MINUTE)
        for n in range(500)
    )  # fmt: skip
    TimelineEntry.objects.bulk_create(
        TimelineEntry(incident=one, at=start, what=f"Line {n}") for one in incidents
        for n in range(10)
    )  # fmt: skip
    Incident.hosts.through.objects.bulk_create(
        Incident.hosts.through(incident=one, host=hosts[n % 40])  # type: ignore[misc]
        for n, one in enumerate(incidents)
    )
    Incident.lessons.through.objects.bulk_create(
        Incident.lessons.through(incident=one, lesson=lessons[n % 300])  # type: ignore[misc]
        for n, one in enumerate(incidents)
    )
    return incidents[-1]


def test_pages_cost_the_same_with_five_hundred_incidents(
    much: Incident, browser_of: Any, viewer: User, django_assert_num_queries: Any
) -> None:
    browser: Client = browser_of(viewer)
    for address, queries in (
        ("/incidents/metrics/", 10),
        (f"/incidents/{much.pk}/", 39),
        ("/lessons/", 5),
        ("/lessons/l-1/", 12),
    ):
        browser.get(address)
        with django_assert_num_queries(queries, info=address):
            assert browser.get(address).status_code == 200
