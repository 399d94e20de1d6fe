"""The front page tells when hosts were last looked at: by a sweep, or as their facts came in."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from incidents.overview.front import look
from incidents.patterns.models import HostVerdicts, Sweep, SweepState
from tests.support.factories import make_host, make_user

pytestmark = pytest.mark.django_db


def test_nothing_was_judged_yet(client: Client) -> None:
    client.force_login(make_user())

    page = client.get("/").content.decode()

    assert "<span>nothing judged yet</span>" in page


def test_hosts_judged_without_a_sweep_say_when_the_newest_was(client: Client) -> None:
    now = timezone.now()
    for name, hours in (("robert", 2), ("david", 5)):
        HostVerdicts.objects.create(
            host=make_host(name), evaluated_at=now - timedelta(hours=hours, minutes=5)
        )
    client.force_login(make_user())

    page = client.get("/").content.decode()

    assert ">2 hours ago</time></span>" in page
    assert "<span>judged <time" in page
    assert "never swept" not in page


def test_a_finished_sweep_is_what_counts() -> None:
    now = timezone.now()
    finished = now - timedelta(hours=3)
    HostVerdicts.objects.create(host=make_host("robert"), evaluated_at=now)
    Sweep.objects.create(moment=finished, state=SweepState.DONE, finished_at=finished)

    front = look(make_user(), now)

    assert (front.swept_at, front.judged_at) == (finished, None)
