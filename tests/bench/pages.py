"""Pages and API against an empty view behind the same middleware and the same sign-in."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path
from django.urls.exceptions import NoReverseMatch

from kb.accounts.models import User
from tests.bench.measure import Ratio, compare, say

ROUNDS = 8
ADDRESSES = (
    "/", "/hosts/", "/hosts/host-1/", "/flags/", "/patterns/", "/incidents/", "/search/?q=raid",
    "/api/v1/hosts/", "/api/v1/hosts/host-1/verdicts/", "/api/v1/flags/",
)  # fmt: skip


def empty(request: HttpRequest) -> HttpResponse:
    """Nothing, after everything that every page goes through."""
    assert request.user.is_authenticated
    return HttpResponse("")


urlpatterns = [path("empty/", empty), path("", include("kb.urls"))]


def measure(size: int) -> Iterator[Ratio]:
    """Each page and endpoint, a few requests a turn."""
    client = Client()
    client.force_login(User.objects.create_superuser("bench", "", "bench", role="admin"))
    with override_settings(ROOT_URLCONF="tests.bench.pages", ALLOWED_HOSTS=["testserver"]):

        def ask(address: str) -> None:
            for _ in range(ROUNDS):
                answer = client.get(address)
                assert answer.status_code == 200, f"{address}: {answer.status_code}"

        for address in ADDRESSES:
            try:
                ask(address)
            except NoReverseMatch as error:
                say(f"  {address}: left out, {error}")
                continue
            yield compare(
                address, lambda a=address: ask(a), "an empty view", lambda: ask("/empty/")
            )  # type: ignore[misc]
