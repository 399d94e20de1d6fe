"""Who gets another name is found by it at once, and so is whatever bears that name."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from incidents.hosts.models import Host
from incidents.patterns import shipped
from kb.accounts.models import User
from kb.outbox.drain import drain
from kb.outbox.models import OutboxRow
from kb.search import indexing
from kb.search.backends import backend
from kb.search.backends.base import Backend
from kb.search.document import EVERYONE
from kb.search.language import parse
from tests.conftest import api_as
from tests.support.factories import (
    make_action,
    make_group,
    make_host,
    make_incident,
    make_lesson,
    make_pattern,
    make_service,
    make_site,
    make_team,
)  # fmt: skip


def found(text: str) -> set[str]:
    hits = backend().search(parse(text), principals={EVERYONE}).results
    return {f"{hit.kind} {hit.natural_key}" for hit in hits}


@pytest.fixture
def robert(index: Backend, db: None) -> Host:
    """A host that a guest, a service, a group and an incident name."""
    robert = make_host("robert")
    make_host("guest", parent=robert)
    mail = make_service("Mail", hosts=(robert,))
    make_group("Pair", members=(robert,))
    make_incident("Disks", pk=7, hosts=(robert,)).services.add(mail)
    indexing.rebuild()
    return robert


CHANGE: dict[str, Any] = {"format": "json", "headers": {"If-Match": "*"}}
BEARERS = {"host guest", "service mail", "group pair", "incident 7"}


def test_a_renamed_host_takes_along_what_bears_its_name(robert: Host, api: APIClient) -> None:
    answer = api.patch("/api/v1/hosts/robert/", {"name": "rupert"}, **CHANGE)
    assert (answer.status_code, answer.json()["name"]) == (200, "rupert")
    drain()
    assert found("rupert") == {"host rupert", *BEARERS}
    assert found("robert") == set()
    assert indexing.compare().drift == ()


def test_a_renamed_service_takes_along_what_bears_its_name(robert: Host, api: APIClient) -> None:
    answer = api.patch("/api/v1/services/mail/", {"slug": "post"}, **CHANGE)
    assert (answer.status_code, answer.json()["slug"]) == (200, "post")
    drain()
    assert found("service:post") == {"host robert", "service post", "incident 7"}
    assert indexing.compare().drift == ()


def test_renaming_on_the_page_does_the_same(
    robert: Host, browser_of: Callable[[User], Client], responder: User
) -> None:
    browser = browser_of(responder)
    form = browser.get("/hosts/robert/edit/").context["form"]
    sent = {name: form.get_initial_for_field(f, name) for name, f in form.fields.items()}
    sent = {name: value for name, value in sent.items() if value not in (None, False)}
    answer = browser.post("/hosts/robert/edit/", sent | {"name": "rupert"})
    assert answer.status_code == 302, answer.context["form"].errors
    drain()
    assert found("rupert") == {"host rupert", *BEARERS}
    assert indexing.compare().drift == ()


def test_a_team_called_otherwise_takes_along_what_it_owns(
    index: Backend, keeper: User, browser_of: Callable[[User], Client]
) -> None:
    team = make_team("Ops")
    robert = make_host("robert", owner=team)
    make_service("Mail", owner=team)
    make_incident("Disks", pk=7, hosts=(robert,))
    make_action(incident=make_incident("Fans", pk=8), team=team)
    make_lesson("Look", owner=team)
    indexing.rebuild()
    owned = found("team:ops")
    assert owned == {"host robert", "service mail", "incident 7", "incident 8", "lesson look"}

    answer = api_as(keeper).patch("/api/v1/teams/ops/", {"slug": "night"}, **CHANGE)
    assert answer.status_code == 200
    drain()
    assert (found("team:night"), found("team:ops")) == (owned, set())

    page = {"slug": "day", "name": "By day", "email": "", "members": []}
    assert browser_of(keeper).post("/settings/teams/night/", page).status_code == 302
    drain()
    assert found("team:day") == owned
    assert found('"by day"') == {"host robert", "service mail"}
    assert indexing.compare().drift == ()


def test_what_is_not_in_a_name_has_nothing_indexed_anew(index: Backend, keeper: User) -> None:
    make_host("robert", owner=make_team("Ops"))
    api_as(keeper).patch("/api/v1/teams/ops/", {"email": "ops@example.net"}, **CHANGE)
    assert not OutboxRow.objects.filter(topic="index").exists()


def test_a_site_called_otherwise_takes_along_the_incidents_of_its_hosts(
    index: Backend, api: APIClient
) -> None:
    robert = make_host("robert", site=make_site("Lon1"))
    make_incident("Disks", pk=7, hosts=(robert,))
    indexing.rebuild()
    assert api.patch("/api/v1/sites/lon1/", {"slug": "lon2"}, **CHANGE).status_code == 200
    drain()
    assert found("site:lon2") == {"site lon2", "host robert", "incident 7"}
    assert indexing.compare().drift == ()


def test_a_lesson_has_a_pattern_only_while_that_is_on(index: Backend, db: None) -> None:
    make_lesson("Look", slug="look")
    spec = {
        "pattern": "looks", "title": "Looks", "severity": "high", "likelihood": "medium",
        "applies": "true", "match": "custom.bad == true", "lessons": ["look"],
    }  # fmt: skip
    pattern = make_pattern("looks", lessons=["look"], spec=spec)
    indexing.rebuild()
    assert found("has:pattern") == {"lesson look"}
    for on, having in ((False, set()), (True, {"lesson look"})):
        shipped.set_enabled(pattern, on, now=timezone.now())
        drain()
        assert found("has:pattern") == having
        assert indexing.compare().drift == ()
