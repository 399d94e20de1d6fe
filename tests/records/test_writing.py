"""The rules of writing an incident, whatever door the words come through."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from incidents.records.models import Incident, TimelineEntry
from incidents.records.timeline import add_line, remove_line
from incidents.records.writing import create_incident, move, save_incident
from kb.accounts.models import User
from kb.outbox.models import OutboxRow
from kb.wiki import revisions
from kb.wiki.revisions import Conflict, Saved
from tests.support.factories import make_host, make_lesson, make_team

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_an_incident_and_all_its_links_are_stored_together(responder: User) -> None:
    make_host("robert"), make_host("david")
    make_lesson("RAID", slug="raid")
    incident = create_incident(
        by=responder,
        title="Gone",
        started_at=NINE.replace(microsecond=7),
        relations={"hosts": {"robert": "helped", "david": "affected"}, "lessons": ["raid"]},
    )
    assert incident.author == responder
    assert incident.started_at == NINE
    state = revisions.state_at(incident, 1)
    assert state is not None
    assert state["hosts"] == {"david": "affected", "robert": "helped"}
    assert state["lessons"] == ["raid"]
    assert OutboxRow.objects.filter(key=f"incident:{incident.pk}").exists()


@pytest.mark.parametrize(
    ("relations", "field", "words"),
    [
        ({"hosts": {"bob": "affected"}}, "hosts", "There is no host 'bob'."),
        ({"hosts": {"robert": "guilty"}}, "hosts", "The role of robert is one of"),
        ({"lessons": ["no-such"]}, "lessons", "There is no 'no-such' to link to."),
    ],
)
def test_a_link_to_nothing_stores_nothing(
    responder: User, relations: dict[str, object], field: str, words: str
) -> None:
    make_host("robert")
    with pytest.raises(ValidationError) as refused:
        create_incident(by=responder, title="Gone", relations=relations)
    assert words in refused.value.message_dict[field][0]
    assert not Incident.objects.exists()


def test_a_change_of_one_time_is_checked_against_those_stored(responder: User) -> None:
    incident = create_incident(by=responder, title="Gone", started_at=NINE)
    with pytest.raises(ValidationError) as refused:
        save_incident(
            incident,
            expected=1,
            by=responder,
            changes={"detected_at": NINE - timedelta(hours=1)},
        )
    assert list(refused.value.message_dict) == ["detected_at"]
    assert revisions.history(incident)[0].number == 1


def test_sources_name_times(responder: User) -> None:
    incident = create_incident(by=responder, title="Gone")
    for wrong in ({"begun": "x"}, ["started"], {"started": 3}):
        with pytest.raises(ValidationError, match="time"):
            save_incident(incident, expected=1, by=responder, changes={"time_sources": wrong})


def test_the_status_moves_forward_and_a_published_story_that_changes_is_amended(
    responder: User,
) -> None:
    incident = create_incident(by=responder, title="Gone")
    for status in ("review", "draft", "review", "published"):
        incident.refresh_from_db()
        assert isinstance(move(incident, status, by=responder), Saved)
    incident.refresh_from_db()
    with pytest.raises(ValidationError, match="From published it can go to amended"):
        move(incident, "draft", by=responder)
    save_incident(incident, expected=incident.revision, by=responder, changes={"tags": ["raid"]})
    incident.refresh_from_db()
    assert incident.status == "published"
    more: dict[str, Any] = {
        "expected": incident.revision, "by": responder, "changes": {"impact": "More."},
    }  # fmt: skip
    with pytest.raises(ValidationError, match="say in a few words what you correct, and why"):
        save_incident(incident, **more)
    save_incident(incident, **more, comment="The invoices of May were lost as well")
    incident.refresh_from_db()
    assert incident.status == "amended"
    assert [(move.before, move.after) for move in incident.moves.all()] == [
        ("", "draft"),
        ("draft", "review"),
        ("review", "draft"),
        ("draft", "review"),
        ("review", "published"),
        ("published", "amended"),
    ]
    last = incident.moves.last()
    assert last is not None
    assert (last.by, last.reason) == (responder, "The invoices of May were lost as well")


def test_a_stale_save_is_a_conflict_with_both_texts(responder: User, stranger: User) -> None:
    incident = create_incident(by=responder, title="Gone")
    save_incident(incident, expected=1, by=stranger, changes={"summary": "Theirs."})
    outcome = save_incident(incident, expected=1, by=responder, changes={"summary": "Mine."})
    assert isinstance(outcome, Conflict)
    assert (outcome.mine["summary"], outcome.theirs["summary"]) == ("Mine.", "Theirs.")


def test_whoever_restricts_an_incident_must_still_see_it(responder: User, stranger: User) -> None:
    incident = create_incident(by=responder, title="Gone")
    hide = {"visibility": "restricted"}
    with pytest.raises(ValidationError, match="You would no longer see it"):
        save_incident(incident, expected=1, by=stranger, changes=hide)
    incident.refresh_from_db()
    assert incident.visibility == "everyone"
    make_team("Storage", slug="storage", members=(stranger,))
    outcome = save_incident(
        incident, expected=1, by=stranger, changes=hide, relations={"allowed_teams": ["storage"]}
    )
    assert isinstance(outcome, Saved)


def test_a_line_sent_twice_stands_once(responder: User) -> None:
    incident = create_incident(by=responder, title="Gone")
    lines = [add_line(incident, by=responder, at=NINE, what="It stopped.\r\nDead.") for _ in "ab"]
    assert lines[0] == lines[1]
    assert TimelineEntry.objects.get().what == "It stopped.\nDead."


def test_a_line_taken_away_stays_in_the_history_and_starts_no_conflict(
    responder: User, stranger: User
) -> None:
    incident = create_incident(by=responder, title="Gone")
    line = add_line(incident, by=responder, at=NINE, what="It stopped.")
    remove_line(line, by=stranger)
    newest = revisions.history(incident)[0]
    assert newest.comment == "Removed from the timeline: 2026-11-23 09:00 It stopped."
    assert newest.by == stranger
    # A tired writer who began before that loses nothing and is asked nothing.
    outcome = save_incident(incident, expected=1, by=responder, changes={"summary": "Told."})
    assert isinstance(outcome, Saved)


def test_a_very_long_line_can_be_taken_away_too(responder: User) -> None:
    incident = create_incident(by=responder, title="Gone")
    remove_line(add_line(incident, by=responder, at=NINE, what="x" * 5000), by=responder)
    assert not incident.timeline.exists()
