"""How incidents, lessons and pages look to search, and to whom."""

import pytest

from incidents.records.timeline import add_line
from incidents.records.writing import create_incident
from kb.accounts.models import User
from kb.outbox.models import OutboxRow
from kb.search.document import EVERYONE, of_team, of_user, principals_of
from kb.search.registry import searchables
from kb.wiki.pages import create_page
from tests.support.factories import (
    NOW,
    make_action,
    make_host,
    make_incident,
    make_lesson,
    make_team,
)

pytestmark = pytest.mark.django_db


def test_an_incident_is_found_by_everything_that_is_told_of_it(responder: User) -> None:
    make_host("robert")
    incident = create_incident(
        by=responder,
        title="The controller",
        severity="critical",
        started_at=NOW,
        summary="The **array** failed, says [the log](https://x.example).",
        tags=["raid"],
        relations={"hosts": {"robert": "affected"}},
    )
    add_line(incident, by=responder, at=NOW, what="FW in FAULT state", evidence="dmesg")
    make_action("Back it up", incident=incident)
    search = searchables["incident"]
    document = search.document(search.queryset().get())
    assert document.key == f"incident:{incident.pk}"
    assert document.natural_key == str(incident.pk)
    assert document.names == [f"#{incident.pk}"]
    assert document.body == (
        "The array failed, says the log.\nFW in FAULT state\ndmesg\nBack it up"
    )
    assert (document.severity, document.state, document.date) == ("critical", "draft", NOW)
    assert (document.hosts, document.tags, document.allowed) == (["robert"], ["raid"], [EVERYONE])


def test_a_restricted_one_is_found_by_exactly_those_who_see_it(
    responder: User, stranger: User, keeper: User, viewer: User
) -> None:
    team = make_team("Storage", members=(viewer,))
    incident = make_incident("Secret", visibility="restricted", author=responder)
    incident.allowed_teams.add(team)
    search = searchables["incident"]
    allowed = set(search.document(search.queryset().get()).allowed)
    assert allowed == {of_user(responder.pk), of_team(team.pk)}
    for person in (responder, stranger, keeper, viewer):
        finds = bool(allowed & principals_of(person))
        assert finds == search.visible(person).filter(pk=incident.pk).exists(), person


def test_what_is_in_the_bin_is_not_indexed() -> None:
    make_incident("Gone", deleted_at=NOW)
    make_lesson("Gone", deleted_at=NOW)
    assert not searchables["incident"].queryset().exists()
    assert not searchables["lesson"].queryset().exists()


def test_lessons_and_pages_are_found_by_their_words() -> None:
    make_lesson("RAID is not a backup", slug="raid", why="*It* brings nothing back.")
    create_page(by=None, title="Swap the pair", body="1. Breathe", is_runbook=True)
    lesson, page = (
        searchables[kind].document(searchables[kind].queryset().get())
        for kind in ("lesson", "page")
    )
    assert (lesson.natural_key, lesson.url) == ("raid", "/lessons/raid/")
    assert "It brings nothing back." in lesson.body
    assert (page.natural_key, page.body, page.state) == ("swap-the-pair", "Breathe", "runbook")


def test_a_line_and_an_action_tell_the_index_about_their_incident(responder: User) -> None:
    incident = make_incident("Gone")
    add_line(incident, by=responder, at=NOW, what="x")
    assert list(OutboxRow.objects.values_list("topic", "key")) == [
        ("index", f"incident:{incident.pk}")
    ]
