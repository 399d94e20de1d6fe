"""``GET /hosts/{name}/verdicts/``: the shape that tooling relies on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from incidents.patterns import compiled
from incidents.patterns.explain import explain_host
from tests.support.factories import NOW, make_host, make_pattern

pytestmark = pytest.mark.django_db

SPEC = {
    "pattern": "raid",
    "title": "RAID is the only copy",
    "severity": "high",
    "applies": "storage.raids.size() > 0",
    "match": "backups.size() == 0 && most_days > 0",
    "thresholds": {"most_days": 30},
    "examples": [],
}


@pytest.fixture
def raid() -> None:
    make_pattern("raid", spec=SPEC, title="RAID is the only copy")


def facts(**sections: Any) -> dict[str, Any]:
    return {"storage": {"raids": [{"name": "md0"}]}, **sections}


def answered(api: APIClient, name: str, at: str = "") -> Any:
    answer = api.get(f"/api/v1/hosts/{name}/verdicts/", {"at": at} if at else {})
    assert answer.status_code == 200, answer.content
    return answer.json()


def results(api: APIClient, name: str) -> Any:
    body = answered(api, name)
    assert body.keys() == {"host", "at", "past", "taken_from", "counts", "results"}
    assert (body["host"], body["past"], body["taken_from"]) == (name, False, {})
    for row in body["results"]:
        for one in row["evidence"]:
            if one["source"]:
                one["age_days"] = "some"  # it counts from the real clock
    return body["results"]


RAIDS = {
    "path": "storage.raids", "value": [{"name": "md0"}], "source": "test", "age_days": "some",
}  # fmt: skip
NO_BACKUPS = {"path": "backups", "value": [], "source": "test", "age_days": "some"}
ASKED = {
    "pattern": "raid",
    "title": "RAID is the only copy",
    "version": 1,
    "written_later": False,
    "severity": "high",
    "thresholds": [{"name": "most_days", "value": 30, "from": "threshold of the pattern"}],
    "missing": [],
    "stale": {},
    "how_to_supply": [],
    "flag": None,
}


def test_a_match_with_its_evidence(api: APIClient, raid: None) -> None:
    make_host("robert.example.net", facts=facts(backups=[]), seen=timezone.now())
    assert results(api, "robert.example.net") == [
        {
            **ASKED,
            "verdict": "match",
            "reason": "RAID is the only copy.",
            "evidence": [RAIDS, NO_BACKUPS],
        }
    ]


def test_unknown_names_what_is_missing_and_how_to_supply_it(api: APIClient, raid: None) -> None:
    make_host("robert", facts=facts(), seen=timezone.now())
    (row,) = results(api, "robert")
    (way,) = row.pop("how_to_supply")
    assert row == {key: value for key, value in ASKED.items() if key != "how_to_supply"} | {
        "verdict": "unknown",
        "reason": "Nobody can tell yet (not reported: backups).",
        "evidence": [RAIDS],
        "missing": ["backups"],
    }
    assert way["paths"] == ["backups"]
    assert way["curl"].startswith('restic snapshots --json | curl -X PUT "$URL/api/v1/hosts/robert')
    assert "$TOKEN" in way["curl"]


def test_what_is_stale_says_since_when(api: APIClient, raid: None) -> None:
    make_host("old", facts=facts(backups=[{"job": "db"}]), seen=NOW - timedelta(days=100))
    (row,) = results(api, "old")
    assert row["verdict"] == "unknown"
    since = (NOW - timedelta(days=86)).isoformat()
    assert row["stale"] == {"backups": since, "storage": since}
    assert row["how_to_supply"][0]["text"]


def test_where_the_flag_stands_is_said_beside(api: APIClient, raid: None, judge: Any) -> None:
    host = make_host("robert", facts=facts(backups=[]))
    judge(host)
    assert results(api, "robert")[0]["flag"] == {
        "state": "open", "since": NOW.isoformat(), "because": "", "until": None,
    }  # fmt: skip


def test_clear_and_not_applicable_are_explained_too(api: APIClient, raid: None) -> None:
    make_host("clear", facts=facts(backups=[{"job": "db"}]), seen=timezone.now())
    make_host("none", facts={"storage": {"raids": []}}, seen=timezone.now())
    assert [row["verdict"] for row in results(api, "clear")] == ["clear"]
    assert results(api, "none")[0]["verdict"] == "not applicable"
    assert results(api, "none")[0]["evidence"][0]["path"] == "storage.raids"


def test_a_retired_host_is_asked_nothing(api: APIClient, raid: None) -> None:
    make_host("gone", status="retired", facts=facts(backups=[]))
    assert results(api, "gone") == []


def test_no_such_host(api: APIClient) -> None:
    answer = api.get("/api/v1/hosts/nobody/verdicts/")
    assert answer.status_code == 404
    assert answer.json()["status"] == 404


def test_strangers_are_sent_away() -> None:
    assert APIClient().get("/api/v1/hosts/robert/verdicts/").status_code in (401, 403)


def test_what_there_was_no_time_for_is_told_as_last_stored(
    raid: None, judge: Callable[..., Any], settings: Any
) -> None:
    host = make_host(facts=facts(backups=[]))
    judge(host)
    settings.EXPLAIN_SECONDS = -1.0
    check = explain_host(host, now=NOW).checks[0]
    assert check.verdict == "match"
    assert check.reason == "There was no time to explain this one; this is its last answer."


def test_the_number_of_queries_is_known(
    api: APIClient, library: None, django_assert_max_num_queries: Any
) -> None:
    make_host("robert", facts=facts(backups=[]))
    compiled.enabled()
    with django_assert_max_num_queries(32):
        api.get("/api/v1/hosts/robert/verdicts/")
