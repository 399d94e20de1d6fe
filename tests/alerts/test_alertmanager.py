"""Alertmanager's webhook: a draft per group, a line per alert, and repeats that change nothing."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from rest_framework.test import APIClient

from incidents.alerts.models import Alert, AlertGroup
from incidents.records.models import Incident, TimelineEntry
from incidents.records.writing import save_incident
from kb.outbox.models import OutboxRow
from tests.support.factories import make_host, make_token, make_user

pytestmark = pytest.mark.django_db
FIRED = datetime(2026, 11, 23, 0, 20, 53, tzinfo=UTC)
OVER = "2026-11-23T00:50:57Z"
NEVER = "0001-01-01T00:00:00Z"


def alert(fingerprint: str = "f1", **more: Any) -> dict[str, Any]:
    labels = {"alertname": "RAIDArrayDegraded", "device": "md0", "severity": "critical",
              "instance": "db1.example.net:9100"}  # fmt: skip
    return {
        "status": "firing",
        "labels": labels | more.pop("labels", {}),
        "annotations": {"summary": "Array md0 on db1 is degraded"},
        "startsAt": "2026-11-23T00:20:53.517384216Z",
        "endsAt": NEVER,
        "generatorURL": "http://prometheus.example.net/graph",
        "fingerprint": fingerprint,
    } | more


def group(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    found = alerts or (alert(),)
    return {
        "version": "4",
        "groupKey": '{}:{alertname="RAIDArrayDegraded"}',
        "status": "firing",
        "receiver": "hook",
        "alerts": list(found),
        "groupLabels": {"alertname": "RAIDArrayDegraded"},
        "commonLabels": found[0]["labels"],
        "commonAnnotations": {},
        "truncatedAlerts": 0,
    } | more


def over(one: dict[str, Any], at: str = OVER) -> dict[str, Any]:
    return one | {"status": "resolved", "endsAt": at}


def send(api: APIClient, body: Any) -> Any:
    return api.post("/api/v1/hooks/alertmanager/", body, format="json")


def taken(api: APIClient, body: Any) -> dict[str, Any]:
    response = send(api, body)
    assert response.status_code == 200, response.content
    said: dict[str, Any] = response.json()
    return said


def lines() -> list[tuple[str, str]]:
    return [(f"{one.at:%H:%M}", one.what) for one in TimelineEntry.objects.order_by("at", "pk")]


def stored() -> list[Any]:
    return [
        list(Incident.objects.values()),
        list(TimelineEntry.objects.values()),
        list(Alert.objects.values("fingerprint", "started_at", "ended_at", "host", "incident")),
        OutboxRow.objects.count(),
    ]


def test_a_group_becomes_a_draft_with_its_host_and_its_times(api: APIClient) -> None:
    host = make_host("db1", fqdn="db1.example.net")
    said = taken(api, group(alert("f1"), alert("f2", annotations={"summary": "md1 too"})))
    incident = Incident.objects.get()
    assert said == {
        "incident": incident.pk,
        "opened": True,
        "alerts": [
            {"fingerprint": "f1", "host": "db1", "did": "opened"},
            {"fingerprint": "f2", "host": "db1", "did": "opened"},
        ],
        "notes": [],
    }
    assert incident.title == "RAIDArrayDegraded on db1.example.net:9100"
    assert (incident.status, incident.severity) == ("draft", "critical")
    assert (incident.detected_at, incident.started_at) == (FIRED, None)
    assert incident.time_sources == {"detected": "Alertmanager"}
    assert list(incident.hosts.all()) == [host]
    assert lines() == [
        ("00:20", "Alert: Array md0 on db1 is degraded (db1.example.net:9100)"),
        ("00:20", "Alert: md1 too (db1.example.net:9100)"),
    ]


def test_repeats_and_retries_change_nothing(api: APIClient) -> None:
    make_host("db1", fqdn="db1.example.net")
    taken(api, group())
    before = stored()
    said = taken(api, group())
    assert (said["opened"], said["alerts"][0]["did"]) == (False, "known")
    assert stored() == before


def test_when_all_is_over_the_incident_is_resolved_at_the_last_end(api: APIClient) -> None:
    first, second = alert("f1"), alert("f2")
    taken(api, group(first, second))
    taken(api, group(over(first), second))
    assert Incident.objects.get().resolved_at is None
    said = taken(api, group(over(first), over(second, "2026-11-23T01:00:00Z"), status="resolved"))
    assert [one["did"] for one in said["alerts"]] == ["known", "resolved"]
    incident = Incident.objects.get()
    assert incident.resolved_at == datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    assert incident.time_sources["resolved"] == "Alertmanager"
    assert [when for when, what in lines() if what.startswith("Alert over")] == ["00:50", "01:00"]


def test_times_that_a_person_set_stay(api: APIClient, responder: Any) -> None:
    taken(api, group())
    incident = Incident.objects.get()
    mine = FIRED + timedelta(minutes=5)
    save_incident(
        incident, expected=incident.revision, by=responder,
        changes={"resolved_at": mine, "time_sources": {"resolved": "the phone"}},
    )  # fmt: skip
    taken(api, group(over(alert())))
    incident.refresh_from_db()
    assert incident.resolved_at == mine
    assert incident.time_sources["resolved"] == "the phone"


def test_firing_again_soon_is_the_same_trouble_and_opens_it_again(api: APIClient) -> None:
    taken(api, group())
    taken(api, group(over(alert())))
    again = alert(startsAt="2026-11-23T01:10:00Z")
    said = taken(api, group(again))
    assert said["opened"] is False
    incident = Incident.objects.get()
    assert incident.resolved_at is None
    assert "resolved" not in incident.time_sources


def test_firing_again_next_week_is_another_incident(api: APIClient) -> None:
    taken(api, group())
    taken(api, group(over(alert())))
    said = taken(api, group(alert(startsAt="2026-11-30T01:10:00Z")))
    assert said["opened"] is True
    assert Incident.objects.count() == 2
    assert AlertGroup.objects.get().incident_id == said["incident"]


def test_what_is_not_grave_opens_nothing_but_joins_what_is_going_on_there(api: APIClient) -> None:
    make_host("db1", fqdn="db1.example.net")
    slow = alert("s1", labels={"severity": "warning", "alertname": "Slow"},
                 annotations={"summary": "Queries are slow"})  # fmt: skip
    said = taken(api, group(slow, groupKey="slow"))
    assert (said["incident"], said["alerts"][0]["did"]) == (None, "noted")
    taken(api, group())
    later = slow | {"fingerprint": "s2", "startsAt": "2026-11-23T00:30:00Z"}
    said = taken(api, group(later, groupKey="slow"))
    assert said["alerts"][0]["did"] == "joined"
    incident = Incident.objects.get()
    assert said["incident"] == incident.pk
    assert lines()[-1] == ("00:30", "Alert: Queries are slow (db1.example.net:9100)")
    assert incident.detected_at == FIRED


@pytest.mark.parametrize(
    ("rules", "opened"),
    [
        (["severity=~critical|page"], True),
        (["severity=critical&team=web"], False),
        (["team=web", "alertname=RAIDArrayDegraded"], True),
        (["severity!=critical"], False),
        ([], False),
    ],
)
def test_a_setting_says_which_labels_open_one(
    api: APIClient, settings: Any, rules: list[str], opened: bool
) -> None:
    settings.ALERTS_OPEN_INCIDENTS = rules
    assert taken(api, group())["opened"] is opened


@pytest.mark.parametrize(
    ("instance", "found"),
    [
        ("db1.example.net:9100", "db1"),
        ("db1:9100", "db1"),
        ("https://db1.example.net/health", "db1"),
        ("10.0.0.7:9100", "db1"),
        ("twin.example.net:9100", None),
        ("10.0.0.9:9100", None),
        ("localhost:9100", None),
        ("", None),
    ],
)
def test_the_instance_finds_its_host_or_none(
    api: APIClient, instance: str, found: str | None
) -> None:
    net = {"network": {"interfaces": [{"name": "eth0", "ipv4": ["10.0.0.7"]}]}}
    make_host("db1", fqdn="db1.example.net", facts=net)
    for name in ("twin-a", "twin-b"):
        both = {"network": {"interfaces": [{"name": "eth0", "ipv4": ["10.0.0.9"]}]}}
        make_host(name, fqdn="twin.example.net", facts=both)
    said = taken(api, group(alert(labels={"instance": instance})))
    assert said["alerts"][0]["host"] == found


def without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (group() | {"version": "3"}, "/version"),
        (without(group(), "groupKey"), "/groupKey"),
        (group() | {"alerts": []}, "/alerts"),
        (group(without(alert(), "fingerprint") | {}), "/alerts/0/fingerprint"),
        (group(alert(), alert("f2", startsAt="yesterday")), "/alerts/1/startsAt"),
        (group(alert() | {"annotations": []}), "/alerts/0/annotations"),
    ],
)
def test_a_message_that_is_none_is_refused_by_its_field_and_leaves_nothing(
    api: APIClient, body: Any, pointer: str
) -> None:
    response = send(api, copy.deepcopy(body))
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer
    assert (AlertGroup.objects.count(), Incident.objects.count()) == (0, 0)


def test_it_wants_a_token_that_may_write() -> None:
    assert send(APIClient(), group()).status_code == 401
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(make_user(role='viewer'))}")
    assert send(client, group()).status_code == 403


def test_alerts_that_were_left_out_are_told(api: APIClient) -> None:
    assert "3 more alerts" in taken(api, group(truncatedAlerts=3))["notes"][0]


def test_the_short_address_is_the_same_door(api: APIClient) -> None:
    make_host("db1", fqdn="db1.example.net")
    response = api.post("/hooks/alertmanager/", group(), format="json")
    assert (response.status_code, response.json()["opened"]) == (200, True)
    assert taken(api, group())["alerts"][0]["did"] == "known"
    assert APIClient().post("/hooks/alertmanager/", group(), format="json").status_code == 401


def test_a_draft_names_the_hosts_of_alerts_that_come_later(api: APIClient) -> None:
    make_host("db1", fqdn="db1.example.net")
    make_host("db2")
    taken(api, group())
    second = alert("f2", labels={"instance": "db2:9100"})
    taken(api, group(alert(), second))
    incident = Incident.objects.get()
    assert sorted(incident.hosts.values_list("name", flat=True)) == ["db1", "db2"]
    incident.host_links.filter(host__name="db2").delete()
    taken(api, group(alert(), second))  # a person took it away: a repeat does not bring it back
    assert list(incident.hosts.values_list("name", flat=True)) == ["db1"]


def test_a_time_that_does_not_fit_is_left_out_and_the_message_taken(
    api: APIClient, responder: Any
) -> None:
    taken(api, group())
    incident = Incident.objects.get()
    save_incident(
        incident, expected=incident.revision, by=responder,
        changes={"mitigated_at": FIRED + timedelta(hours=3)},
    )  # fmt: skip
    said = taken(api, group(over(alert())))
    incident.refresh_from_db()
    assert (said["alerts"][0]["did"], incident.resolved_at) == ("resolved", None)
    assert "left as it was" in said["notes"][0]


def test_a_rule_that_cannot_be_read_is_told_at_the_start(settings: Any) -> None:
    settings.ALERTS_OPEN_INCIDENTS = ["severity=~(critical"]
    (found,) = run_checks()
    assert "ALERTS_OPEN_INCIDENTS" in found.msg
