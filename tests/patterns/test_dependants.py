"""Who is judged again because of a host, and that it comes to what a full sweep would say."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.hosts.models import Host
from incidents.patterns import dependants, sweeps
from incidents.patterns.dependants import (
    PATTERN_TOPIC,
    PEERS_TOPIC,
    TOPIC,
    dependants_of,
    judge_dependants,
    judge_peers,
    remember,
)
from incidents.patterns.fleet.shared import Shared
from incidents.patterns.keeping import Judgement
from incidents.patterns.models import Flag, HostVerdicts
from kb.outbox.models import OutboxRow
from tests.support.factories import NOW, make_group, make_host, make_service

pytestmark = pytest.mark.django_db
Judge = Callable[..., Judgement]


def debian(major: str) -> dict[str, object]:
    return {"os": {"name": "Debian", "version": major, "major": major}}


def rows(topic: str = TOPIC) -> list[OutboxRow]:
    return list(OutboxRow.objects.filter(topic=topic))


def test_the_group_the_nest_and_the_services() -> None:
    david = make_host("david")
    inside = make_host("inside", parent=david, kind="chroot")
    robert, mate, other, gone = (make_host(name) for name in ("robert", "mate", "other", "gone"))
    Host.objects.filter(pk=gone.pk).update(status="retired")
    make_group(members=(david, robert, gone))
    make_service(hosts=(inside, mate))
    assert dependants_of([inside.pk]) == {david.pk, robert.pk, mate.pk}
    assert dependants_of([other.pk]) == set()


def test_judging_a_host_remembers_its_dependants(library: None, judge: Judge) -> None:
    host = make_host(environment="production")
    judge(host)
    assert [(row.key, row.payload) for row in rows()] == [(str(host.pk), {})]
    assert [row.key for row in rows(PEERS_TOPIC)] == ["production"]


def test_peers_follow_only_when_the_system_changed(library: None, judge: Judge) -> None:
    host = make_host(environment="production", facts=debian("12"))
    judge(host)
    OutboxRow.objects.all().delete()
    judge(host, now=NOW + timedelta(hours=1))
    assert rows(PEERS_TOPIC) == []
    Host.objects.filter(pk=host.pk).update(environment="staging")
    judge(host, now=NOW + timedelta(hours=2))
    assert [row.key for row in rows(PEERS_TOPIC)] == ["production", "staging"]


def test_a_host_that_is_pending_is_judged_itself(library: None) -> None:
    host = make_host(
        facts={"storage": {"raids": [{"name": "md0", "level": "raid5"}]}, "backups": []}
    )
    remember([host.pk], pending=[host.pk])
    assert judge_dependants(rows(), NOW) == 1
    assert Flag.objects.filter(host=host, pattern__slug="raid-only-no-backup").exists()


def test_dependants_come_to_what_a_full_sweep_says(library: None, judge: Judge) -> None:
    """Robert is upgraded: his partner, whose facts did not move, must follow."""
    robert, david = make_host("robert", facts=debian("12")), make_host("david", facts=debian("12"))
    chroot = make_host("robert.php", parent=robert, kind="chroot", facts=debian("8"))
    make_group(members=(robert, david))
    fleet = [make_host(environment="production", facts=debian("12")) for _ in range(12)]
    odd = make_host(environment="production", facts={"os": {"name": "Gentoo"}})
    judge(robert, david, chroot, odd, *fleet)
    OutboxRow.objects.all().delete()

    later = NOW + timedelta(hours=1)
    Host.objects.filter(pk=robert.pk).update(facts=debian("13"), last_report_at=later)
    for host in fleet[:6]:
        Host.objects.filter(pk=host.pk).update(facts={"os": {"name": "Gentoo"}})
    judge(robert, *fleet[:6], now=later)
    judge_dependants(rows(), later)
    judge_peers([row.key for row in rows(PEERS_TOPIC)], later)
    incremental = states()
    assert incremental["david"]["pair-os-mismatch"] == "match"

    sweep = sweeps.start(now=later + timedelta(seconds=1))
    sweeps.run(sweep, timezone.now)
    assert states() == incremental


def states() -> dict[str, dict[str, str]]:
    return {
        row.host.name: {slug: said["state"] for slug, said in row.verdicts.items()}
        for row in HostVerdicts.objects.select_related("host")
    }


def test_a_changed_pattern_is_asked_everywhere(library: None) -> None:
    host = make_host(facts=debian("8"))
    assert "os-eol" in [row.key for row in rows(PATTERN_TOPIC)]
    assert dependants.judge_pattern(["os-eol", "not-there"], NOW) == 1
    told = HostVerdicts.objects.get(host=host).verdicts.keys()
    assert told == {"os-eol", "lesson-repeated"}  # which reads what the others found
    cause = Flag.objects.get(pattern__slug="os-eol").transitions.get().cause
    assert cause == "pattern"


def test_shares_noted_at_the_last_judging_are_those_of_a_whole_count(
    library: None, judge: Judge
) -> None:
    for n in range(12):
        seen = NOW - timedelta(days=20 if n < 4 else 1)
        facts = {**debian("12" if n % 2 else "13"), "hardware": {"model": "R740"}}
        judge(make_host(environment="production", role="web", facts=facts, seen=seen))
    odd = make_host(environment="production", role="web", facts={"os": {"name": "Gentoo"}})
    whole, near = Shared(NOW), Shared(NOW, around=[odd.pk])
    for fresh in (False, True):
        for role in (None, "web"):
            expected = whole.tally("production", role, fresh=fresh)
            assert near.tally("production", role, fresh=fresh) == expected
    assert whole.tally("production", None, fresh=True).os == {"Debian": 8, "Gentoo": 1}
    assert near.anything_stale


def test_a_restore_test_told_anywhere_is_noted(library: None, judge: Judge) -> None:
    told = make_host(
        facts={"backups": [{"job": "db", "last_restore_test": "2026-11-13T09:00:00Z"}]}
    )
    other = make_host()
    assert "restore_test" not in Shared(NOW, around=[other.pk]).kinds_in_use
    judge(told)
    assert "restore_test" in Shared(NOW, around=[other.pk]).kinds_in_use
