"""What somebody sees when something goes wrong: a page on a page, a problem document in the API."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from kb.accounts.models import User
from kb.web import views

Handler = Callable[[HttpRequest], HttpResponse]
HANDLERS: list[tuple[int, Handler, str]] = [
    (400, lambda r: views.bad_request(r, ValueError()), "could not be understood"),
    (403, lambda r: views.forbidden(r, PermissionError()), "not yours to do"),
    (403, views.csrf_failure, "too old to save"),
    (404, lambda r: views.not_found(r, Http404()), "Nothing is at this address"),
    (500, views.server_error, "Something broke here"),
]


def request(path: str) -> Any:
    made = RequestFactory().get(path)
    made.user = AnonymousUser()
    return made


@pytest.mark.parametrize(("status", "handler", "words"), HANDLERS)
def test_a_page_says_what_happened_and_never_clears_a_draft(
    status: int, handler: Handler, words: str
) -> None:
    answer = handler(request("/hosts/nowhere/"))
    text = answer.content.decode()
    assert (answer.status_code, words in text) == (status, True)
    assert "data-settled" not in text


@pytest.mark.parametrize(("status", "handler", "words"), HANDLERS)
def test_the_api_answers_with_a_problem(status: int, handler: Handler, words: str) -> None:
    answer = handler(request("/api/v1/nowhere/"))
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["status"] == status


@pytest.mark.django_db
def test_an_unknown_address_is_a_page_of_its_own(
    browser_of: Callable[[User], Client], viewer: User
) -> None:
    answer = browser_of(viewer).get("/no/such/place/")
    assert answer.status_code == 404
    assert "Nothing is at this address" in answer.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_kindly(viewer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(viewer)
    answer = client.post("/look/")
    assert answer.status_code == 403
    assert "nothing is lost" in answer.content.decode()
