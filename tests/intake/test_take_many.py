"""Dozens of reports at once: who is judged again, and who need not be."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from incidents.facts.readers import Report, read
from incidents.intake import take as door
from incidents.patterns.judge import judge_hosts
from incidents.patterns.keeping import Judgement
from kb.outbox.models import OutboxRow
from tests.support.factories import NOW

pytestmark = pytest.mark.django_db

SAID = {"os": {"name": "Debian", "version": "12"}, "backups": []}


def report(host: str, at: datetime = NOW, **sections: Any) -> Report:
    body = {"host": host, "observed_at": at.isoformat(), "sections": sections or SAID}
    (made,) = read(body, arrived_at=at)
    return made


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The hosts that each call judged."""
    calls: list[list[int]] = []

    def count(hosts: Any, **said: Any) -> Judgement:
        calls.append(list(hosts))
        return judge_hosts(hosts, **said)

    monkeypatch.setattr(door, "judge_hosts", count)
    return calls


def take(*reports: Report, at: datetime = NOW, **said: Any) -> list[door.Taken]:
    done = door.take_many(reports, arrived_at=at, **said)
    assert all(isinstance(one, door.Taken) for one in done)
    return done  # type: ignore[return-value]


def test_what_is_word_for_word_the_same_is_not_judged_again(judged: list[list[int]]) -> None:
    first = take(report("web-1"), report("web-2"))
    OutboxRow.objects.all().delete()
    later = NOW + timedelta(hours=20)
    again = take(report("web-1", later), report("web-2", later, os={"name": "Gentoo"}), at=later)
    assert judged == [[one.ingested.host.pk for one in first], [first[1].ingested.host.pk]]
    assert (again[0].opened, again[0].resolved) == ([], [])
    keys = OutboxRow.objects.filter(topic="judge").values_list("key", flat=True)
    assert str(first[0].ingested.host.pk) not in keys


def test_what_had_gone_stale_when_it_was_judged_is_judged_again(judged: list[list[int]]) -> None:
    (first,) = take(report("web-1"))
    later = NOW + timedelta(days=20)
    judge_hosts([first.ingested.host.pk], now=later)  # as the sweep of a night does
    take(report("web-1", later), at=later)
    assert len(judged[-1]) == 1


def test_a_source_that_says_it_for_the_first_time_is_judged(judged: list[list[int]]) -> None:
    take(report("web-1"))
    (other,) = read(
        {"host": "web-1", "source": "puppet", "observed_at": NOW.isoformat(), "sections": SAID},
        arrived_at=NOW,
    )
    take(other)
    assert len(judged[-1]) == 1


def test_a_shelf_life_shorter_than_a_day_counts(judged: list[list[int]], settings: Any) -> None:
    settings.SHELF_LIFE_DAYS = 0.25
    (first,) = take(report("web-1"))
    evening = NOW + timedelta(hours=9)
    judge_hosts([first.ingested.host.pk], now=evening)
    take(report("web-1", evening), at=evening)
    assert len(judged[-1]) == 1


def test_without_judging_the_background_has_it_to_do() -> None:
    (one,) = take(report("web-1"), judge=False)
    assert one.pending
    row = OutboxRow.objects.get(topic="judge")
    assert (row.key, row.payload) == (str(one.ingested.host.pk), {"itself": True})


def test_of_one_host_told_twice_the_last_word_counts(judged: list[list[int]]) -> None:
    take(report("web-1"))
    changed, same = take(
        report("web-1", NOW + timedelta(minutes=1), os={"name": "Gentoo"}),
        report("web-1", NOW + timedelta(minutes=2), os={"name": "Gentoo"}),
        at=NOW + timedelta(minutes=2),
    )
    assert (changed.ingested.changed, same.ingested.changed) == (["os"], [])
    assert len(judged[-1]) == 1
