"""What can't be seen, counted from the latest verdicts."""

from collections.abc import Callable
from typing import Any

import pytest

from incidents.patterns.counting import place_of
from incidents.patterns.coverage import Gap, coverage
from incidents.patterns.models import HostVerdicts, Pattern
from tests.support.factories import NOW, make_host, make_pattern

pytestmark = pytest.mark.django_db


def told(host: Any, stamp: int, **verdicts: tuple[str, list[str]]) -> None:
    data = {
        slug.replace("_", "-"): {"state": state, "missing": missing, "since": NOW.isoformat()}
        for slug, (state, missing) in verdicts.items()
    }
    HostVerdicts.objects.update_or_create(
        host=host,
        defaults={
            "verdicts": data,
            "evaluated_at": NOW,
            "stamp": stamp,
            "told": stamp,
            "place": place_of(host),
        },
    )


@pytest.fixture
def two() -> tuple[Pattern, Pattern]:
    return make_pattern("raid"), make_pattern("os-eol")


def test_an_empty_fleet_has_nothing_to_count(two: Any) -> None:
    found = coverage()
    assert (found.hosts, found.patterns, found.gaps) == (0, {"os-eol": {}, "raid": {}}, ())


def test_counts_and_the_section_that_would_decide_most(two: Any) -> None:
    told(make_host("a"), 1, raid=("unknown", ["backups"]), os_eol=("unknown", ["backups[].job"]))
    told(make_host("b"), 2, raid=("unknown", ["backups"]), os_eol=("unknown", ["host.important"]))
    told(make_host("c"), 3, raid=("match", []), os_eol=("unknown", ["os.name", "packages"]))
    told(make_host("d"), 4, raid=("unknown", ["fleet.environment.os_share"]))
    found = coverage()
    assert found.hosts == 4
    assert found.patterns == {"raid": {"unknown": 3, "match": 1}, "os-eol": {"unknown": 3}}
    assert found.totals == {
        "match": 1, "clear": 0, "unknown": 6, "not applicable": 0, "broken": 0,
    }  # fmt: skip
    assert found.gaps == (
        Gap("backups", hosts=2, verdicts=3, names=("a", "b")),
        Gap("host.important", hosts=1, verdicts=1, names=("b",)),
    )
    assert [gap.verb for gap in found.gaps] == ["collect", "record"]


def test_retired_hosts_and_disabled_patterns_do_not_count(two: Any) -> None:
    told(make_host(status="retired"), 1, raid=("match", []))
    told(make_host(), 2, raid=("match", []), os_eol=("clear", []))
    Pattern.objects.filter(slug="raid").update(enabled=False)
    assert coverage().patterns == {"os-eol": {"clear": 1}}


def test_a_new_evaluation_is_seen_at_once(library: None, judge: Callable[..., Any]) -> None:
    host = make_host(facts={"storage": {"raids": []}})
    judge(host)
    assert coverage().patterns["raid-only-no-backup"] == {"not applicable": 1}
    host.facts = {}
    host.save()
    judge(host)
    assert coverage().patterns["raid-only-no-backup"] == {"unknown": 1}


def test_read_again_it_is_not_counted_again(
    library: None, judge: Callable[..., Any], django_assert_num_queries: Any
) -> None:
    judge(*[make_host() for _ in range(20)])
    coverage()
    with django_assert_num_queries(2):
        coverage()
