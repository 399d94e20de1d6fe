"""``GET /api/v1/search/``"""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from tests.search.conftest import note

pytestmark = pytest.mark.django_db

Indexed = Callable[[], int]
ADDRESS = "/api/v1/search/"


def test_it_answers_in_the_promised_shape(indexed: Indexed, api: APIClient) -> None:
    note("RAID is no backup", "Ask <robert>")
    note("Something else")
    indexed()
    answer = api.get(ADDRESS, {"q": "raid w*"})
    assert answer.status_code == 200
    assert answer.json() == {
        "results": [
            {
                "kind": "note",
                "key": "raid-is-no-backup",
                "title": "RAID is no backup",
                "url": "/notes/raid-is-no-backup/",
                "snippet": "Ask &lt;robert&gt;",
            }
        ],
        "total": 1,
        "ignored": ["w*: give at least two letters, and the * at the end"],
    }


def test_limit_and_kind_narrow(indexed: Indexed, api: APIClient) -> None:
    for n in range(5):
        note(f"Raid {n}")
    indexed()
    answer = api.get(ADDRESS, {"q": "raid", "kind": "note", "limit": "2"}).json()
    assert (len(answer["results"]), answer["total"]) == (2, 5)
    assert api.get(ADDRESS, {"kind": "note"}).json()["total"] == 5
    assert api.get(ADDRESS, {"q": "raid", "limit": "5000"}).json()["total"] == 5


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"q": "raid", "limit": "many"}, "/limit"),
        ({"q": "raid", "limit": "0"}, "/limit"),
        ({"q": "raid", "limit": "-3"}, "/limit"),
        ({"q": "raid", "kind": "nope"}, "/kind"),
    ],
)
def test_bad_parameters_are_named(
    indexed: Indexed, api: APIClient, sent: dict[str, str], pointer: str
) -> None:
    indexed()
    answer = api.get(ADDRESS, sent)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_no_question_finds_nothing(indexed: Indexed, api: APIClient) -> None:
    indexed()
    assert api.get(ADDRESS).json() == {"results": [], "total": 0, "ignored": []}


def test_restricted_things_are_not_counted(
    indexed: Indexed, api: APIClient, viewer_api: APIClient
) -> None:
    note("Raid", slug="secret-raid")
    indexed()
    assert api.get(ADDRESS, {"q": "raid"}).json()["total"] == 0


def test_without_an_index_it_says_when_to_come_back(
    indexed: Indexed, api: APIClient, settings: object
) -> None:
    settings.SEARCH_URL += "-elsewhere"  # type: ignore[attr-defined]
    answer = api.get(ADDRESS, {"q": "raid"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")


def test_tooling_needs_a_token(indexed: Indexed) -> None:
    assert APIClient().get(ADDRESS, {"q": "raid"}).status_code == 401
