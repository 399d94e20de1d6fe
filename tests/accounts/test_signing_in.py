"""Signing in and out: by name or mail address, and not by guessing for long."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from kb.accounts.models import User
from tests.support.factories import make_user

LOGIN = "/accounts/login/"
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def fresh_counts() -> Iterator[None]:
    """Guesses are counted in the cache."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def anna(db: None) -> User:
    return make_user("anna", password=PASSWORD)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("name", ["anna", "anna@example.net"])
def test_name_or_mail_address_and_password_open_the_door(
    anna: User, client: Client, name: str
) -> None:
    answer = client.post(f"{LOGIN}?next=/hosts/", {"login": name, "password": PASSWORD})
    assert answer["Location"] == "/hosts/"
    assert signed_in(client)


def test_a_wrong_password_does_not_and_says_nothing_of_who_exists(
    anna: User, client: Client
) -> None:
    wrong = client.post(LOGIN, {"login": "anna", "password": "x"}).content.decode()
    nobody = client.post(LOGIN, {"login": "zoe", "password": "x"}).content.decode()
    said = "The username and/or password you specified are not correct."
    assert said in wrong
    assert said in nobody
    assert not signed_in(client)


def test_guessing_comes_to_an_end_even_with_the_right_password(anna: User, client: Client) -> None:
    for _ in range(12):
        client.post(LOGIN, {"login": "anna", "password": "a guess"})
    client.post(LOGIN, {"login": "anna", "password": PASSWORD})
    assert not signed_in(client)


def test_somebody_shut_out_stays_out(anna: User, client: Client) -> None:
    User.objects.update(is_active=False)
    answer = client.post(LOGIN, {"login": "anna", "password": PASSWORD}, follow=True)
    assert not signed_in(client)
    assert "This account is closed" in answer.content.decode()


def test_the_door_leads_nowhere_else(anna: User, client: Client) -> None:
    address = f"{LOGIN}?next=https://elsewhere.example/"
    answer = client.post(address, {"login": "anna", "password": PASSWORD})
    assert answer["Location"] == "/"


def test_signing_out_asks_first_and_ends_the_session(
    anna: User, browser_of: Callable[[User], Client]
) -> None:
    browser = browser_of(anna)
    assert "Sign out?" in browser.get("/accounts/logout/").content.decode()
    assert signed_in(browser)
    browser.post("/accounts/logout/")
    assert not signed_in(browser)


def test_nobody_signs_up(client: Client, db: None) -> None:
    answer = client.post(
        "/accounts/signup/",
        {"username": "eve", "email": "e@x.example", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert "An admin of your team lets you in" in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "address", ["/accounts/confirm-email/", "/accounts/login/code/confirm/", "/accounts/3rdparty/"]
)
def test_rooms_we_do_not_have_stay_shut(client: Client, db: None, address: str) -> None:
    assert client.get(address, follow=False).status_code == 404
