"""Tokens of tooling: shown once, kept as a digest, and ended at will."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from rest_framework.test import APIClient

from kb.accounts import tokens
from kb.accounts.models import ApiToken, User
from tests.support.factories import NOW, make_token, make_user


def with_token(secret: str, word: str = "Bearer") -> int:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"{word} {secret}")
    return int(client.get("/api/v1/me/").status_code)


@pytest.mark.parametrize("word", ["Bearer", "bearer", "Token"])
def test_a_token_opens_the_api(viewer: User, word: str) -> None:
    assert with_token(make_token(viewer), word) == 200


def test_only_a_digest_is_kept(viewer: User) -> None:
    secret = make_token(viewer)
    (row,) = ApiToken.objects.values()
    assert secret not in str(row)
    assert row["prefix"] == secret[:9]


def test_a_token_ends_with_its_day(viewer: User) -> None:
    _, secret = tokens.issue(viewer, name="x", expires_at=NOW)
    assert tokens.holder(secret, NOW - timedelta(seconds=1)) is not None
    assert tokens.holder(secret, NOW) is None


def test_a_token_ends_with_its_owner(viewer: User) -> None:
    secret = make_token(viewer)
    User.objects.update(is_active=False)
    assert with_token(secret) == 401


def test_use_is_noted_but_not_at_every_call(viewer: User) -> None:
    token, _ = tokens.issue(viewer, name="x")
    for minutes, noted in ((0, 0), (4, 0), (6, 6)):
        token.refresh_from_db()
        tokens.note_use(token, NOW + timedelta(minutes=minutes))
        token.refresh_from_db()
        assert token.last_used_at == NOW + timedelta(minutes=noted)


# --- the page ---


def test_a_new_token_is_shown_once(viewer: User, browser_of: Callable[[User], Client]) -> None:
    browser = browser_of(viewer)
    answer = browser.post("/settings/tokens/new/", {"name": "backup script"})
    (token,) = viewer.tokens.all()
    page = answer.content.decode()
    secret = next(word for word in page.replace("<", " ").replace(">", " ").split()
                  if word.startswith(token.prefix))  # fmt: skip
    assert with_token(secret) == 200
    assert answer["Cache-Control"] == "no-store"
    assert secret not in browser.get("/settings/").content.decode()
    assert token.prefix in browser.get("/settings/").content.decode()


@pytest.mark.parametrize("sent", [{"name": ""}, {"name": "x", "days": "-1"}, {"name": "x" * 121}])
def test_a_form_that_says_too_little_makes_no_token(
    viewer: User, browser_of: Callable[[User], Client], sent: dict[str, str]
) -> None:
    answer = browser_of(viewer).post("/settings/tokens/new/", sent, follow=True)
    assert "No token was made" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_an_ended_token_opens_nothing_and_stays_ended(
    viewer: User, browser_of: Callable[[User], Client]
) -> None:
    token, secret = tokens.issue(viewer, name="the old script")
    browser = browser_of(viewer)
    browser.post(f"/settings/tokens/{token.pk}/end/")
    token.refresh_from_db()
    ended = token.revoked_at
    browser.post(f"/settings/tokens/{token.pk}/end/")
    token.refresh_from_db()
    assert with_token(secret) == 401
    assert token.revoked_at == ended
    assert "the old script" not in browser.get("/settings/").content.decode()


def test_nobody_ends_the_token_of_another(
    viewer: User, keeper: User, browser_of: Callable[[User], Client]
) -> None:
    token, secret = tokens.issue(viewer, name="x")
    assert browser_of(keeper).post(f"/settings/tokens/{token.pk}/end/").status_code == 404
    assert with_token(secret) == 200


# --- the command ---


def test_the_command_prints_a_token_that_works(viewer: User) -> None:
    out = StringIO()
    call_command("token", "vera", name="ansible", days=30, stdout=out)
    (token,) = viewer.tokens.all()
    assert with_token(out.getvalue().strip()) == 200
    assert token.name == "ansible"
    assert token.expires_at is not None
    assert token.expires_at - token.created_at > timedelta(days=29, hours=23)


def test_the_command_says_who_is_not_there(db: None) -> None:
    make_user("gone", is_active=False)
    for name in ("nobody", "gone"):
        with pytest.raises(CommandError, match=f"no active user '{name}'"):
            call_command("token", name)
    assert not ApiToken.objects.exists()


def test_the_command_refuses_a_token_that_is_over_already(viewer: User) -> None:
    with pytest.raises(CommandError, match="--days"):
        call_command("token", "vera", days=0)
    assert not ApiToken.objects.exists()
