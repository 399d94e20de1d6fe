"""Who gets into the API and how it says no: always problem+json, never a page."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from kb.accounts.models import User
from tests.conftest import api_as
from tests.support.factories import make_token

ME = "/api/v1/me/"


def refused(client: Client, address: str = ME, **headers: str) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"] == 'Bearer realm="twiceshy"'
    return str(answer.json()["detail"])


@pytest.mark.parametrize("address", [ME, "/api/v1/hosts/", "/api/v1/search/?q=x"])
def test_a_stranger_is_told_401_and_not_sent_to_a_page(
    client: Client, db: None, address: str
) -> None:
    assert refused(client, address) == "Authentication credentials were not provided."


def test_a_page_sends_a_stranger_to_the_door_and_back(client: Client, db: None) -> None:
    assert client.get("/hosts/")["Location"] == "/accounts/login/?next=/hosts/"


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer tw_ü", "Token"])
def test_a_token_nobody_made_is_refused_with_the_mend(
    client: Client, db: None, header: str
) -> None:
    said = refused(client, Authorization=header.encode().decode("latin-1"))
    assert "token" in said


def test_me_says_whose_token_it_is(responder: User) -> None:
    assert api_as(responder).get(ME).json() == {
        "username": "ruth",
        "email": "ruth@example.net",
        "role": "responder",
        "time_zone": "UTC",
        "teams": [],
    }


def test_a_viewer_reads_and_does_not_write(viewer: User) -> None:
    client = api_as(viewer)
    assert client.get("/api/v1/sites/").status_code == 200
    answer = client.post("/api/v1/sites/", {"name": "Hall"}, format="json")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "Your role reads only. Ask an admin to make you a responder."


def test_a_session_writes_only_with_the_csrf_token(responder: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(responder)
    assert client.get("/api/v1/sites/").status_code == 200
    answer = client.post("/api/v1/sites/", {"name": "Hall"}, format="json")
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]


def test_a_token_needs_no_csrf_token_even_beside_a_session(responder: User, viewer: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(viewer)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(responder)}")
    answer = client.post("/api/v1/sites/", {"name": "Hall"}, format="json")
    assert answer.status_code == 201
