"""The style guide renders whole, to people who are signed in."""

from collections.abc import Callable

import pytest
from django.test import Client

from kb.accounts.models import User

pytestmark = pytest.mark.django_db


def test_it_shows_every_component(browser_of: Callable[[User], Client], viewer: User) -> None:
    page = browser_of(viewer).get("/look/")
    assert page.status_code == 200
    text = page.content.decode()
    for css in (
        "figures", "rows", "evidence", "filters", "pager", "timeline", "conflict", "diff",
        "prose", "mistakes", "empty", "progress", "messages", "banner", "plotted", "nest",
    ):  # fmt: skip
        assert f'class="{css}' in text or f" {css}" in text, css


def test_it_needs_a_sign_in() -> None:
    assert Client().get("/look/").status_code == 302


@pytest.mark.parametrize(
    "forbidden", [" style=", "<style", " onclick=", " onsubmit=", "javascript:"]
)
def test_nothing_on_it_needs_more_than_the_content_security_policy_allows(
    browser_of: Callable[[User], Client], viewer: User, forbidden: str
) -> None:
    page = browser_of(viewer).get("/look/")
    assert forbidden not in page.content.decode()
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]
