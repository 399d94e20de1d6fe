"""``/sweeps/``: the button, the bar, the brake."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from incidents.patterns import sweeps
from incidents.patterns.models import Sweep
from kb.accounts.models import User
from tests.support.factories import make_host

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(browser_of: Any, responder: User) -> Client:
    client: Client = browser_of(responder)
    return client


def test_the_button_leads_to_the_bar(page: Client) -> None:
    answer = page.post("/sweeps/")
    sweep = Sweep.objects.get()
    assert answer["Location"] == f"/sweeps/{sweep.pk}/"
    shown = page.get(answer["Location"]).content.decode()
    assert "Waiting for the worker" in shown
    assert f'data-poll="/sweeps/{sweep.pk}/progress/"' in shown
    assert page.post("/sweeps/")["Location"] == answer["Location"]


def test_the_bar_moves_and_ends(page: Client, library: None) -> None:
    make_host()
    sweep = sweeps.plan(sweeps.start(now=timezone.now()), timezone.now())
    bar = page.get(f"/sweeps/{sweep.pk}/progress/").content.decode()
    assert 'max="1"' in bar
    assert "data-poll=" in bar
    assert "<html" not in bar
    sweeps.run(sweep, timezone.now)
    bar = page.get(f"/sweeps/{sweep.pk}/progress/").content.decode()
    assert "data-poll=" not in bar
    assert f'data-poll-then="/sweeps/{sweep.pk}/"' in bar
    assert "Flags opened" in page.get(f"/sweeps/{sweep.pk}/").content.decode()


def test_it_can_be_stopped(page: Client) -> None:
    sweep = sweeps.start(now=timezone.now())
    page.post(f"/sweeps/{sweep.pk}/cancel/")
    sweep.refresh_from_db()
    assert sweep.state == "cancelled"


def test_a_viewer_only_watches(browser_of: Any, viewer: User) -> None:
    sweep, reading = sweeps.start(now=timezone.now()), browser_of(viewer)
    assert reading.get(f"/sweeps/{sweep.pk}/").status_code == 200
    assert reading.post("/sweeps/").status_code == 403
    assert reading.post(f"/sweeps/{sweep.pk}/cancel/").status_code == 403
