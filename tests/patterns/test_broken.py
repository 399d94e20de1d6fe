"""Patterns that are at fault themselves: who hears of it, and what they are told."""

from typing import Any

import pytest
from django.test import Client

from incidents.patterns import shipped
from incidents.patterns.broken import Broken, broken, broken_of
from incidents.patterns.coverage import coverage
from incidents.patterns.models import Pattern
from kb.accounts.models import User
from tests.support.factories import make_host, make_pattern

pytestmark = pytest.mark.django_db

WORDS = "match: > orders numbers, not text and a number"


@pytest.fixture
def pattern(responder: User, judge: Any) -> Pattern:
    """It compares a text with a number on one of two hosts."""
    spec = {
        "pattern": "too-big", "title": "Too big", "severity": "low", "likelihood": "low",
        "applies": "true", "match": "custom.size > 3", "examples": [],
    }  # fmt: skip
    made = make_pattern("too-big", title="Too big", spec=spec, owner=responder)
    judge(make_host("robert", facts={"custom": {"size": "x"}}), make_host("david"))
    return made


def test_it_is_told_with_a_host_to_try_it_on(pattern: Pattern) -> None:
    assert broken(coverage().patterns) == [Broken(pattern, 1, "robert", WORDS)]


def test_whose_pattern_it_is_hears_of_it_and_so_do_admins(
    pattern: Pattern, responder: User, stranger: User, keeper: User
) -> None:
    counts = coverage().patterns
    told = [len(broken_of(user, counts)) for user in (responder, stranger, keeper)]
    assert told == [1, 0, 1]


def test_the_front_page_tells_the_owner_and_the_list_everybody(
    pattern: Pattern, browser_of: Any, responder: User, stranger: User
) -> None:
    escaped = WORDS.replace(">", "&gt;")
    assert escaped in browser_of(responder).get("/").content.decode()
    other = browser_of(stranger)
    assert escaped not in other.get("/").content.decode()
    for at in ("/patterns/", "/patterns/too-big/"):
        page = other.get(at).content.decode()
        assert escaped in page
        assert '<a href="/hosts/robert/">robert</a>' in page


def test_what_is_switched_off_is_nobodys_trouble(pattern: Pattern) -> None:
    counts = coverage().patterns
    Pattern.objects.update(enabled=False)
    assert broken(counts) == []


def test_who_writes_one_looks_after_it_until_it_is_given_over(
    client: Client, responder: User, stranger: User, keeper: User
) -> None:
    from incidents.patterns.starting import STARTING_TEXT

    made = shipped.save_pattern(STARTING_TEXT, by=responder)
    assert made.owner == responder
    client.force_login(responder)
    client.post(f"/patterns/{made.slug}/owner/", {"to": stranger.pk})
    made.refresh_from_db()
    assert made.owner == stranger
    page = client.get(f"/patterns/{made.slug}/").content.decode()
    assert "looked after by sam" in page
    client.post(f"/patterns/{made.slug}/owner/", {"to": ""})
    made.refresh_from_db()
    assert made.owner is None


def test_a_shipped_one_is_given_over_by_admins_only(
    browser_of: Any, responder: User, keeper: User, library: None
) -> None:
    at = "/patterns/os-eol/owner/"
    assert browser_of(responder).post(at, {"to": responder.pk}).status_code == 403
    assert browser_of(keeper).post(at, {"to": responder.pk}).status_code == 302
    assert Pattern.objects.get(slug="os-eol").owner == responder
