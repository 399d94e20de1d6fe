"""``/settings/webhooks/``: admins make webhooks, try them and read how it went."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents.exports.models import Webhook
from kb.accounts.models import User
from tests.exports.receiver import Receiver

pytestmark = pytest.mark.django_db
ADDRESS = "/settings/webhooks/"
SAID = {
    "name": "Chat",
    "url": "https://chat.example.net/hook",
    "events": ["flag.opened", "incident.published"],
    "least_severity": "high",
    "enabled": "on",
}


@pytest.fixture
def browser(keeper: User, browser_of: Any) -> Client:
    signed_in: Client = browser_of(keeper)
    return signed_in


def test_making_one_shows_its_secret_once(browser: Client) -> None:
    answer = browser.post(ADDRESS, SAID)
    webhook = Webhook.objects.get()
    assert answer.status_code == 200
    assert webhook.secret in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    assert (webhook.events, webhook.least_severity) == (
        ["flag.opened", "incident.published"],
        "high",
    )
    for page in (ADDRESS, f"{ADDRESS}{webhook.pk}/"):
        assert webhook.secret not in browser.get(page).content.decode()


def test_a_mistake_keeps_what_was_typed(browser: Client) -> None:
    answer = browser.post(ADDRESS, SAID | {"url": "http://10.0.0.1/hook"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "WEBHOOK_ALLOW" in page
    assert 'value="http://10.0.0.1/hook"' in page
    assert not Webhook.objects.exists()


def test_the_button_sends_a_test_and_says_what_came_back(
    browser: Client, receiver: Receiver
) -> None:
    browser.post(ADDRESS, SAID | {"url": receiver.url})
    there = f"{ADDRESS}{Webhook.objects.get().pk}/"
    page = browser.post(f"{there}test/", follow=True).content.decode()
    assert "the receiver answered 204" in page
    receiver.status, receiver.answer_body = 500, b"<script>no</script>"
    page = browser.post(f"{there}test/", follow=True).content.decode()
    assert "The test failed. It answered 500" in page
    assert "<script>no" not in page
    assert [request.said["event"] for request in receiver.requests] == ["test", "test"]


def test_changing_and_switching_off_and_removing(browser: Client) -> None:
    browser.post(ADDRESS, SAID)
    webhook = Webhook.objects.get()
    there = f"{ADDRESS}{webhook.pk}/"
    off = {name: value for name, value in SAID.items() if name != "enabled"} | {"name": "Talk"}
    assert browser.post(there, off).status_code == 302
    webhook.refresh_from_db()
    assert (webhook.name, webhook.enabled) == ("Talk", False)
    before = webhook.secret
    browser.post(f"{there}secret/")
    webhook.refresh_from_db()
    assert webhook.secret != before
    for _ in range(2):
        assert browser.post(f"{there}remove/").status_code == 302
    assert not Webhook.objects.exists()


def test_the_list_asks_as_much_for_one_as_for_many(browser: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browser.get(ADDRESS).status_code == 200
        return len(queries)

    browser.post(ADDRESS, SAID)
    browser.get(ADDRESS)
    one = asked()
    for number in range(5):
        browser.post(ADDRESS, SAID | {"name": f"Chat {number}"})
    assert asked() == one


def test_only_admins_come_here(responder: User, browser_of: Any) -> None:
    webhook = Webhook.objects.create(name="Chat", url="https://chat.example.net/", events=[])
    client = browser_of(responder)
    assert client.get(ADDRESS).status_code == 403
    assert client.post(ADDRESS, SAID).status_code == 403
    for step in ("", "test/", "secret/", "remove/"):
        assert client.post(f"{ADDRESS}{webhook.pk}/{step}").status_code == 403
    assert Webhook.objects.get().secret == webhook.secret
    assert "Webhooks" not in client.get("/settings/").content.decode()
