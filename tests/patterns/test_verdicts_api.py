"""``GET /hosts/{name}/verdicts/``: the shape that tooling relies on."""

from collections.abc import Callable
from typing import Any

import pytest
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
    "match": "backups.size() == 0",
    "examples": [],
}


@pytest.fixture
def raid() -> None:
    make_pattern("raid", spec=SPEC, title="RAID is the only copy")


def facts(**sections: Any) -> dict[str, Any]:
    return {"storage": {"raids": [{"name": "md0"}]}, **sections}


def results(api: APIClient, name: str) -> Any:
    answer = api.get(f"/api/v1/hosts/{name}/verdicts/")
    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() == {"results"}
    for row in body["results"]:
        for one in row["evidence"]:
            if one["source"]:
                one["age_days"] = "some"  # it counts from the real clock
    return body["results"]


RAIDS = {"path": "storage.raids", "value": [{"name": "md0"}], "source": "test", "age_days": "some"}
NO_BACKUPS = {"path": "backups", "value": [], "source": "test", "age_days": "some"}


def test_a_match_with_its_evidence(api: APIClient, raid: None) -> None:
    make_host("robert.example.net", facts=facts(backups=[]))
    assert results(api, "robert.example.net") == [
        {
            "pattern": "raid",
            "verdict": "match",
            "reason": "RAID is the only copy.",
            "evidence": [RAIDS, NO_BACKUPS],
            "missing": [],
        }
    ]


def test_unknown_names_what_is_missing(api: APIClient, raid: None) -> None:
    make_host("robert", facts=facts())
    assert results(api, "robert") == [
        {
            "pattern": "raid",
            "verdict": "unknown",
            "reason": "Nobody can tell yet (not reported: backups).",
            "evidence": [RAIDS],
            "missing": ["backups"],
        }
    ]


def test_clear_and_not_applicable_are_explained_too(api: APIClient, raid: None) -> None:
    make_host("clear", facts=facts(backups=[{"job": "db"}]))
    make_host("none", facts={"storage": {"raids": []}})
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
    raid: None, judge: Callable[..., Any]
) -> None:
    host = make_host(facts=facts(backups=[]))
    judge(host)
    check = explain_host(host, now=NOW, budget_seconds=-1)[0]
    assert check.verdict == "match"
    assert check.reason == "There was no time to explain this one; this is its last answer."


def test_the_number_of_queries_is_known(
    api: APIClient, library: None, django_assert_max_num_queries: Any
) -> None:
    make_host("robert", facts=facts(backups=[]))
    compiled.enabled()
    with django_assert_max_num_queries(20):
        api.get("/api/v1/hosts/robert/verdicts/")
