"""Somebody's script on a running site, and the patience its tests need."""

import time
from collections.abc import Callable
from typing import Any

import requests

from tests.support.site import Site


class Tool:
    """The API with a token."""

    def __init__(self, site: Site, user: str) -> None:
        self.base = f"{site.url}/api/v1"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {site.token(user)}"

    def call(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of a good answer; an ``AssertionError`` with the words of any other."""
        response = self.session.request(method, self.base + path, timeout=30, **options)
        assert response.ok, f"{method} {path}: {response.status_code} {response.text}"
        return response.json()


def soon(ask: Callable[[], Any], *, seconds: float = 30) -> Any:
    """The first true answer within a while: what the background does takes a moment."""
    for _ in range(round(seconds / 0.25)):
        answer = ask()
        if answer:
            return answer
        time.sleep(0.25)
    raise AssertionError("It never came true.")
