"""Pages and API against an empty view behind the same middleware and the same sign-in."""

from collections.abc import Iterator
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, is_valid_path, path
from django.utils import timezone

from incidents.patterns import sweeps
from incidents.patterns.models import NEEDS_EYES, Flag
from kb.accounts.models import User
from tests.bench.documents import NOW
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
    """Each page and endpoint of a fleet that was judged, a few requests a turn."""
    sweeps.run(sweeps.start(now=NOW, background=False), timezone.now)
    flags = Flag.objects.filter(state__in=NEEDS_EYES).count()
    say(f"  {size} hosts, {flags} open flags, {ROUNDS} requests a turn")
    client = Client()
    client.force_login(User.objects.create_superuser("bench", "", "bench", role="admin"))
    with override_settings(ROOT_URLCONF="tests.bench.pages", ALLOWED_HOSTS=["testserver"]):

        def ask(address: str) -> None:
            for _ in range(ROUNDS):
                answer = client.get(address)
                assert answer.status_code == 200, f"{address}: {answer.status_code}"

        for address in ADDRESSES:
            if not is_valid_path(address.split("?")[0]):
                say(f"  {address}: left out, there is no such address")
                continue
            ask(address)
            yield compare(address, partial(ask, address), "an empty view", partial(ask, "/empty/"))
