"""``/metrics``: numbers for Prometheus, for whoever has a token."""

from typing import Any

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from incidents.patterns.models import Sweep
from kb.operations import metrics
from kb.outbox.post import post
from tests.support.factories import NOW, make_flag, make_host, make_pattern, make_token

pytestmark = pytest.mark.django_db


def scrape(user: Any, **headers: str) -> dict[str, dict[tuple[str, ...], float]]:
    answer = Client().get(
        "/metrics", headers={"Authorization": f"Bearer {make_token(user)}", **headers}
    )
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.content.decode())
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in families:
        for sample in family.samples:
            found.setdefault(sample.name, {})[
                tuple(value for _, value in sorted(sample.labels.items()))
            ] = sample.value
    return found


def test_flags_hosts_and_what_waits(viewer: Any, time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    host = make_host("db-01", last_report_at=NOW)
    make_host("old", kind="virtual")
    make_flag(make_pattern("os-eol"), host, severity="high")
    make_flag(make_pattern("gone"), host, state="resolved")
    post("index", "host:1")
    Sweep.objects.create(state="done", moment=NOW, started_at=NOW, finished_at=NOW, hosts_total=7)
    said = scrape(viewer)
    assert said["twiceshy_flags"] == {("os-eol", "high", "open"): 1}
    assert said["twiceshy_hosts"] == {("physical",): 1, ("virtual",): 1}
    assert said["twiceshy_hosts_by_report_age"] == {
        ("1d",): 1, ("7d",): 0, ("14d",): 0, ("30d",): 0, ("older",): 0, ("never",): 1,
    }  # fmt: skip
    assert said["twiceshy_outbox_rows"][("index",)] == 1
    assert said["twiceshy_outbox_rows"][("sweep",)] == 0
    assert said["twiceshy_sweep_hosts"] == {(): 7}
    assert said["twiceshy_part_ok"][("database",)] == 1


def test_requests_are_counted_by_page(viewer: Any) -> None:
    def counted() -> float:
        return scrape(viewer).get("twiceshy_requests_total", {}).get(("GET", "200", "healthz"), 0)

    before = counted()
    Client().get("/healthz")
    assert counted() == before + 1


def test_without_a_token_nothing_is_told(settings: Any, viewer: Any) -> None:
    assert Client().get("/metrics").status_code == 401
    wrong = Client().get("/metrics", headers={"Authorization": "Bearer tw_nothing"})
    assert wrong.status_code == 401
    settings.METRICS_OPEN = True
    assert Client().get("/metrics").status_code == 200
    settings.METRICS_OPEN = False
    client = Client()
    client.force_login(viewer)
    assert client.get("/metrics").status_code == 200


def test_a_page_that_cannot_be_counted_is_served_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(metrics.REQUESTS, "labels", full)
    assert Client().get("/healthz").status_code == 200
    assert "could not be counted" in caplog.text
