"""``/settings/``: what somebody says of themselves."""

from collections.abc import Callable

from django.test import Client

from kb.accounts.models import User
from tests.support.factories import make_team

FORM = {"first_name": "Vera", "last_name": "Long", "email": "v@example.net"}


def test_the_clock_of_a_person_is_kept(viewer: User, browser_of: Callable[[User], Client]) -> None:
    browser = browser_of(viewer)
    answer = browser.post("/settings/", FORM | {"time_zone": "Europe/London"})
    viewer.refresh_from_db()
    assert answer["Location"] == "/settings/"
    assert (viewer.time_zone, viewer.first_name) == ("Europe/London", "Vera")


def test_a_zone_that_is_none_is_refused(viewer: User, browser_of: Callable[[User], Client]) -> None:
    answer = browser_of(viewer).post("/settings/", FORM | {"time_zone": "Mars/Olympus"})
    viewer.refresh_from_db()
    assert "Mars/Olympus is not one of the available choices" in answer.content.decode()
    assert (viewer.time_zone, viewer.email) == ("UTC", "vera@example.net")


def test_nobody_gives_themselves_a_role(viewer: User, browser_of: Callable[[User], Client]) -> None:
    sent = FORM | {"time_zone": "UTC", "role": "admin", "is_superuser": "on", "is_staff": "on"}
    browser_of(viewer).post("/settings/", sent)
    viewer.refresh_from_db()
    assert (viewer.role, viewer.is_superuser, viewer.is_staff) == ("viewer", False, False)


def test_my_teams_are_shown(viewer: User, browser_of: Callable[[User], Client]) -> None:
    make_team("Night watch", members=(viewer,))
    make_team("Day watch")
    page = browser_of(viewer).get("/settings/").content.decode()
    assert "Night watch" in page
    assert "Day watch" not in page


def test_only_admins_are_led_to_people(
    viewer: User, keeper: User, browser_of: Callable[[User], Client]
) -> None:
    assert "People and teams" not in browser_of(viewer).get("/settings/").content.decode()
    assert "People and teams" in browser_of(keeper).get("/settings/").content.decode()
