"""Judging hosts: verdicts kept, flags moved, dependants remembered, two at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.hosts.models import Host
from incidents.patterns import compiled
from incidents.patterns import judge as judging
from incidents.patterns.dependants import TOPIC
from incidents.patterns.keeping import Judgement
from incidents.patterns.models import Flag, FlagTransition, HostVerdicts, Pattern
from kb.outbox.models import OutboxRow
from tests.support.factories import NOW, make_host, make_pattern

pytestmark = pytest.mark.django_db
Judge = Callable[..., Judgement]

RAID = {"raids": [{"name": "md0", "level": "raid5"}]}
SLUG = "raid-only-no-backup"


def verdict_of(host: Host, slug: str = SLUG) -> dict[str, Any]:
    said: dict[str, Any] = HostVerdicts.objects.get(host=host).verdicts[slug]
    return said


def backup(days_ago: int = 1) -> dict[str, Any]:
    return {"job": "db", "tool": "restic", "last_success": (NOW - timedelta(days_ago)).isoformat()}


def test_a_match_opens_a_flag_with_evidence(library: None, judge: Judge) -> None:
    host = make_host("robert", facts={"storage": RAID, "backups": []})
    judgement = judge(host)
    flag = Flag.objects.get(pattern__slug=SLUG)
    assert [(one.pattern.slug, one.host.name) for one in judgement.opened] == [(SLUG, "robert")]
    assert flag.sentence == "raid5 on md0; no backup at all."
    assert flag.evidence == [
        {
            "path": "storage.raids",
            "value": [{"name": "md0", "level": "raid5"}],
            "source": "test",
            "age_days": 0,
        },
        {"path": "backups", "value": [], "source": "test", "age_days": 0},
    ]
    assert verdict_of(host) == {
        "state": "match", "missing": [], "severity": "high", "since": NOW.isoformat(),
    }  # fmt: skip


def test_what_was_never_reported_is_unknown_and_opens_nothing(library: None, judge: Judge) -> None:
    host = make_host(facts={"storage": RAID})
    assert judge(host).opened == []
    assert verdict_of(host)["state"] == "unknown"
    assert verdict_of(host)["missing"] == ["backups"]


def test_a_fresh_backup_resolves_it(library: None, judge: Judge) -> None:
    host = make_host(facts={"storage": RAID, "backups": []})
    judge(host)
    host.facts["backups"] = [backup()]
    host.save()
    later = NOW + timedelta(hours=1)
    judgement = judge(host, now=later)
    assert [flag.pattern.slug for flag in judgement.resolved] == [SLUG]
    assert verdict_of(host) == {"state": "clear", "missing": [], "since": later.isoformat()}


def test_a_clear_on_stale_facts_is_unknown_and_resolves_nothing(
    library: None, judge: Judge
) -> None:
    host = make_host(facts={"storage": RAID, "backups": []})
    judge(host)
    host.facts["backups"] = [backup(days_ago=-18)]
    host.save()
    judgement = judge(host, now=NOW + timedelta(days=20))
    assert judgement.resolved == []
    assert verdict_of(host)["state"] == "unknown"
    assert Flag.objects.get(pattern__slug=SLUG).state == "open"


def test_a_match_on_stale_facts_stays_and_says_how_old_they_are(
    library: None, judge: Judge
) -> None:
    host = make_host(facts={"storage": RAID, "backups": []}, seen=NOW - timedelta(days=20))
    judge(host)
    assert (
        "on facts that are stale since 2026-11-17" in Flag.objects.get(pattern__slug=SLUG).sentence
    )


def test_time_alone_can_make_a_host_match(library: None, judge: Judge) -> None:
    host = make_host(facts={"storage": RAID, "backups": [backup(1)]}, source="manual")
    assert judge(host).opened == []
    opened = judge(host, now=NOW + timedelta(days=40)).opened
    assert SLUG in [flag.pattern.slug for flag in opened]


def test_judging_twice_changes_nothing(library: None, judge: Judge) -> None:
    host = make_host(facts={"storage": RAID, "backups": []})
    judge(host)
    before = (list(Flag.objects.values()), FlagTransition.objects.count())
    again = judge(host)
    assert (again.opened, again.resolved, again.changed) == ([], [], 0)
    assert (list(Flag.objects.values()), FlagTransition.objects.count()) == before


def test_since_is_kept_while_a_verdict_stays(library: None, judge: Judge) -> None:
    host = make_host(facts={"storage": RAID})
    judge(host)
    judge(host, now=NOW + timedelta(days=1))
    assert verdict_of(host)["since"] == NOW.isoformat()


def test_a_retired_host_gets_its_flags_closed_as_such(library: None, judge: Judge) -> None:
    host = make_host(facts={"storage": RAID, "backups": []})
    judge(host)
    host.status = "retired"
    host.save()
    assert judge(host, now=NOW + timedelta(days=1)).resolved == []
    flag = Flag.objects.get(pattern__slug=SLUG)
    last = flag.transitions.order_by("pk").last()
    assert last is not None
    assert (flag.state, last.before, last.cause) == ("closed", "open", "retired")
    assert not HostVerdicts.objects.exists()


def test_a_host_that_comes_back_opens_its_flags_again(library: None, judge: Judge) -> None:
    host = make_host(facts={"storage": RAID, "backups": []})
    for status in ("active", "retired", "active"):
        host.status = status
        host.save()
        judge(host)
    flag = Flag.objects.get(pattern__slug=SLUG)
    states = [transition.after for transition in flag.transitions.order_by("pk")]
    assert states == ["open", "closed", "open"]


def test_a_disabled_pattern_is_not_asked(library: None, judge: Judge) -> None:
    host = make_host(facts={"storage": RAID, "backups": []})
    Pattern.objects.filter(slug=SLUG).update(enabled=False)
    judge(host)
    assert SLUG not in HostVerdicts.objects.get(host=host).verdicts


def test_a_pattern_that_no_longer_compiles_is_broken_not_clear(judge: Judge) -> None:
    pattern = make_pattern("odd")
    pattern.versions.update(
        spec={**pattern.versions.get().spec, "match": "nonsense.field", "examples": []}
    )
    host = make_host()
    judgement = judge(host)
    assert verdict_of(host, "odd")["state"] == "broken"
    assert "odd" in judgement.broken


def test_without_time_the_rest_is_pending_and_left_to_the_background(
    library: None, judge: Judge
) -> None:
    host = make_host(facts={"storage": RAID, "backups": []})
    judgement = judge(host, budget_seconds=-1)
    assert judgement.pending
    assert OutboxRow.objects.get(topic=TOPIC).payload == {"itself": True}
    assert HostVerdicts.objects.get(host=host).verdicts == {}


def test_a_budget_that_suffices_gives_the_same_answer(library: None, judge: Judge) -> None:
    facts = {"storage": RAID, "backups": []}
    one, two = make_host(facts=facts), make_host(facts=facts)
    judge(one)
    judge(two, budget_seconds=30)
    assert (
        HostVerdicts.objects.get(host=one).verdicts == HostVerdicts.objects.get(host=two).verdicts
    )
    sentences = set(Flag.objects.values_list("sentence", flat=True))
    assert sentences == {"raid5 on md0; no backup at all."}


def test_facts_that_arrive_while_it_is_judged_win(
    library: None, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody reports between asking and storing: the host is asked again under the lock."""
    host = make_host(facts={"storage": RAID, "backups": [backup()]})
    ask, asked = judging._ask, []

    def slow(*args: Any, **kwargs: Any) -> Any:
        answers = ask(*args, **kwargs)
        if not asked:
            Host.objects.filter(pk=host.pk).update(
                facts={"storage": RAID, "backups": []}, last_report_at=NOW
            )
        asked.append(1)
        return answers

    monkeypatch.setattr(judging, "_ask", slow)
    assert [flag.pattern.slug for flag in judge(host).opened] == [SLUG]
    assert len(asked) == 2


def test_a_sweep_leaves_what_was_judged_later_alone(library: None, judge: Judge) -> None:
    host = make_host(facts={"storage": RAID, "backups": []})
    judge(host, now=NOW + timedelta(minutes=1))
    Host.objects.filter(pk=host.pk).update(facts={})
    library_, shared = compiled.enabled(), judging.shared_for([host.pk], NOW)
    asked = judging.ask_chunk([host.pk], library_, shared)
    found = judging.store_chunk([host.pk], asked, library_, shared, "sweep", keep_newer=True)
    assert verdict_of(host)["state"] == "match"
    assert found.counts[SLUG] == {"match": 1}


def test_the_number_of_queries_does_not_grow_with_the_hosts(
    library: None, judge: Judge, django_assert_num_queries: Any
) -> None:
    hosts = [make_host(facts={"storage": RAID, "backups": []}) for _ in range(40)]
    judge(*hosts)
    with CaptureQueriesContext(connection) as one:
        judge(hosts[0], now=NOW + timedelta(hours=1))
    with django_assert_num_queries(len(one)):
        judge(*hosts, now=NOW + timedelta(hours=2))


def test_of_an_unchanged_host_only_the_moment_is_written(library: None, judge: Judge) -> None:
    host = make_host(facts={"storage": RAID, "backups": []})
    judge(host)
    before = HostVerdicts.objects.get(host=host)
    later = NOW + timedelta(minutes=1)
    with CaptureQueriesContext(connection) as asked:
        assert judge(host, now=later).changed == 0
    after = HostVerdicts.objects.get(host=host)
    assert not any('"verdicts" =' in one["sql"] for one in asked)
    assert not any(one["sql"].startswith('INSERT INTO "patterns_hostverdicts"') for one in asked)
    assert (after.verdicts, after.told) == (before.verdicts, before.told)
    assert after.evaluated_at == later
    assert after.stamp > before.stamp


def test_a_host_alone_is_judged_in_few_questions(library: None, judge: Judge) -> None:
    host = make_host(facts={"storage": RAID, "backups": []})
    judge(host)
    with CaptureQueriesContext(connection) as asked:
        judge(host, now=NOW + timedelta(hours=1))
    assert len(asked) == 26
