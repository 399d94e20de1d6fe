"""While somebody types @, # or [[, what they may mean is offered: only what they may see."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from incidents.records.models import Visibility
from kb.accounts.models import User
from kb.wiki.pages import create_page
from tests.support.factories import make_host, make_incident, make_lesson, make_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(browser_of: Callable[[User], Client], viewer: User) -> Callable[[str, str], list[str]]:
    browser = browser_of(viewer)

    def suggestions(sign: str, typed: str) -> list[str]:
        answer = browser.get("/suggest/", {"sign": sign, "q": typed})
        return [one["text"] for one in answer.json()["suggestions"]]

    return suggestions


def test_hosts_follow_an_at(ask: Callable[[str, str], list[str]]) -> None:
    for name in ("web-robert", "robert", "david"):
        make_host(name)
    assert ask("@", "rob") == ["@robert", "@web-robert"]
    assert ask("@", "") == ["@david", "@robert", "@web-robert"]


def test_incidents_follow_a_hash_by_number_or_words(ask: Callable[[str, str], list[str]]) -> None:
    first, second = make_incident("The disk was full"), make_incident("Power went")
    assert ask("#", f"{first.pk}")[0] == f"#{first.pk}"
    assert ask("#", "power w") == [f"#{second.pk}"]


def test_pages_and_the_rest_follow_two_brackets(ask: Callable[[str, str], list[str]]) -> None:
    create_page(by=None, title="Mail: draining")
    create_page(by=None, title="Mailing")
    make_service("Mail", slug="mail")
    make_lesson("Mail is not chat", slug="mail-is-not-chat")
    assert ask("[[", "mail") == [
        "[[mail-draining]]", "[[Mailing]]", "[[service:mail]]", "[[lesson:mail-is-not-chat]]",
    ]  # fmt: skip
    assert ask("[[", "service:m") == ["[[service:mail]]"]


def test_nobody_is_offered_what_they_may_not_see(
    ask: Callable[[str, str], list[str]], responder: User
) -> None:
    make_incident("Secret", visibility=Visibility.RESTRICTED, author=responder)
    assert ask("#", "Secret") == []
    assert Client().get("/suggest/?q=x").status_code == 302


def test_what_is_offered_leads_where_it_says(
    ask: Callable[[str, str], list[str]], viewer: User
) -> None:
    from kb.wiki.markdown import render

    for title in ("Plain", "With [brackets]", "A|B", "kind: of", "Ünicode & more"):
        page = create_page(by=None, title=title)
        (text,) = [one for one in ask("[[", title) if page.slug in render(one, viewer)]
        assert f'href="/pages/{page.slug}/"' in render(text, viewer)


def test_tooling_may_ask_too(api: APIClient) -> None:
    make_host("robert")
    (row,) = api.get("/api/v1/suggest/?sign=@&q=ro").json()["results"]
    assert row == {"text": "@robert", "title": "robert", "kind": "Host"}
    told = api.post("/api/v1/preview/", {"text": "# Hi\n\n@robert"}, format="json").json()
    assert 'href="/hosts/robert/"' in told["html"]
    assert told["contents"] == [{"level": 2, "anchor": "at-hi", "words": "Hi"}]
    assert api.post("/api/v1/preview/", {}, format="json").status_code == 400
