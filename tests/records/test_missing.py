"""What a write-up still lacks is worked out, by code."""

import pytest

from incidents.records.missing import CODES, missing
from incidents.records.timeline import add_line
from incidents.records.writing import create_incident
from kb.accounts.models import User
from tests.support.factories import NOW, make_action, make_host, make_incident, make_lesson

pytestmark = pytest.mark.django_db


def codes(incident: object) -> list[str]:
    return [one.code for one in missing(incident)]  # type: ignore[arg-type]


def test_an_empty_one_lacks_everything_that_can_be_lacking() -> None:
    of_what_is_there = {"no-time-source", "action-without-owner-or-day"}
    assert codes(make_incident()) == [code for code in CODES if code not in of_what_is_there]


def test_a_near_miss_needs_no_end_and_no_recovery() -> None:
    lacking = codes(make_incident(kind="near-miss"))
    assert not {"no-end", "no-mitigation-time", "no-recovery"} & set(lacking)


def test_what_is_written_is_no_longer_missing(responder: User) -> None:
    make_host("robert")
    make_lesson("RAID", slug="raid")
    incident = create_incident(
        by=responder, title="Gone", summary="Told.", impact="None.", trigger="A drive.",
        detection="A mail.", recovery="The copy.", started_at=NOW, detected_at=NOW,
        mitigated_at=NOW, resolved_at=NOW,
        time_sources=dict.fromkeys(("started", "detected", "mitigated", "resolved"), "syslog"),
        relations={"hosts": {"robert": "affected"}, "lessons": ["raid"]},
    )  # fmt: skip
    add_line(incident, by=responder, at=NOW, what="x")
    action = make_action("Mend it", incident=incident)
    assert codes(incident) == ["no-factor", "action-without-owner-or-day"]
    action.owner, action.due = responder, NOW.date()
    action.save()
    assert codes(incident) == ["no-factor"]
