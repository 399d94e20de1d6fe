"""Changing a password, and getting a new one by mail."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from kb.accounts import people
from kb.accounts.models import Role, User
from tests.support.factories import make_user

OLD, NEW = "correct horse battery", "another staple entirely"


@pytest.fixture(autouse=True)
def fresh_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def anna(db: None) -> User:
    return make_user("anna", password=OLD)


def ask(client: Client, address: str) -> str:
    """What the page says after asking for a new password."""
    answer = client.post("/accounts/password/reset/", {"email": address}, follow=True)
    return answer.content.decode()


def address_in_mail() -> str:
    (message,) = mail.outbox
    found = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", str(message.body))
    assert found
    return found.group(1)


def choose(client: Client, address: str, password: str) -> str:
    form = client.get(address, follow=True)
    target = form.redirect_chain[-1][0] if form.redirect_chain else address
    answer = client.post(target, {"password1": password, "password2": password}, follow=True)
    return answer.content.decode()


def test_a_password_is_changed_by_who_knows_it(
    anna: User, browser_of: Callable[[User], Client]
) -> None:
    browser = browser_of(anna)
    asked = {"oldpassword": OLD, "password1": NEW, "password2": NEW}
    browser.post("/accounts/password/change/", asked | {"oldpassword": "a guess"})
    anna.refresh_from_db()
    assert anna.check_password(OLD)
    browser.post("/accounts/password/change/", asked)
    anna.refresh_from_db()
    assert anna.check_password(NEW)


def test_a_new_one_comes_by_mail_and_the_address_works_once(anna: User, client: Client) -> None:
    assert "Look into your mail" in ask(client, "anna@example.net")
    (message,) = mail.outbox
    assert message.subject == "[Twiceshy] A new password for Twiceshy"
    assert message.to == ["anna@example.net"]
    assert "for anna" in str(message.body)
    address = address_in_mail()
    assert "Your new password works" in choose(client, address, NEW)
    anna.refresh_from_db()
    assert anna.check_password(NEW)
    again = Client().get(address, follow=True).content.decode()
    assert "This address no longer works" in again


def test_a_weak_password_is_refused_with_the_reason(anna: User, client: Client) -> None:
    ask(client, "anna@example.net")
    said = choose(client, address_in_mail(), "anna1")
    assert "too short" in said
    anna.refresh_from_db()
    assert anna.check_password(OLD)


def test_asking_for_a_stranger_sends_nothing_and_tells_nothing(anna: User, client: Client) -> None:
    told = re.sub(r"FToken.*", "", ask(client, "zoe@example.net"))
    assert mail.outbox == []
    assert told == re.sub(r"FToken.*", "", ask(Client(), "anna@example.net"))
    assert len(mail.outbox) == 1


def test_somebody_let_in_without_a_password_sets_the_first_one(client: Client, db: None) -> None:
    people.add("new", email="new@example.net", role=Role.VIEWER, password=None)
    ask(client, "new@example.net")
    choose(client, address_in_mail(), NEW)
    assert User.objects.get().check_password(NEW)
