"""Who gets another name is found by it at once, and so is whatever bears that name."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from incidents.hosts.models import Host
from kb.accounts.models import User
from kb.outbox.drain import drain
from kb.search import indexing
from kb.search.backends import backend
from kb.search.backends.base import Backend
from kb.search.document import EVERYONE
from kb.search.language import parse
from tests.support.factories import make_group, make_host, make_incident, make_service


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
