"""One edit of many hosts: a result for each, and the way back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from incidents.hosts import bulk, register
from incidents.hosts.models import Host
from kb.accounts.models import User
from tests.support.factories import make_host, make_site, make_team

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fleet() -> None:
    make_site("London")
    make_team("Platform")
    for name, role in (("web-1", "web"), ("web-2", "web"), ("db-1", "database")):
        make_host(name, role=role, tags=["old"])


def said(name: str = "role") -> dict[str, Any]:
    return dict(Host.objects.values_list("name", name))


def test_the_ticked_ones_are_changed_and_brought_back(browser_of: Browser, responder: User) -> None:
    browser = browser_of(responder)
    body = {"host": ["web-1", "db-1"], "field": "role", "value": "mail", "next": "/hosts/?q=1"}
    page = browser.post("/hosts/bulk/", body).content.decode()
    assert "2 of 2 changed" in page
    assert "/hosts/?q=1" in page
    assert said() == {"web-1": "mail", "web-2": "web", "db-1": "mail"}
    done = ["web-1 1 2", "db-1 1 2"]
    for name in done:
        assert f'value="{name}"' in page
    for _ in range(2):
        page = browser.post("/hosts/bulk/undo/", {"done": done}).content.decode()
        assert said() == {"web-1": "web", "web-2": "web", "db-1": "database"}
    assert "nothing to do" in page


def test_all_that_the_filters_leave(browser_of: Browser, responder: User) -> None:
    body = {"all": "on", "query": "role=web", "field": "site", "value": "London"}
    browser_of(responder).post("/hosts/bulk/", body)
    assert said("site__slug") == {"web-1": "london", "web-2": "london", "db-1": None}


def test_what_somebody_changed_since_is_not_brought_back(
    browser_of: Browser, responder: User
) -> None:
    browser = browser_of(responder)
    browser.post("/hosts/bulk/", {"host": ["web-1"], "field": "role", "value": "mail"})
    host = Host.objects.get(name="web-1")
    register.save(host, expected=host.revision, by=responder, changes={"rack": "4"})
    page = browser.post("/hosts/bulk/undo/", {"done": ["web-1 1 2", "gone 1 2"]}).content.decode()
    assert "Somebody changed it since" in page
    assert "There is no host of that name" in page
    assert said()["web-1"] == "mail"


@pytest.mark.parametrize(
    ("field", "value", "column", "stored"),
    [
        ("owner", "platform", "owner__name", "Platform"),
        ("important", "yes", "important", True),
        ("important", "", "important", None),
        ("criticality", "High", "criticality", "high"),
        ("status", "retired", "status", "retired"),
        ("add_tag", "new", "tags", ["old", "new"]),
        ("remove_tag", "old", "tags", []),
        ("site", "", "site", None),
    ],
)
def test_what_can_be_said(
    responder: User, field: str, value: str, column: str, stored: Any
) -> None:
    hosts = list(Host.objects.filter(name="web-1"))
    bulk.edit(hosts, field, bulk.read_value(field, value), by=responder)
    assert said(column)["web-1"] == stored
    again = bulk.edit(list(Host.objects.filter(name="web-1")), field,
                      bulk.read_value(field, value), by=responder)  # fmt: skip
    assert [one.did for one in again] == [bulk.NOTHING]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"host": ["web-1"], "field": "site", "value": "Paris"}, "There are: london"),
        ({"host": ["web-1"], "field": "important", "value": "perhaps"}, "Important: yes, no"),
        ({"host": ["web-1"], "field": "maintenance_until", "value": "soon"}, "Write a time"),
        ({"host": ["web-1"], "field": "name", "value": "x"}, "Choose one of"),
        ({"field": "role", "value": "x"}, "Tick the hosts"),
    ],
)
def test_what_will_not_do_is_told_and_changes_nothing(
    browser_of: Browser, responder: User, body: Any, words: str
) -> None:
    page = browser_of(responder).post("/hosts/bulk/", body, follow=True).content.decode()
    assert words in page
    assert said() == {"web-1": "web", "web-2": "web", "db-1": "database"}


def test_a_viewer_may_not(browser_of: Browser, viewer: User, viewer_api: APIClient) -> None:
    browser = browser_of(viewer)
    assert browser.post("/hosts/bulk/", {"host": ["web-1"], "field": "role"}).status_code == 403
    assert browser.post("/hosts/bulk/undo/", {"done": ["web-1 1 2"]}).status_code == 403
    assert 'form="bulk"' not in browser.get("/hosts/").content.decode()
    body = {"hosts": ["web-1"], "field": "role", "value": "x"}
    assert viewer_api.post("/api/v1/hosts/bulk/", body, format="json").status_code == 403


def test_nobody_is_led_to_another_site(browser_of: Browser, responder: User) -> None:
    body = {"host": ["web-1"], "field": "role", "value": "x", "next": "//evil.example"}
    assert "evil.example" not in browser_of(responder).post("/hosts/bulk/", body).content.decode()


def test_tooling_gets_a_result_per_host(api: APIClient) -> None:
    body = {"hosts": ["web-1", "db-1", "nobody"], "field": "role", "value": "web"}
    answer = api.post("/api/v1/hosts/bulk/", body, format="json").json()["results"]
    assert [(one["host"], one["did"]) for one in answer] == [
        ("db-1", "done"), ("web-1", "nothing to do"), ("nobody", "refused"),
    ]  # fmt: skip
    body = {"filter": {"role": "web"}, "field": "rack", "value": "4"}
    assert len(api.post("/api/v1/hosts/bulk/", body, format="json").json()["results"]) == 3


@pytest.mark.parametrize(
    "body",
    [
        {"field": "role"},
        {"hosts": ["web-1"], "filter": {}, "field": "role"},
        {"filter": {"colour": "red"}, "field": "role"},
        {"hosts": ["web-1"], "field": "name"},
        {"hosts": ["web-1"], "field": "site", "value": "Paris"},
    ],
)
def test_tooling_is_told_what_is_wrong(api: APIClient, body: Any) -> None:
    answer = api.post("/api/v1/hosts/bulk/", body, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_columns_are_chosen_in_the_address(browser_of: Browser, viewer: User) -> None:
    page = browser_of(viewer).get("/hosts/?columns=rack,tags&role=web").content.decode()
    head = page.split("<thead>")[1].split("</thead>")[0]
    assert "Rack" in head
    assert "Tags" in head
    assert "System" not in head
    assert '<input type="hidden" name="columns" value="rack,tags">' in page
    assert '<input type="hidden" name="role" value="web">' in page
    usual = browser_of(viewer).get("/hosts/?columns=nonsense").content.decode()
    assert "System" in usual.split("<thead>")[1].split("</thead>")[0]
