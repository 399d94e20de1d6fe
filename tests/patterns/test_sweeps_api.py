"""``/api/v1/sweeps/`` and ``/coverage/``."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from incidents.patterns.library import shipped
from incidents.patterns.models import Sweep
from kb.outbox.models import OutboxRow
from tests.support.factories import make_host

pytestmark = pytest.mark.django_db


def test_starting_answers_with_an_address_to_follow(api: APIClient) -> None:
    answer = api.post("/api/v1/sweeps/")
    sweep = Sweep.objects.get()
    assert answer.status_code == 202
    assert answer["Location"] == f"http://testserver/api/v1/sweeps/{sweep.pk}/"
    assert OutboxRow.objects.get(topic="sweep").key == str(sweep.pk)
    body = api.get(answer["Location"]).json()
    assert (body["id"], body["state"], body["why"], body["by"]) == (
        str(sweep.pk), "waiting", "asked", "ruth",
    )  # fmt: skip
    assert (body["hosts_done"], body["hosts_total"], body["verdicts"]) == (0, 0, {})


def test_while_one_is_under_way_that_one_is_answered(api: APIClient) -> None:
    assert api.post("/api/v1/sweeps/")["Location"] == api.post("/api/v1/sweeps/")["Location"]
    assert Sweep.objects.count() == 1


def test_it_can_be_stopped(api: APIClient) -> None:
    at = api.post("/api/v1/sweeps/")["Location"]
    assert api.delete(at).json()["state"] == "cancelled"
    assert api.delete(at).json()["state"] == "cancelled"


def test_a_viewer_only_watches(viewer_api: APIClient, api: APIClient) -> None:
    at = api.post("/api/v1/sweeps/")["Location"]
    assert viewer_api.get(at).status_code == 200
    assert viewer_api.delete(at).status_code == 403
    assert viewer_api.post("/api/v1/sweeps/").status_code == 403


def test_coverage(api: APIClient, library: None, judge: Any) -> None:
    judge(make_host("robert", kind="container", facts={"storage": {"raids": [{"name": "md0"}]}}))
    body = api.get("/api/v1/coverage/").json()
    assert body.keys() == {
        "hosts", "complete", "totals", "patterns", "gaps", "nobody_records",
    }  # fmt: skip
    assert body["hosts"] == 1
    assert sum(body["totals"].values()) == len(shipped())
    assert body["patterns"]["raid-only-no-backup"] == {"unknown": 1}
    backups = next(gap for gap in body["gaps"] if gap["section"] == "backups")
    assert backups["hosts"] == 1
    assert backups["for_example"] == ["robert"]
    assert "restic" in backups["how_to_supply"]
