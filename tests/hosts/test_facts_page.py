"""What changed when, on a page."""

from collections.abc import Callable

import pytest
from django.test import Client

from kb.accounts.models import User
from tests.hosts.reports import days_ago, tell

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> None:
    tell(os={"name": "Gentoo", "version": "2.14"}, at=days_ago(20))
    tell(source="restic", backups=[], at=days_ago(15))
    tell(os={"name": "Debian", "version": "12.5"}, at=days_ago(10))


def page(browser_of: Browser, user: User, query: str = "") -> str:
    answer = browser_of(user).get(f"/hosts/robert/facts/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_change_says_what_when_and_who(browser_of: Browser, viewer: User, told: None) -> None:
    said = page(browser_of, viewer)
    for words in ("os.name", ">Gentoo</del>", ">Debian</ins>", "from ansible", "13 Nov 2026"):
        assert words in said, words
    assert "first word from restic" in said


def test_one_section_alone(browser_of: Browser, viewer: User, told: None) -> None:
    said = page(browser_of, viewer, "?section=backups")
    assert "1 change" in said
    assert "os.name" not in said
    assert "Nobody has told" in page(browser_of, viewer, "?section=nonsense")


def test_the_facts_as_they_stood(browser_of: Browser, viewer: User, told: None) -> None:
    then = page(browser_of, viewer, "?at=2026-11-05").split("changes</h2>")[0]
    assert "As it stood" in then
    assert "Gentoo 2.14" in then
    assert "backups" not in then
    assert "Nothing was known then" in page(browser_of, viewer, "?at=2020-01-01")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("yesterday", "is no moment. Write a day such as"),
        ("2026-13-45", "is no moment. Write a day such as"),
        ("%00", "is no moment"),
        ("9999-01-01", "That lies ahead"),
    ],
)
def test_words_that_are_no_past_moment_are_told_with_the_mend(
    browser_of: Browser, viewer: User, told: None, words: str, said: str
) -> None:
    answer = browser_of(viewer).get(f"/hosts/robert/facts/?at={words}")
    text = answer.content.decode()
    assert answer.status_code == 400
    assert said in text
    assert "As it stood on <" not in text
    assert "first word from restic" in text  # the changes are there all the same


def test_how_much_is_kept_is_said(browser_of: Browser, viewer: User, told: None) -> None:
    assert "Every change of the last 400 days is kept" in page(browser_of, viewer)
