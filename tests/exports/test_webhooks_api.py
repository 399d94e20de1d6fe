"""``/api/v1/webhooks/``: admins make, change, try and remove webhooks."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from incidents.exports.models import Webhook, WebhookDelivery
from kb.accounts.models import User
from tests.conftest import api_as
from tests.exports.receiver import Receiver

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/webhooks/"
SAID = {"name": "Chat", "url": "https://chat.example.net/hook", "events": ["flag.opened"]}


@pytest.fixture
def keeper_api(keeper: User) -> APIClient:
    return api_as(keeper)


def test_the_secret_is_told_when_it_is_made_and_never_again(keeper_api: APIClient) -> None:
    made = keeper_api.post(ADDRESS, SAID, format="json")
    assert made.status_code == 201
    webhook = Webhook.objects.get()
    told = made.json()
    assert told.pop("secret") == webhook.secret
    for name in ("made_at", "id"):
        assert told.pop(name)
    assert told == {
        **SAID,
        "least_severity": "low",
        "enabled": True,
        "by": "kim",
        "failures": 0,
        "failing_since": None,
        "next_try_at": None,
        "switched_off_at": None,
        "switched_off_because": "",
    }
    read = keeper_api.get(f"{ADDRESS}{webhook.pk}/")
    assert "secret" not in read.json()
    assert webhook.secret not in keeper_api.get(ADDRESS).content.decode()
    again = keeper_api.post(f"{ADDRESS}{webhook.pk}/secret/")
    assert again.json()["secret"] not in ("", webhook.secret)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"url": "http://127.0.0.1/"}, "/url"),
        ({"url": "nonsense"}, "/url"),
        ({"events": []}, "/events"),
        ({"events": ["flag.eaten"]}, "/events/0"),
        ({"least_severity": "huge"}, "/least_severity"),
        ({"name": ""}, "/name"),
    ],
)
def test_what_is_wrong_is_named(keeper_api: APIClient, wrong: Any, pointer: str) -> None:
    answer = keeper_api.post(ADDRESS, SAID | wrong, format="json")
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not Webhook.objects.exists()


def test_one_name_makes_one_webhook(keeper_api: APIClient) -> None:
    keeper_api.post(ADDRESS, SAID, format="json")
    answer = keeper_api.post(ADDRESS, SAID, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/name"
    assert Webhook.objects.count() == 1


def test_changing_needs_the_state_that_was_read(keeper_api: APIClient) -> None:
    address = f"{ADDRESS}{keeper_api.post(ADDRESS, SAID, format='json').json()['id']}/"
    said = {"least_severity": "high"}
    assert keeper_api.patch(address, said, format="json").status_code == 428
    tag = keeper_api.get(address).headers["ETag"]
    changed = keeper_api.patch(address, said, format="json", headers={"If-Match": tag})
    assert changed.json()["least_severity"] == "high"
    stale = keeper_api.patch(address, said, format="json", headers={"If-Match": tag})
    assert stale.status_code == 412
    assert keeper_api.delete(address, headers={"If-Match": "*"}).status_code == 204
    assert keeper_api.get(address).status_code == 404


def test_a_test_is_sent_at_once_and_logged(keeper_api: APIClient, receiver: Receiver) -> None:
    made = keeper_api.post(ADDRESS, SAID | {"url": receiver.url}, format="json").json()
    told = keeper_api.post(f"{ADDRESS}{made['id']}/test/")
    assert (told.status_code, told.json()["state"], told.json()["status"]) == (200, "sent", 204)
    (request,) = receiver.requests
    assert request.said["event"] == "test"
    assert request.is_signed_with(made["secret"])
    receiver.status = 401
    failed = keeper_api.post(f"{ADDRESS}{made['id']}/test/").json()
    assert (failed["state"], failed["error"]) == ("failed", "It answered 401.")
    log = keeper_api.get(f"{ADDRESS}{made['id']}/deliveries/").json()["results"]
    assert [(row["event"], row["state"]) for row in log] == [("test", "failed"), ("test", "sent")]
    assert Webhook.objects.get().failures == 0, "a test is no failing"
    assert WebhookDelivery.objects.exclude(body="").count() == 0


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_else_comes_near(api: APIClient, method: str) -> None:
    assert getattr(api, method)(ADDRESS, SAID, format="json").status_code == 403
    assert APIClient().get(ADDRESS).status_code == 401
