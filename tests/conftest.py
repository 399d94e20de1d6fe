"""The cast and the doors that most tests need."""

import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("PYTHONWARNINGS", "default")
# Sync Playwright keeps an event loop in the thread; the ORM would refuse to work beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

import pytest
from django.test import Client
from rest_framework.test import APIClient

from kb.accounts.models import Role, User
from tests.support.chromium import chromium  # noqa: F401
from tests.support.factories import make_token, make_user
from tests.support.order import pytest_collection_modifyitems  # noqa: F401
from tests.support.postgres import end_server
from tests.support.seeds import pytest_configure, pytest_unconfigure  # noqa: F401
from tests.support.strict import (  # noqa: F401
    pytest_make_collect_report,
    pytest_runtest_makereport,
)


def pytest_sessionfinish() -> None:
    """The PostgreSQL that some tests share ends with the run, and not before."""
    end_server()


@pytest.fixture
def viewer(db: None) -> User:
    return make_user("vera", role=Role.VIEWER)


@pytest.fixture
def responder(db: None) -> User:
    return make_user("ruth", role=Role.RESPONDER)


@pytest.fixture
def keeper(db: None) -> User:
    return make_user("kim", role=Role.ADMIN)


@pytest.fixture
def stranger(db: None) -> User:
    """Signed in, but named by nothing."""
    return make_user("sam", role=Role.RESPONDER)


def api_as(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(user)}")
    return client


@pytest.fixture
def api(responder: User) -> APIClient:
    """The API in the hands of a responder, with a real token."""
    return api_as(responder)


@pytest.fixture
def viewer_api(viewer: User) -> APIClient:
    return api_as(viewer)


@pytest.fixture
def browser_of() -> Callable[[User], Client]:
    """``browser_of(user)``: a signed-in Django test client."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path
