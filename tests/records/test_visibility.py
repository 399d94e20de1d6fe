"""A restricted incident is there for whom it names, and nowhere at all for anybody else.

Every surface of this room is asked by everybody: list, page, history, API, the lesson it taught,
short links, citations, filters, actions, where else.
"""

from typing import Any

import pytest
from django.test import Client

from incidents.patterns.citations import cite
from incidents.records.derived import history
from incidents.records.models import Incident
from incidents.records.timeline import add_line
from incidents.records.writing import create_incident
from kb.accounts.models import Role, User
from kb.wiki.markdown import render
from tests.conftest import api_as
from tests.support.factories import (
    NOW,
    make_action,
    make_host,
    make_lesson,
    make_pattern,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db
SECRET = "The safe was open"


@pytest.fixture
def cast() -> dict[str, User]:
    """Who asks: two who are named, one in a named team, and three who are not."""
    people = {
        "author": make_user("ann"),
        "named": make_user("ned"),
        "teammate": make_user("tea"),
        "stranger": make_user("sam"),
        "viewer": make_user("vera", role=Role.VIEWER),
        "admin": make_user("kim", role=Role.ADMIN, is_staff=True, is_superuser=True),
    }
    make_team("Storage", slug="storage", members=(people["teammate"],))
    return people


@pytest.fixture
def secret(cast: dict[str, User]) -> Incident:
    make_host("robert")
    make_lesson("RAID", slug="raid")
    make_pattern("raid-only", lessons=["raid"])
    incident = create_incident(
        by=cast["author"],
        title=SECRET,
        summary="Someone walked in.",
        visibility="restricted",
        started_at=NOW,
        relations={
            "hosts": {"robert": "affected"},
            "lessons": ["raid"],
            "patterns": ["raid-only"],
            "allowed_users": ["ned"],
            "allowed_teams": ["storage"],
        },
    )
    add_line(incident, by=cast["author"], at=NOW, what="The door.")
    make_action("Change the lock", incident=incident)
    return incident


SEES = {"author", "named", "teammate"}
EVERYBODY = [*sorted(SEES), "stranger", "viewer", "admin"]

PAGES = [
    "/incidents/{n}/",
    "/incidents/{n}/history/",
    "/api/v1/incidents/{n}/",
    "/api/v1/incidents/{n}/timeline/",
    "/api/v1/incidents/{n}/timeline/{line}/",
    "/api/v1/actions/{action}/",
]
LISTS = [
    ("/incidents/", SECRET),
    ("/incidents/?restricted=1", SECRET),
    ("/incidents/?host=robert", SECRET),
    ("/lessons/raid/", SECRET),
    ("/lessons/", "taught 1 time"),
    ("/actions/", "Change the lock"),
    ("/actions/?state=all", SECRET),
    ("/api/v1/incidents/", SECRET),
    ("/api/v1/incidents/?lesson=raid", SECRET),
    ("/api/v1/lessons/raid/", '"incidents":[{n}]'),
    ("/api/v1/lessons/?incident={n}", '"slug":"raid"'),
    ("/api/v1/actions/?incident={n}", "Change the lock"),
]


def asked(user: User, address: str) -> Any:
    if address.startswith("/api/"):
        return api_as(user).get(address)
    browser = Client()
    browser.force_login(user)
    return browser.get(address)


def filled(text: str, secret: Incident) -> str:
    line, action = secret.timeline.get(), secret.actions.get()
    return (
        text.replace("{n}", str(secret.pk))
        .replace("{line}", str(line.pk))
        .replace("{action}", str(action.pk))
    )


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("address", PAGES)
def test_its_own_addresses(cast: dict[str, User], secret: Incident, who: str, address: str) -> None:
    answer = asked(cast[who], filled(address, secret))
    assert answer.status_code == (200 if who in SEES else 404)
    assert (SECRET in answer.content.decode()) <= (who in SEES)


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize(("address", "words"), LISTS)
def test_wherever_it_would_be_mentioned(
    cast: dict[str, User], secret: Incident, who: str, address: str, words: str
) -> None:
    answer = asked(cast[who], filled(address, secret))
    assert answer.status_code == 200
    assert (filled(words, secret) in answer.content.decode()) == (who in SEES)


@pytest.mark.parametrize("who", EVERYBODY)
def test_short_links_and_citations(cast: dict[str, User], secret: Incident, who: str) -> None:
    text = f"See #{secret.pk} and #{secret.pk + 999}."
    html = render(text, cast[who])
    cited = [citation.title for citation in cite(["raid-only"], cast[who])["raid-only"]]
    if who in SEES:
        assert f'href="/incidents/{secret.pk}/"' in html
        assert cited == ["RAID", f"#{secret.pk} {SECRET}"]
    else:
        # Just like a number that was never given.
        assert html == f"<p>{text}</p>\n"
        assert cited == ["RAID"]


@pytest.mark.parametrize("who", sorted(set(EVERYBODY) - SEES - {"viewer"}))
def test_a_stranger_changes_nothing_and_learns_nothing(
    cast: dict[str, User], secret: Incident, who: str
) -> None:
    browser = Client()
    browser.force_login(cast[who])
    line, action = secret.timeline.get(), secret.actions.get()
    for address in (
        f"/incidents/{secret.pk}/edit/",
        f"/incidents/{secret.pk}/status/",
        f"/incidents/{secret.pk}/timeline/new/",
        f"/incidents/{secret.pk}/timeline/{line.pk}/",
        f"/incidents/{secret.pk}/timeline/{line.pk}/remove/",
        f"/actions/{action.pk}/edit/",
        f"/actions/{action.pk}/state/",
    ):
        assert browser.post(address, {"title": "x", "state": "done"}).status_code == 404, address
    api = api_as(cast[who])
    patched = api.patch(f"/api/v1/incidents/{secret.pk}/", {}, format="json", HTTP_IF_MATCH="*")
    assert patched.status_code == 404
    for body in ({"title": "x", "incident": secret.pk}, {"title": "x", "incident": 99999}):
        answer = api.post("/api/v1/actions/", body, format="json")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/incident"
    taught = api.post(
        "/api/v1/lessons/",
        {"title": "T", "statement": "S", "taught_by": [secret.pk]},
        format="json",
    )
    assert taught.status_code == 400
    choices = browser.get("/actions/new/").content.decode()
    assert SECRET not in choices


def test_the_evaluator_never_hears_of_it(secret: Incident) -> None:
    host = secret.hosts.get()
    assert history([host], NOW) == {host.pk: {"incidents_365d": 0, "repeats": 0}}


def test_a_lesson_keeps_its_restricted_incident_when_a_stranger_edits_it(
    cast: dict[str, User], secret: Incident
) -> None:
    api = api_as(cast["stranger"])
    body = {"statement": "Better said.", "taught_by": []}
    answer = api.patch("/api/v1/lessons/raid/", body, format="json", HTTP_IF_MATCH="*")
    assert answer.status_code == 200
    assert [lesson.slug for lesson in secret.lessons.all()] == ["raid"]
