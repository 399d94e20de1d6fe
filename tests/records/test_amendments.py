"""Times stay in order, and what has been published is corrected in the open, whatever is tried."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from incidents.records.models import Incident, TimelineEntry
from incidents.records.status import OUT
from incidents.records.timeline import add_line, remove_line, save_line
from incidents.records.times import ORDER, TIMES, out_of_order, spans
from incidents.records.writing import create_incident, move, save_incident
from kb.accounts.models import User
from kb.wiki.revisions import Saved
from tests.support.factories import NOW, make_incident, make_user

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
times = st.dictionaries(
    st.sampled_from(TIMES),
    st.one_of(st.none(), st.integers(0, 4).map(lambda n: START + timedelta(minutes=n))),
)
steps = st.lists(
    st.one_of(
        times.map(lambda changes: ("times", changes)),
        st.sampled_from(["review", "published", "draft", "amended"]).map(lambda s: ("move", s)),
        st.just(("line", None)),
    ),
    max_size=8,
)


class Orders(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(times)
    def test_the_database_and_the_forms_refuse_the_same_times(self, given: Any) -> None:
        broken = bool(out_of_order(given))
        try:
            with transaction.atomic():
                Incident.objects.create(title="x", **given)
        except IntegrityError:
            assert broken
        else:
            assert not broken

    @settings(max_examples=25, deadline=None)
    @given(steps)
    def test_every_correction_of_what_was_published_is_on_record(self, steps: Any) -> None:
        ruth = make_user()
        incident = create_incident(by=ruth, title="Gone")
        seen: list[tuple[str, str]] = [("", "draft")]
        for number, (what, value) in enumerate(steps):
            incident.refresh_from_db()
            before = incident.status
            told = {name: getattr(incident, name) for name in TIMES}
            try:
                _take(incident, ruth, what, value, number)
            except ValidationError:
                incident.refresh_from_db()
                assert {name: getattr(incident, name) for name in TIMES} == told
                assert incident.status == before
                continue
            incident.refresh_from_db()
            corrected = before in OUT and (
                what == "line" or told != {name: getattr(incident, name) for name in TIMES}
            )
            if corrected:
                assert incident.status == "amended"
            if corrected or incident.status != before:
                seen.append((before, incident.status))
        assert [(one.before, one.after) for one in incident.moves.all()] == seen
        assert all(one.reason for one in incident.moves.all() if one.before in OUT)
        for earlier, later in ORDER:
            first, second = getattr(incident, earlier), getattr(incident, later)
            assert first is None or second is None or first <= second


def _take(incident: Incident, by: User, what: str, value: Any, number: int) -> None:
    if what == "move":
        move(incident, value, by=by, reason="We looked again")
    elif what == "line":
        add_line(incident, by=by, at=START, what=f"Line {number}")
    else:
        save_incident(
            incident, expected=incident.revision, by=by, changes=value, comment="We looked again"
        )


@pytest.mark.django_db
def test_the_durations_follow_a_correction(responder: User) -> None:
    incident = create_incident(
        by=responder, title="Gone", started_at=START, resolved_at=START + timedelta(hours=2),
        status="published",
    )  # fmt: skip
    save_incident(
        incident,
        expected=1,
        by=responder,
        changes={"resolved_at": START + timedelta(hours=3)},
        comment="The last queue was empty an hour later",
    )
    incident.refresh_from_db()
    assert [span.length for span in spans(incident)] == [timedelta(hours=3)]
    assert incident.status == "amended"


@pytest.mark.django_db
def test_a_line_that_is_corrected_or_taken_off_amends_what_was_published(responder: User) -> None:
    incident = make_incident("Gone", status="published")
    line = add_line(incident, by=None, at=NOW, what="One")
    incident.refresh_from_db()
    assert incident.status == "published"  # nobody wrote that line
    outcome = save_line(line, expected=1, by=responder, changes={"what": "Two"})
    assert isinstance(outcome, Saved)
    remove_line(TimelineEntry.objects.get(), by=responder)
    incident.refresh_from_db()
    assert incident.status == "amended"
    assert [one.reason for one in incident.moves.all()] == [
        "The line of 2026-11-23 09:00 UTC was corrected",
        "Removed from the timeline: 2026-11-23 09:00 Two",
    ]
