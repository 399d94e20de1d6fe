"""Facts and their history for tooling: now, as of a moment, page by page."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.hosts.reports import days_ago, tell

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def told() -> None:
    tell(os={"name": "Gentoo", "version": "2.14"}, at=days_ago(20))
    tell(source="restic", backups=[], at=days_ago(15))
    tell(os={"name": "Debian", "version": "12.5"}, at=days_ago(10))


def get(api: APIClient, address: str, status: int = 200) -> dict[str, Any]:
    answer = api.get(f"/api/v1/hosts/robert/{address}")
    assert answer.status_code == status, answer.content
    said: dict[str, Any] = answer.json()
    return said


def test_facts_as_they_stand_and_as_they_stood(viewer_api: APIClient) -> None:
    assert get(viewer_api, "facts/")["sections"]["os"]["name"] == "Debian"
    then = get(viewer_api, "facts/?at=2026-11-10T12:00:00Z")
    assert then["sections"] == {"backups": [], "os": {"name": "Gentoo", "version": "2.14"}}
    assert then["at"] == "2026-11-10T12:00:00Z"
    assert set(then["observed"]["os"]["sources"]) == {"ansible"}
    assert get(viewer_api, "facts/?at=2020-01-01")["sections"] == {}
    assert get(viewer_api, "facts/?at=2026-11-10T13:00:00+01:00")["at"] == "2026-11-10T12:00:00Z"


@pytest.mark.parametrize(
    ("address", "pointer"),
    [
        ("facts/?at=yesterday", "/at"),
        ("facts/?at=2026-02-30", "/at"),
        ("facts/?at=9999-01-01", "/at"),
        ("history/?before=never", "/before"),
        ("history/?limit=none", "/limit"),
        ("history/?limit=0", "/limit"),
        ("history/?section=nonsense", "/section"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_name(
    viewer_api: APIClient, address: str, pointer: str
) -> None:
    assert get(viewer_api, address, 400)["errors"][0]["pointer"] == pointer


def test_history_leads_page_by_page_to_the_first_word(viewer_api: APIClient) -> None:
    first = get(viewer_api, "history/?limit=1&section=os")
    assert [one["changes"] for one in first["results"]] == [
        [
            {"path": "os.name", "old": "Gentoo", "new": "Debian"},
            {"path": "os.version", "old": "2.14", "new": "12.5"},
        ]
    ]
    older = viewer_api.get(first["next"]).json()
    assert [(one["section"], one["first"]) for one in older["results"]] == [("os", True)]
    assert older["next"] is None


def test_nothing_of_one_moment_is_lost_between_two_pages(viewer_api: APIClient) -> None:
    tell(source="facter", at=days_ago(3), clock={"synced": True}, packages={"pending": 1})
    first = get(viewer_api, "history/?limit=1&before=2026-11-20")
    at_once = [one["section"] for one in first["results"] if one["source"] == "facter"]
    assert sorted(at_once) == ["clock", "packages"]


def test_an_unchanged_document_is_not_sent_again(viewer_api: APIClient) -> None:
    tag = viewer_api.get("/api/v1/hosts/robert/facts/")["ETag"]
    again = viewer_api.get("/api/v1/hosts/robert/facts/", headers={"If-None-Match": tag})
    assert again.status_code == 304


def test_a_long_history_costs_the_same(viewer_api: APIClient) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            get(viewer_api, "history/")
        return len(found)

    get(viewer_api, "history/")
    few = cost()
    for day in range(8):
        tell(os={"name": "Debian", "version": f"12.{day}"}, at=days_ago(8 - day))
    assert cost() == few
