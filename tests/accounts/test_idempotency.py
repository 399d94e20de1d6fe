"""A POST that is sent again under its key gets the first answer, and does nothing."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from incidents.records.models import Incident
from kb.accounts import idempotency
from kb.accounts.models import IdempotentAnswer, User
from tests.support.factories import NOW, make_token, make_user

pytestmark = pytest.mark.django_db
TOLD = {"title": "The controller died", "summary": "It took the array along."}


@pytest.fixture
def tool(responder: User) -> APIClient:
    return client_of(responder)


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(user)}")
    return client


def tell(tool, key="a-key", body=TOLD):
    return tool.post("/api/v1/incidents/", body, format="json", headers={"Idempotency-Key": key})


def test_a_repeated_post_makes_one_incident_and_gets_the_same_answer(tool):
    first, second = tell(tool), tell(tool)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first["ETag"] == second["ETag"]
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert Incident.objects.count() == 1


def test_without_a_key_or_with_another_one_it_is_another_incident(tool):
    tell(tool, "one")
    tell(tool, "two")
    tool.post("/api/v1/incidents/", TOLD, format="json")
    assert Incident.objects.count() == 3


def test_the_same_key_for_other_words_is_refused(tool):
    tell(tool)
    answer = tell(tool, body={"title": "Another one"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/Idempotency-Key"
    assert Incident.objects.count() == 1


def test_keys_belong_to_people(tool):
    tell(tool)
    assert "Idempotency-Replayed" not in tell(client_of(make_user()))
    assert Incident.objects.count() == 2


def test_what_was_refused_may_be_tried_again(tool):
    assert tell(tool, body={"summary": "no title"}).status_code == 400
    assert IdempotentAnswer.objects.count() == 0
    assert tell(tool).status_code == 201


def test_whoever_may_not_write_gets_no_kept_answer(tool, responder):
    tell(tool)
    secret = make_token(responder)
    User.objects.filter(pk=responder.pk).update(is_active=False)
    stranger = APIClient()
    stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert tell(stranger).status_code == 401


def test_a_key_is_forgotten_after_a_day(tool, time_machine):
    time_machine.move_to(NOW, tick=False)
    tell(tool)
    time_machine.move_to(NOW + timedelta(days=1, seconds=1), tick=False)
    assert "Idempotency-Replayed" not in tell(tool)
    assert Incident.objects.count() == 2


@pytest.mark.parametrize("key", ["", "with space", "x" * 201, "umläut"])
def test_a_key_that_is_none_is_refused_with_its_mend(tool, key):
    answer = tell(tool, key)
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"pointer": "/Idempotency-Key", "detail": "Make it a UUID."}]


def test_when_the_work_dies_neither_work_nor_answer_is_kept(tool, monkeypatch):
    def die(*_):
        raise RuntimeError("power cut")

    monkeypatch.setattr(idempotency, "keep", die)
    with pytest.raises(RuntimeError):
        tell(tool)
    assert (Incident.objects.count(), IdempotentAnswer.objects.count()) == (0, 0)


def test_the_second_of_two_at_once_gets_the_answer_of_the_first(tool, monkeypatch):
    """The second looked before the first had stored anything."""
    first = tell(tool)
    answers = [None, *[IdempotentAnswer.objects.get()]]
    monkeypatch.setattr(idempotency, "find", lambda user, key: answers.pop(0))
    second = tell(tool)
    assert second.json() == first.json()
    assert Incident.objects.count() == 1
