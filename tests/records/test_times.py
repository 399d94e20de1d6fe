"""The five times: what may not lie before what, in words that name both."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError

from incidents.records import times
from incidents.records.models import Incident, TimelineEntry
from tests.support.factories import make_incident


def at(hour: int) -> datetime:
    return datetime(2026, 10, 23, hour, tzinfo=UTC)


IN_ORDER: list[dict[str, datetime | None]] = [
    {},
    {"started_at": at(1)},
    {"started_at": None, "resolved_at": at(2)},
    {"started_at": at(1), "detected_at": at(1), "resolved_at": at(1)},
    # Mitigated before anybody acknowledged it: somebody helped before saying so.
    {"detected_at": at(2), "acknowledged_at": at(5), "mitigated_at": at(3), "resolved_at": at(6)},
]


@pytest.mark.parametrize("known", IN_ORDER)
def test_times_that_can_be_true(known: dict[str, datetime | None]) -> None:
    assert times.out_of_order(known) == {}


@pytest.mark.parametrize(("earlier", "later"), times.ORDER)
def test_each_pair_out_of_order_names_both_and_the_database_agrees(
    earlier: str, later: str, db: None
) -> None:
    wrong = times.out_of_order({earlier: at(9), later: at(8)})
    assert wrong == {
        later: f"{times.word(later).capitalize()} (2026-10-23 08:00) lies before "
        f"{times.word(earlier)} (2026-10-23 09:00). One of the two needs correcting."
    }
    with pytest.raises(IntegrityError):
        make_incident(**{earlier: at(9), later: at(8)})


def test_spans_are_worked_out_from_what_is_known() -> None:
    incident = Incident(started_at=at(7), detected_at=at(8), resolved_at=at(10))
    assert [(span.label, span.length) for span in times.spans(incident)] == [
        ("until somebody knew", timedelta(hours=1)),
        ("until it was over", timedelta(hours=3)),
    ]


@pytest.mark.django_db
def test_one_moment_draws_no_scale_and_a_line_of_the_timeline_counts() -> None:
    incident = make_incident(started_at=at(7))
    assert times.scale(incident) is None
    TimelineEntry.objects.create(incident=incident, at=at(8), what="<b>Two</b>")
    plot = times.scale(incident)
    assert plot is not None
    assert "&lt;b&gt;Two&lt;/b&gt;" in plot.wide
