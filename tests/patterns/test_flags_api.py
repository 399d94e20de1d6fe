"""``/api/v1/flags/``: reading, filtering, and what a person may do."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from incidents.patterns.citations import Citation, citations
from incidents.patterns.models import Flag
from kb.accounts.models import User
from tests.conftest import api_as
from tests.support.factories import make_flag, make_host, make_pattern

pytestmark = pytest.mark.django_db
AT = "2026-11-23T09:00:00Z"


@pytest.fixture
def flag() -> Flag:
    pattern = make_pattern("raid", title="RAID is the only copy")
    return make_flag(pattern, make_host("robert"), evidence=[{"path": "backups", "value": []}])


def day(ahead: int) -> str:
    return str((timezone.now() + timedelta(days=ahead)).date())


def test_the_list(api: APIClient, flag: Flag) -> None:
    assert api.get("/api/v1/flags/").json() == {
        "next": None,
        "previous": None,
        "results": [
            {
                "id": flag.pk,
                "pattern": "raid",
                "title": "RAID is the only copy",
                "host": "robert",
                "state": "open",
                "severity": "high",
                "likelihood": "medium",
                "sentence": "RAID is the only copy on robert",
                "evidence": [{"path": "backups", "value": []}],
                "pattern_version": 1,
                "matched_since": AT,
                "opened_at": AT,
                "resolved_at": None,
                "changed_at": AT,
                "last_verdict": "match",
                "last_verdict_at": AT,
                "assigned_to": None,
                "accepted_until": None,
                "accepted_because": "",
                "accepted_by": None,
                "flapping": False,
            }
        ],
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"robert", "david", "web"}),
        ("host=robert", {"robert"}),
        ("pattern=os-eol", {"david", "web"}),
        ("severity=critical", {"web"}),
        ("severity=critical&severity=high", {"robert", "david", "web"}),
        ("state=resolved", {"david"}),
        ("state=open&host=david", set()),
        ("host=nobody", set()),
    ],
)
def test_filters(api: APIClient, flag: Flag, query: str, expected: set[str]) -> None:
    eol = make_pattern("os-eol")
    make_flag(eol, make_host("david"), state="resolved")
    make_flag(eol, make_host("web"), severity="critical")
    rows = api.get(f"/api/v1/flags/?{query}").json()["results"]
    assert {row["host"] for row in rows} == expected


def test_a_filter_that_does_not_exist_says_so(api: APIClient) -> None:
    answer = api.get("/api/v1/flags/?state=sleepy")
    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/state"]


def test_the_number_of_queries_does_not_grow(
    api: APIClient, flag: Flag, django_assert_num_queries: Any
) -> None:
    for _ in range(20):
        make_flag(flag.pattern, make_host())
    with django_assert_num_queries(3):  # the token, its use, the flags
        api.get("/api/v1/flags/")


def test_one_with_its_history_and_its_story(
    api: APIClient, flag: Flag, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Citation("incident", "#12 The controller", "/incidents/12/")
    monkeypatch.setattr(
        citations, "_entries", {"test": (1, lambda slugs, user: {slug: [told] for slug in slugs})}
    )
    body = api.get(f"/api/v1/flags/{flag.pk}/").json()
    assert body["citations"] == [
        {"kind": "incident", "title": "#12 The controller", "url": "/incidents/12/"}
    ]
    assert body["transitions"] == [
        {
            "at": AT,
            "before": "",
            "after": "open",
            "cause": "facts",
            "by": None,
            "because": "",
            "severity": "high",
            "sentence": "RAID is the only copy on robert",
            "evidence": [],
            "pattern_version": 1,
        }
    ]


def test_accepting_until_a_day(api: APIClient, flag: Flag) -> None:
    asked = {"until": day(60), "because": "The courier comes on Friday."}
    answer = api.post(f"/api/v1/flags/{flag.pk}/accept/", asked, format="json")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["state"], body["accepted_by"]) == ("accepted", "ruth")
    assert body["accepted_until"] == f"{day(60)}T23:59:59Z"
    assert body["accepted_because"] == "The courier comes on Friday."
    steps = {(one["before"], one["after"], one["cause"], one["by"]) for one in body["transitions"]}
    assert ("open", "accepted", "person", "ruth") in steps


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"because": "so"}, "/until"),
        ({"until": "soon", "because": "so"}, "/until"),
        ({"until": "2020-01-01", "because": "so"}, "/until"),
        ({"until": "2999-01-01", "because": "so"}, "/until"),
        ({"until": 7, "because": "so"}, "/until"),
        ({"until": "2027-01-01", "because": "  "}, "/because"),
        ({"until": "2027-01-01"}, "/because"),
    ],
)
def test_a_waiver_that_is_none(api: APIClient, flag: Flag, asked: Any, pointer: str) -> None:
    answer = api.post(f"/api/v1/flags/{flag.pk}/accept/", asked, format="json")
    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    flag.refresh_from_db()
    assert (flag.state, flag.transitions.count()) == ("open", 1)


def test_what_is_resolved_can_not_be_accepted(api: APIClient, flag: Flag) -> None:
    Flag.objects.update(state="resolved")
    asked = {"until": day(60), "because": "so"}
    answer = api.post(f"/api/v1/flags/{flag.pk}/accept/", asked, format="json")
    assert answer.status_code == 409


def test_acknowledge_assign_reopen(api: APIClient, flag: Flag) -> None:
    at = f"/api/v1/flags/{flag.pk}"
    assert api.post(f"{at}/acknowledge/").json()["state"] == "acknowledged"
    assert api.post(f"{at}/assign/", {"to": "ruth"}, format="json").json()["assigned_to"] == "ruth"
    assert api.post(f"{at}/assign/", {"to": "nobody"}, format="json").status_code == 400
    assert (
        api.post(f"{at}/reopen/", {"because": "no time"}, format="json").json()["state"] == "open"
    )


@pytest.mark.parametrize("act", ["accept", "acknowledge", "reopen", "assign"])
def test_a_viewer_only_reads(viewer_api: APIClient, flag: Flag, act: str) -> None:
    assert viewer_api.get(f"/api/v1/flags/{flag.pk}/").status_code == 200
    asked = {"until": day(60), "because": "so", "to": None}
    answer = viewer_api.post(f"/api/v1/flags/{flag.pk}/{act}/", asked, format="json")
    assert answer.status_code == 403
    flag.refresh_from_db()
    assert (flag.state, flag.transitions.count()) == ("open", 1)


def test_nobody_resolves_or_removes_one(api: APIClient, keeper: User, flag: Flag) -> None:
    for who in (api, api_as(keeper)):
        assert who.delete(f"/api/v1/flags/{flag.pk}/").status_code == 405
        assert who.patch(f"/api/v1/flags/{flag.pk}/", {"state": "resolved"}).status_code == 405
        assert who.post(f"/api/v1/flags/{flag.pk}/resolve/").status_code == 404
