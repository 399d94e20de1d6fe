"""What incidents tell the evaluator about a host."""

from datetime import timedelta

import pytest

from incidents.patterns.derived import sections
from incidents.records.derived import history
from tests.support.factories import NOW, make_host, make_incident, make_lesson

pytestmark = pytest.mark.django_db


def days_ago(number: int):  # type: ignore[no-untyped-def]
    return NOW - timedelta(days=number)


def test_it_counts_what_hurt_here_within_a_year_and_what_repeats() -> None:
    robert, david = make_host("robert"), make_host("david")
    raid, path = make_lesson("RAID"), make_lesson("Path")
    make_incident("Old", hosts=[robert], lessons=[raid], started_at=days_ago(400))
    make_incident("Again", hosts=[robert], lessons=[raid, path], started_at=days_ago(30))
    make_incident("Known late", hosts=[robert], lessons=[path], detected_at=days_ago(10))
    assert history([robert, david], NOW) == {
        robert.pk: {"incidents_365d": 2, "repeats": 2, "last_incident_days": 10.0},
        david.pk: {"incidents_365d": 0, "repeats": 0},
    }


def test_drills_near_misses_helpers_the_deleted_and_the_future_do_not_count() -> None:
    robert = make_host("robert")
    make_incident("Drill", hosts=[robert], kind="drill", started_at=days_ago(1))
    make_incident("Near", hosts=[robert], kind="near-miss", started_at=days_ago(1))
    make_incident("Gone", hosts=[robert], started_at=days_ago(1), deleted_at=NOW)
    make_incident("Ahead", hosts=[robert], started_at=days_ago(-1))
    helped = make_incident("Helped", started_at=days_ago(1))
    helped.host_links.create(host=robert, role="helped")
    assert history([robert], NOW) == {robert.pk: {"incidents_365d": 0, "repeats": 0}}


def test_it_is_registered_and_costs_the_same_for_any_number_of_hosts(
    django_assert_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    hosts = [make_host(f"h{number}") for number in range(10)]
    for number in range(10):
        make_incident(f"I{number}", hosts=hosts, started_at=days_ago(number + 1))
    compute = sections["history"].compute
    with django_assert_num_queries(3):
        assert compute(hosts, NOW, None)[hosts[0].pk]["incidents_365d"] == 10
