"""There is always an admin: the rule, the command, and Django's admin."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from kb.accounts import people, tokens
from kb.accounts.models import ApiToken, Role, User
from tests.support.factories import make_user


def admins() -> list[str]:
    found = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("username")
    return [admin.username for admin in found]


@pytest.mark.parametrize(("role", "is_active"), [("viewer", True), ("admin", False)])
def test_the_last_one_neither_steps_down_nor_out(keeper: User, role: str, is_active: bool) -> None:
    with pytest.raises(ValidationError, match="last admin"):
        people.change(keeper, role=role, is_active=is_active)
    assert admins() == ["kim"]


def test_an_admin_shut_out_does_not_count(keeper: User) -> None:
    make_user("old", role=Role.ADMIN, is_active=False)
    with pytest.raises(ValidationError, match="last admin"):
        people.change(keeper, role=Role.VIEWER, is_active=True)


def test_one_of_two_may_go_and_takes_no_powers_along(keeper: User) -> None:
    other = people.add("other", email="", role=Role.ADMIN, password=None)
    people.change(other, role=Role.VIEWER, is_active=True)
    other.refresh_from_db()
    assert admins() == ["kim"]
    assert (other.is_staff, other.is_superuser) == (False, False)


def test_the_command_keeps_the_rule(keeper: User) -> None:
    with pytest.raises(CommandError, match="kim is the last admin"):
        call_command("person", "kim", role="viewer")
    assert admins() == ["kim"]


def test_the_command_lets_in_and_the_password_works(db: None) -> None:
    out = StringIO()
    call_command("person", "olga", role="admin", stdout=out)
    olga = User.objects.get()
    assert olga.check_password(out.getvalue().split()[-1])
    assert admins() == ["olga"]


def test_the_command_gives_a_new_password_and_leaves_the_role(keeper: User) -> None:
    out = StringIO()
    call_command("person", "KIM", new_password=True, stdout=out)
    keeper.refresh_from_db()
    assert keeper.check_password(out.getvalue().split()[-1])
    assert (keeper.role, User.objects.count()) == ("admin", 1)


def test_the_command_changes_nobody_by_accident(keeper: User) -> None:
    with pytest.raises(CommandError, match="kim is there already"):
        call_command("person", "kim")
    assert admins() == ["kim"]


def test_djangos_admin_is_only_for_looking(
    db: None, viewer: User, browser_of: Callable[[User], Client]
) -> None:
    root = people.add("root", email="", role=Role.ADMIN, password=None)
    token, _ = tokens.issue(viewer, name="x")
    browser = browser_of(root)
    for kind, pk in (("user", viewer.pk), ("apitoken", token.pk)):
        assert browser.get(f"/admin/accounts/{kind}/").status_code == 200
        page = browser.get(f"/admin/accounts/{kind}/{pk}/change/")
        assert page.status_code == 200
        assert token.digest not in page.content.decode()
        assert browser.post(f"/admin/accounts/{kind}/{pk}/change/", {"user": 1}).status_code == 403
        assert browser.post(f"/admin/accounts/{kind}/{pk}/delete/").status_code == 403
    assert browser.get(f"/admin/accounts/user/{viewer.pk}/password/").status_code in (302, 404)
    assert ApiToken.objects.get().user == viewer
