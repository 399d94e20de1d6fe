"""What only time changes: nobody reports anything new, and still a flag opens or a clear goes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.hosts.models import Host
from incidents.patterns import sweeps, tasks
from incidents.patterns.models import Flag, HostVerdicts, Sweep
from tests.support.factories import make_host

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


@pytest.fixture
def host(library: None, time_machine: Any) -> Host:
    """Written down by a person, so that its facts do not grow stale."""
    time_machine.move_to(EVENING, tick=False)
    last = EVENING - timedelta(hours=6)
    return make_host(
        "web-1",
        seen=EVENING,
        source="manual",
        facts={
            "certificates": [
                {"subject": "shop", "endpoint": "shop:443", "auto_renew": False,
                 "not_after": (EVENING + timedelta(days=40)).isoformat()}
            ],
            "storage": {"raids": [{"name": "md0", "level": "raid1"}]},
            "backups": [{"tool": "restic", "job": "all", "last_success": last.isoformat()}],
        },
    )  # fmt: skip


def night(time_machine: Any, *, days: int) -> Sweep:
    """Some nights later the beat has its turn, and the sweep is done."""
    time_machine.move_to(EVENING + timedelta(days=days, hours=8), tick=False)
    assert tasks.nightly() is not None
    sweep = sweeps.under_way()
    assert sweep is not None
    return sweeps.run(sweep, timezone.now)


def state(host: Host, slug: str) -> str:
    said: str = HostVerdicts.objects.get(host=host).verdicts[slug]["state"]
    return said


def test_a_certificate_nears_its_end(host: Host, time_machine: Any) -> None:
    night(time_machine, days=1)
    assert state(host, "cert-expiring") == "clear"
    assert not Flag.objects.filter(pattern__slug="cert-expiring").exists()

    sweep = night(time_machine, days=12)
    assert (sweep.why, sweep.opened >= 1) == ("nightly", True)
    flag = Flag.objects.get(pattern__slug="cert-expiring")
    assert (flag.state, flag.transitions.get().cause) == ("open", "sweep")
    assert "27 days" in flag.sentence

    night(time_machine, days=35)
    flag.refresh_from_db()
    assert flag.severity == "critical"


def test_a_backup_grows_old(host: Host, time_machine: Any) -> None:
    night(time_machine, days=30)
    assert state(host, "raid-only-no-backup") == "clear"
    night(time_machine, days=31)
    assert state(host, "raid-only-no-backup") == "match"


def test_what_a_tool_said_goes_stale_and_a_clear_with_it(
    library: None, host: Host, time_machine: Any
) -> None:
    told = host.facts
    other = make_host("web-2", seen=EVENING, source="restic", facts=told)
    night(time_machine, days=13)
    assert state(other, "raid-only-no-backup") == "clear"
    night(time_machine, days=15)
    assert state(other, "raid-only-no-backup") == "unknown"
    assert state(host, "raid-only-no-backup") == "clear"


def test_once_a_night_and_not_again(host: Host, time_machine: Any) -> None:
    night(time_machine, days=1)
    assert tasks.nightly() is None
    assert Sweep.objects.count() == 1
