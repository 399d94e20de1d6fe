"""PagerDuty's webhooks: only with the right signature, one incident there is one here."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from incidents.records.models import Incident

pytestmark = pytest.mark.django_db
SECRET = "a shared secret"


@pytest.fixture(autouse=True)
def secrets(settings: Any) -> None:
    settings.PAGERDUTY_SECRETS = ["an old one", SECRET]


def event(kind: str = "incident.triggered", at: str = "2026-11-23T02:00:00Z") -> dict[str, Any]:
    return {
        "event": {
            "id": "01E",
            "event_type": kind,
            "occurred_at": at,
            "data": {
                "id": "PGR0VU2",
                "type": "incident",
                "title": "The shop is down",
                "urgency": "high",
                "created_at": "2026-11-23T01:58:00Z",
                "html_url": "https://acme.pagerduty.com/incidents/PGR0VU2",
                "service": {"summary": "Shop"},
            },
        }
    }


def send(body: Any, signature: str | None = None) -> Any:
    raw = json.dumps(body).encode()
    good = "v1=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    return Client().post(
        "/api/v1/hooks/pagerduty/", raw, content_type="application/json",
        headers={"X-PagerDuty-Signature": good if signature is None else signature},
    )  # fmt: skip


def test_an_incident_there_is_followed_here() -> None:
    assert send(event()).json()["opened"] is True
    assert send(event()).json()["alerts"][0]["did"] == "known"
    send(event("incident.acknowledged", "2026-11-23T02:05:00Z"))
    send(event("incident.resolved", "2026-11-23T03:00:00Z"))
    incident = Incident.objects.get()
    assert (incident.title, incident.severity) == ("The shop is down", "critical")
    assert incident.detected_at == datetime(2026, 11, 23, 1, 58, tzinfo=UTC)
    assert incident.acknowledged_at == datetime(2026, 11, 23, 2, 5, tzinfo=UTC)
    assert incident.resolved_at == datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    assert incident.time_sources == {
        "detected": "PagerDuty", "acknowledged": "PagerDuty", "resolved": "PagerDuty",
    }  # fmt: skip


@pytest.mark.parametrize("signature", ["", "v1=", "v1=00", "v0=abc", "nonsense"])
def test_a_wrong_signature_is_refused(signature: str) -> None:
    assert send(event(), signature).status_code == 401
    assert Incident.objects.count() == 0


def test_one_of_several_signatures_is_enough() -> None:
    raw = json.dumps(event()).encode()
    good = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    assert send(event(), f"v1=00,v1={good}").status_code == 200


def test_without_a_secret_the_door_is_shut(settings: Any) -> None:
    settings.PAGERDUTY_SECRETS = []
    assert send(event()).status_code == 404


def test_other_events_change_nothing() -> None:
    assert send(event("incident.annotated")).json()["incident"] is None
    assert Incident.objects.count() == 0


def test_an_event_without_an_incident_is_refused() -> None:
    body = event()
    del body["event"]["data"]["id"]
    response = send(body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/event/data/id"


def test_one_that_is_opened_again_is_the_same_and_ends_again() -> None:
    send(event())
    send(event("incident.resolved", "2026-11-23T03:00:00Z"))
    assert send(event("incident.reopened", "2026-11-24T08:00:00Z")).json()["opened"] is False
    incident = Incident.objects.get()
    assert incident.resolved_at is None
    assert "resolved" not in incident.time_sources
    send(event("incident.resolved", "2026-11-23T03:00:00Z"))  # a late retry
    incident.refresh_from_db()
    assert incident.resolved_at is None
    send(event("incident.resolved", "2026-11-24T09:00:00Z"))
    incident.refresh_from_db()
    assert incident.resolved_at == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert incident.detected_at == datetime(2026, 11, 23, 1, 58, tzinfo=UTC)


def test_the_short_address_is_the_same_door() -> None:
    raw = json.dumps(event()).encode()
    answer = Client().post("/hooks/pagerduty/", raw, content_type="application/json")
    assert answer.status_code == 401
