"""``GET /api/v1/search/``"""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from tests.search.backends import for_each_index
from tests.search.conftest import note

pytestmark = pytest.mark.django_db

Indexed = Callable[[], int]
ADDRESS = "/api/v1/search/"


@for_each_index
def test_it_answers_in_the_promised_shape(indexed: Indexed, api: APIClient) -> None:
    raid = note("RAID is no backup", "Ask <robert>")
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
                "like": f"note:{raid.pk}",
            }
        ],
        "total": 1,
        "ignored": ["w*: give at least two letters, and the * at the end"],
        "instead": "",
        "facets": {"kind": {"note": 1}},
        "note": "",
    }


@for_each_index
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
    found = api.get(ADDRESS).json()
    assert (found["results"], found["total"], found["ignored"]) == ([], 0, [])


@for_each_index
def test_restricted_things_are_not_counted(
    indexed: Indexed, api: APIClient, viewer_api: APIClient
) -> None:
    note("Raid", slug="secret-raid")
    indexed()
    assert api.get(ADDRESS, {"q": "raid"}).json()["total"] == 0


def test_without_an_index_the_database_answers_and_says_so(
    indexed: Indexed, api: APIClient, settings: object
) -> None:
    note("Raid")
    note("Raid hidden", slug="secret-raid")
    settings.SEARCH_URL += "-elsewhere"  # type: ignore[attr-defined]
    answer = api.get(ADDRESS, {"q": "raid"})
    assert answer.status_code == 200
    assert [result["title"] for result in answer.json()["results"]] == ["Raid"]
    assert answer.json()["note"].startswith("The index is being made anew.")


@for_each_index
def test_more_like_this_and_what_one_may_not_see(indexed: Indexed, api: APIClient) -> None:
    first = note("Mirror lost", "degraded controller firmware")
    note("Mirror again", "degraded controller firmware")
    secret = note("Mirror hidden", "degraded controller firmware", slug="secret-mirror")
    for n in range(20):
        note(f"Other {n}", f"something{n} else{n}")
    indexed()
    answer = api.get(ADDRESS, {"like": f"note:{first.pk}"}).json()
    assert [result["title"] for result in answer["results"]] == ["Mirror again"]
    for unknown in (f"note:{secret.pk}", "note:999999", "nonsense"):
        assert api.get(ADDRESS, {"like": unknown}).status_code == 404


@for_each_index
def test_what_is_being_typed_is_completed(indexed: Indexed, api: APIClient) -> None:
    note("Rebuild of the mirror")
    note("Rebuild kept quiet", slug="secret-rebuild")
    indexed()
    answer = api.get(f"{ADDRESS}suggest/", {"q": "reb"})
    assert answer.json() == {
        "suggestions": [
            {
                "text": "Rebuild of the mirror",
                "kind": "note",
                "about": "Note",
                "url": "/notes/rebuild-of-the-mirror/",
            }
        ]
    }


def test_tooling_needs_a_token(indexed: Indexed) -> None:
    assert APIClient().get(ADDRESS, {"q": "raid"}).status_code == 401
