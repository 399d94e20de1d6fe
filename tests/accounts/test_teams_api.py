"""``/api/v1/teams/``: everybody reads, admins write."""

from rest_framework.test import APIClient

from kb.accounts.models import Team, User
from tests.conftest import api_as
from tests.support.factories import make_team


def test_teams_are_listed_with_their_members(api: APIClient, viewer: User) -> None:
    make_team("Ops", members=(viewer,), email="ops@example.net")
    assert api.get("/api/v1/teams/").json()["results"] == [
        {"slug": "ops", "name": "Ops", "email": "ops@example.net", "members": ["vera"]}
    ]


def test_an_admin_makes_and_changes_a_team(keeper: User, viewer: User) -> None:
    client = api_as(keeper)
    made = client.post(
        "/api/v1/teams/", {"slug": "ops", "name": "Ops", "members": ["vera"]}, format="json"
    )
    assert made.status_code == 201
    changed = client.patch(
        "/api/v1/teams/ops/", {"members": []}, format="json", headers={"If-Match": made["ETag"]}
    )
    assert changed.json()["members"] == []
    late = client.patch(
        "/api/v1/teams/ops/", {"name": "Late"}, format="json", headers={"If-Match": made["ETag"]}
    )
    assert late.status_code == 412
    assert Team.objects.get().name == "Ops"


def test_a_responder_does_not(api: APIClient) -> None:
    answer = api.post("/api/v1/teams/", {"slug": "ops", "name": "Ops"}, format="json")
    assert (answer.status_code, answer.json()["detail"]) == (403, "Only an admin changes teams.")
    assert not Team.objects.exists()


def test_mistakes_are_named(keeper: User) -> None:
    make_team("Ops")
    answer = api_as(keeper).post(
        "/api/v1/teams/", {"slug": "ops", "name": "New", "members": ["zoe"]}, format="json"
    )
    assert answer.status_code == 400
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/slug", "/members"}
    assert Team.objects.count() == 1


def test_the_list_takes_as_many_statements_for_many_as_for_one(
    api: APIClient, viewer: User, django_assert_num_queries: object
) -> None:
    for number in range(5):
        make_team(f"Team {number}", members=(viewer,))
    with django_assert_num_queries(4):  # type: ignore[operator]  # token, note of use, teams, members
        api.get("/api/v1/teams/")
