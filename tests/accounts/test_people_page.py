"""``/settings/people/`` and ``/settings/teams/``: admins look after who may do what."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kb.accounts.models import Team, User
from tests.support.factories import make_team, make_user

PEOPLE = "/settings/people/"


@pytest.mark.parametrize(
    "address", [PEOPLE, f"{PEOPLE}new/", f"{PEOPLE}vera/", "/settings/teams/new/"]
)
def test_others_than_admins_are_kept_out(
    viewer: User, responder: User, browser_of: Callable[[User], Client], address: str
) -> None:
    browser = browser_of(responder)
    assert browser.get(address).status_code == 403
    sent = {"username": "x", "role": "admin", "is_active": "on", "name": "x", "slug": "x"}
    assert browser.post(address, sent).status_code in (403, 405)
    viewer.refresh_from_db()
    assert viewer.role == "viewer"
    assert (User.objects.count(), Team.objects.count()) == (2, 0)


def test_somebody_new_is_let_in(keeper: User, browser_of: Callable[[User], Client]) -> None:
    sent = {"username": "olga", "email": "o@example.net", "role": "responder", "password": ""}
    answer = browser_of(keeper).post(f"{PEOPLE}new/", sent, follow=True)
    olga = User.objects.get(username="olga")
    assert "olga is in." in answer.content.decode()
    assert (olga.role, olga.email, olga.has_usable_password()) == (
        "responder", "o@example.net", False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"username": "KIM"}, "There is somebody called KIM already."),
        ({"username": "a b"}, "Enter a valid username."),
        ({"password": "12345"}, "too short"),
        ({"role": "king"}, "Select a valid choice."),
        ({"email": "nowhere"}, "Enter a valid email address."),
    ],
)
def test_a_mistake_lets_nobody_in(
    keeper: User, browser_of: Callable[[User], Client], sent: dict[str, str], said: str
) -> None:
    whole = {"username": "olga", "email": "", "role": "viewer", "password": ""} | sent
    answer = browser_of(keeper).post(f"{PEOPLE}new/", whole)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert User.objects.count() == 1


def test_a_role_is_given(keeper: User, viewer: User, browser_of: Callable[[User], Client]) -> None:
    browser_of(keeper).post(f"{PEOPLE}vera/", {"role": "admin", "is_active": "on"})
    viewer.refresh_from_db()
    assert (viewer.role, viewer.is_staff, viewer.is_superuser) == ("admin", True, True)


def test_the_last_admin_stays_one(keeper: User, browser_of: Callable[[User], Client]) -> None:
    answer = browser_of(keeper).post(f"{PEOPLE}kim/", {"role": "viewer", "is_active": "on"})
    keeper.refresh_from_db()
    assert answer.status_code == 422
    assert "kim is the last admin. Make somebody else one first." in answer.content.decode()
    assert keeper.is_keeper


def test_the_list_takes_as_many_statements_for_many_as_for_one(
    keeper: User, browser_of: Callable[[User], Client], django_assert_num_queries: Any
) -> None:
    browser = browser_of(keeper)
    for number in range(6):
        make_team(f"Team {number}", members=(make_user(), make_user()))
    # session, who asks, people, their teams, teams, their members
    with django_assert_num_queries(6):
        page = browser.get(PEOPLE).content.decode()
    assert "Team 5" in page


def test_a_team_is_made_and_its_members_changed(
    keeper: User, viewer: User, browser_of: Callable[[User], Client]
) -> None:
    browser = browser_of(keeper)
    browser.post("/settings/teams/new/", {"name": "Ops", "slug": "ops", "members": [viewer.pk]})
    team = Team.objects.get()
    assert [one.username for one in team.members.all()] == ["vera"]
    browser.post("/settings/teams/ops/", {"name": "Operations", "slug": "ops", "members": []})
    team.refresh_from_db()
    assert (team.name, team.members.count()) == ("Operations", 0)
