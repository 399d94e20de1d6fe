"""Time alone: what was told grows old, and nothing old counts as clear."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from incidents.hosts import shelf_lives
from incidents.hosts.ingest import ingest
from incidents.hosts.models import Host
from incidents.patterns import sweeps
from incidents.patterns.explain import Check, explain_host
from incidents.patterns.models import Flag, HostVerdicts, Pattern, Sweep
from kb.outbox.drain import drain
from tests.hosts.reports import report
from tests.support.factories import NOW, make_pattern

pytestmark = pytest.mark.django_db
_number = count(1)


def day(number: float) -> Any:
    return NOW + timedelta(days=number)


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    """``clock(3)`` is three days later."""

    def clock(number: float) -> None:
        time_machine.move_to(day(number), tick=False)

    clock(0)
    return clock


def tell(days: float, source: str = "test", **sections: Any) -> Host:
    told = report("robert", source=source, at=day(days), **sections)
    return ingest(told, arrived_at=day(days)).host


def pattern(slug: str, **said: Any) -> Pattern:
    """Compiled once per version and moment: no two tests may have both in common."""
    made = make_pattern(slug, **said)
    made.versions.update(made_at=day(-1234) + timedelta(microseconds=next(_number)))
    return made


@pytest.fixture
def bad() -> Pattern:
    return pattern("bad")


def check(host: Host, days: float) -> Check:
    (found,) = explain_host(Host.objects.get(pk=host.pk), now=day(days)).checks
    return found


def test_clear_turns_to_unknown_and_says_since_when(bad: Pattern) -> None:
    host = tell(0, custom={"bad": False})
    assert [check(host, days).verdict for days in (0, 14, 14.1, 60)] == [
        "clear", "clear", "unknown", "unknown",
    ]  # fmt: skip
    found = check(host, 60)
    assert dict(found.stale) == {"custom": day(14).isoformat()}
    assert found.is_stale
    assert "stale since 2026-12-07: custom" in found.reason


def test_not_applicable_turns_to_unknown_too() -> None:
    spec = {
        "pattern": "na", "title": "NA", "severity": "low", "applies": "custom.asked == true",
        "match": "custom.bad == true", "examples": [],
    }  # fmt: skip
    pattern("na", spec=spec)
    host = tell(0, custom={"asked": False})
    assert [check(host, days).verdict for days in (14, 15)] == ["not applicable", "unknown"]


def test_a_match_stays_and_says_its_age(bad: Pattern) -> None:
    host = tell(0, custom={"bad": True})
    found = check(host, 40)
    assert (found.verdict, dict(found.stale)) == ("match", {"custom": day(14).isoformat()})
    assert "on facts that are stale since 2026-12-07" in found.reason
    assert found.evidence[0]["age_days"] == 40


def test_the_life_of_a_section_counts(bad: Pattern) -> None:
    host = tell(0, custom={"bad": False})
    shelf_lives.put("custom", "", 2, by=None, now=day(0))
    assert [check(host, days).verdict for days in (2, 2.1)] == ["clear", "unknown"]
    shelf_lives.put("custom", "", 90, by=None, now=day(3))
    assert [check(host, days).verdict for days in (20, 91)] == ["clear", "unknown"]


def test_one_source_may_be_stale_and_the_other_not() -> None:
    spec = {
        "pattern": "fresh", "title": "F", "severity": "low", "applies": "true",
        "match": "!backups.exists(b, b.tool == 'borg')", "examples": [],
    }  # fmt: skip
    pattern("fresh", spec=spec)
    host = tell(0, source="restic", backups=[{"tool": "restic", "job": "a"}])
    tell(0, source="borg", backups=[{"tool": "borg", "job": "b"}])
    shelf_lives.put("", "borg", 3, by=None, now=day(0))
    assert [check(host, days).verdict for days in (2, 4)] == ["clear", "unknown"]
    shelf_lives.put("backups", "borg", 8, by=None, now=day(0))
    assert [check(host, days).verdict for days in (4, 9)] == ["clear", "unknown"]


def test_what_a_person_said_never_ages(bad: Pattern) -> None:
    host = tell(0, custom={"bad": False})
    row = host.history.get(section="custom")
    row.source = "manual"
    row.save()
    host.observed["custom"]["sources"] = {"manual": day(0).isoformat()}
    host.save()
    assert check(host, 900).verdict == "clear"


def test_the_system_of_a_host_grows_stale_by_the_life_of_its_source(bad: Pattern) -> None:
    shelf_lives.put("os", "netbox", 90, by=None, now=day(0))
    host = tell(0, source="netbox", os={"name": "debian"})
    Host.objects.filter(pk=host.pk).update(environment="production", kind="physical")
    sweeps.run(sweeps.start(now=day(1), background=False), lambda: day(1))
    assert HostVerdicts.objects.get().os_good_until == day(90)


def test_a_new_life_acts_at_once_and_has_the_fleet_swept(bad: Pattern, clock: Any) -> None:
    host = tell(0, custom={"bad": False})
    clock(5)
    sweeps.run(sweeps.start(now=day(5), background=False), lambda: day(5))
    assert HostVerdicts.objects.get().verdicts["bad"]["state"] == "clear"
    shelf_lives.put("custom", "", 3, by=None, now=day(5))
    assert check(host, 5).verdict == "unknown"
    drain("shelf-lives")
    (asked,) = Sweep.objects.filter(why="shelf lives")
    sweeps.run(asked, lambda: day(5))
    said = HostVerdicts.objects.get().verdicts["bad"]
    assert (said["state"], said["stale"]) == ("unknown", {"custom": day(3).isoformat()})


def test_a_sweep_with_the_old_lives_is_waited_for(bad: Pattern, clock: Any) -> None:
    tell(0, custom={"bad": False})
    old = sweeps.start(now=day(0), background=False)
    shelf_lives.put("custom", "", 3, by=None, now=day(1))
    clock(1)
    drain("shelf-lives")
    assert not Sweep.objects.filter(why="shelf lives").exists()
    sweeps.run(old, lambda: day(1))
    drain("shelf-lives")
    assert Sweep.objects.filter(why="shelf lives").exists()


def test_a_sweep_that_began_since_will_do(bad: Pattern, clock: Any) -> None:
    shelf_lives.put("custom", "", 3, by=None, now=day(1))
    clock(2)
    sweeps.start(now=day(2), background=False)
    drain("shelf-lives")
    assert Sweep.objects.count() == 1


def test_stale_facts_never_resolve_a_flag(bad: Pattern, judge: Any) -> None:
    host = tell(0, custom={"bad": True})
    judge(host)
    Host.objects.filter(pk=host.pk).update(facts={"custom": {"bad": False}})
    judge(host, now=day(30))
    assert Flag.objects.get().state == "open"
    assert Flag.objects.get().last_verdict in ("match", "unknown")
