"""Patterns that read what the others found: asked last, everywhere the same, never behind."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.hosts.models import Host
from incidents.patterns import sweeps
from incidents.patterns.dependants import judge_pattern
from incidents.patterns.explain import explain_host
from incidents.patterns.judge import judge_hosts
from incidents.patterns.models import Flag, HostVerdicts
from incidents.patterns.second_pass import findings, seeing
from incidents.patterns.shipped import save_pattern
from incidents.patterns.verdict import State, Verdict
from incidents.patterns.view import HostView
from tests.support.factories import NOW, make_action, make_host, make_incident, make_lesson

BARE = {"storage": {"raids": [{"name": "md0", "level": "raid5"}]}, "backups": []}
SAVED = {
    "storage": {"raids": [{"name": "md0", "level": "raid5"}]},
    "backups": [{"tool": "restic", "job": "all", "last_success": "2026-11-23T02:00:00Z"}],
}


def state(host: Host) -> str:
    said: str = HostVerdicts.objects.get(host=host).verdicts["lesson-repeated"]["state"]
    return said


@pytest.fixture
def taught(library: None) -> Host:
    """A host whose array was the only copy once before; what was agreed then is still to do."""
    host = make_host("db-01", facts=BARE)
    lesson = make_lesson("Raid", slug="raid-is-not-a-backup")
    incident = make_incident(hosts=(host,), lessons=(lesson,), detected_at=NOW)
    make_action(incident=incident, lesson=lesson)
    return host


def set_facts(host: Host, facts: dict[str, Any]) -> None:
    observed = {name: {"sources": {"test": NOW.isoformat()}, "paths": {}} for name in facts}
    Host.objects.filter(pk=host.pk).update(facts=facts, observed=observed)


# -- the section --------------------------------------------------------------------------------


def test_matches_are_listed_the_unknown_named_and_the_clear_left_out() -> None:
    lessons = {"a": ["x"], "b": [], "c": ["y"], "d": ["z"], "e": [], "f": ["w"]}
    verdicts = {
        "a": Verdict(State.MATCH, severity="high"),
        "b": Verdict(State.CLEAR),
        "c": Verdict(State.UNKNOWN),
        "d": Verdict(State.NOT_APPLICABLE),
    }
    held = {"e": {"state": "match", "severity": "low"}}
    assert findings(lessons, verdicts, {"e": "medium"}, held) == [
        {"pattern": "a", "lessons": ["x"], "matched": True, "severity": "high"},
        {"pattern": "c", "lessons": ["y"]},
        {"pattern": "e", "lessons": [], "matched": True, "severity": "low"},
        {"pattern": "f", "lessons": ["w"]},
    ]


def test_they_are_fresh_and_leave_the_rest_of_a_view_alone() -> None:
    same = {"os": {"name": "Debian"}}
    view = seeing(HostView("a", same, same), [])
    assert view.fresh is view.sections
    assert view.sections == {**same, "findings": []}
    stale = seeing(HostView("a", same, {}, {"os": "2026-11-01"}), [])
    assert (stale.fresh, stale.stale) == ({"findings": []}, {"os": "2026-11-01"})


# -- judging ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_it_follows_the_first_pass_in_the_same_judging(taught: Host) -> None:
    judge_hosts([taught.pk], now=NOW)
    assert state(taught) == "match"
    flag = Flag.objects.get(pattern__slug="lesson-repeated")
    assert flag.severity == "critical"
    assert "raid-only-no-backup" in flag.sentence

    set_facts(taught, SAVED)
    judge_hosts([taught.pk], now=NOW + timedelta(hours=1))
    assert state(taught) != "match"


@pytest.mark.django_db
def test_within_a_budget_too(taught: Host) -> None:
    judge_hosts([taught.pk], now=NOW, budget_seconds=60)
    assert state(taught) == "match"


@pytest.mark.django_db
def test_with_no_time_left_nothing_is_claimed(taught: Host) -> None:
    assert judge_hosts([taught.pk], now=NOW, budget_seconds=-1).pending
    assert "lesson-repeated" not in HostVerdicts.objects.get(host=taught).verdicts


@pytest.mark.django_db
def test_a_sweep_says_the_same(taught: Host) -> None:
    sweeps.run(sweeps.start(now=NOW, background=False), timezone.now)
    assert state(taught) == "match"


@pytest.mark.django_db
def test_when_one_pattern_is_asked_anew_what_reads_it_follows(taught: Host) -> None:
    judge_hosts([taught.pk], now=NOW)
    set_facts(taught, SAVED)
    judge_pattern(["raid-only-no-backup"], NOW + timedelta(hours=1))
    said = HostVerdicts.objects.get(host=taught).verdicts
    assert said["raid-only-no-backup"]["state"] == "clear"
    assert said["lesson-repeated"]["state"] != "match"


@pytest.mark.django_db
def test_the_host_page_explains_it_by_what_was_found(taught: Host) -> None:
    checks = {check.pattern.slug: check for check in explain_host(taught, now=NOW).checks}
    check = checks["lesson-repeated"]
    assert check.verdict == "match"
    assert "raid-only-no-backup" in check.reason
    assert any(one["path"].startswith("findings") for one in check.evidence)


@pytest.mark.django_db
def test_a_teams_own_pattern_may_read_findings(taught: Host, keeper: Any) -> None:
    spec = {
        "pattern": "many-things",
        "title": "Many things at once",
        "severity": "low",
        "applies": "true",
        "match": "findings.exists(f, f.matched && f.pattern == 'raid-only-no-backup')",
        "examples": [
            {"facts": {"findings": [{"pattern": "raid-only-no-backup", "matched": True}]},
             "verdict": "match"},
            {"facts": {"findings": []}, "verdict": "clear"},
        ],
    }  # fmt: skip
    save_pattern(spec, by=keeper)
    judge_pattern(["many-things"], NOW)
    said = HostVerdicts.objects.get(host=taught).verdicts["many-things"]
    assert said["state"] == "unknown"  # nobody was asked anything of this host yet
    judge_hosts([taught.pk], now=NOW)
    assert HostVerdicts.objects.get(host=taught).verdicts["many-things"]["state"] == "match"
