"""In whatever order sources and their reports come, the present is the same (rules 3 and 4)."""

from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from incidents.hosts.ingest import Ingested, ingest_many
from incidents.hosts.models import FactHistory, Host
from tests.hosts.reports import days_ago, report, tell
from tests.support.factories import NOW

HOME, MAIL = {"tool": "restic", "job": "home"}, {"tool": "restic", "job": "mail"}
SAID = st.sampled_from(
    [
        {"os": {"name": "Debian"}},
        {"os": {"name": "Gentoo"}},
        {"os": {"name": "Debian", "version": "13"}, "backups": [HOME]},
        {"backups": [HOME, MAIL | {"size_mb": 2.0}]},
        {"backups": []},
    ]
)
# One source says one thing at a time.  Few days, so that spans are often seen whole and late
# reports often fall into them; some lie further apart than the shelf life of 14 days.
STORY = st.dictionaries(
    st.tuples(st.sampled_from(["ansible", "manual"]), st.sampled_from([1, 2, 3, 4, 20, 40])),
    SAID,
    min_size=3,
    max_size=8,
)


class TheOrder(TestCase):
    @settings(max_examples=100, deadline=None)
    @given(story=STORY, dice=st.randoms(use_true_random=False))
    def test_of_reports_does_not_matter_to_the_present(
        self, story: dict[tuple[str, int], dict[str, Any]], dice: Any
    ) -> None:
        told = list(story.items())
        as_it_was = sorted(told, key=lambda one: -one[0][1])
        dice.shuffle(told)
        for name, order in (("in-order", as_it_was), ("shuffled", told)):
            for (source, days), sections in order:
                tell(name, source=source, at=days_ago(days), **sections)
        assert present("shuffled") == present("in-order")
        assert held("shuffled") == held("in-order")

    @settings(max_examples=25, deadline=None)
    @given(story=STORY, dice=st.randoms(use_true_random=False))
    def test_dozens_at_once_are_the_same_as_one_by_one_and_twice_is_once(
        self, story: dict[tuple[str, int], dict[str, Any]], dice: Any
    ) -> None:
        told = list(story.items())
        for (source, days), sections in sorted(told, key=lambda one: -one[0][1]):
            tell("in-order", source=source, at=days_ago(days), **sections)
        dice.shuffle(told)
        reports = [
            report("together", source=source, at=days_ago(days), **sections)
            for (source, days), sections in told
        ]
        ingest_many(reports, arrived_at=NOW)
        assert present("together") == present("in-order")
        assert held("together") == held("in-order")
        spans = FactHistory.objects.filter(host__name="together").order_by("pk")
        before = list(spans.values()), present("together")
        again = ingest_many(reports, arrived_at=NOW)
        assert [one.changed for one in again if isinstance(one, Ingested)] == [[]] * len(reports)
        assert (list(spans.values()), present("together")) == before

    def test_a_late_word_inside_a_span_that_was_seen_whole_is_kept_as_a_moment(self) -> None:
        debian, gentoo = {"os": {"name": "Debian"}}, {"os": {"name": "Gentoo"}}
        late = [(1, debian), (4, debian), (3, debian), (2, gentoo), (3, debian)]
        for days, sections in [(0, debian), *late, (2, gentoo)]:
            tell("db-01", source="ansible", at=days_ago(days), **sections)
        spans = FactHistory.objects.filter(host__name="db-01", section="os").order_by("since")
        assert list(spans.values_list("value__name", "since", "last_seen", "until")) == [
            ("Debian", days_ago(4), days_ago(3), days_ago(2)),
            ("Gentoo", days_ago(2), days_ago(2), days_ago(1)),
            ("Debian", days_ago(1), days_ago(1), days_ago(0)),
            ("Debian", days_ago(0), days_ago(0), None),
        ]
        tell("db-01", source="ansible", at=days_ago(3.5), **gentoo)
        tell("db-01", source="ansible", at=days_ago(3), **debian)
        assert list(spans.values_list("value__name", "since", "last_seen", "until"))[:2] == [
            ("Debian", days_ago(4), days_ago(3), days_ago(2)),
            ("Gentoo", days_ago(3.5), days_ago(3.5), days_ago(3.5)),
        ]
        assert spans.count() == 5


def present(name: str) -> tuple[dict[str, Any], dict[str, Any], datetime | None]:
    host = Host.objects.get(name=name)
    return host.facts, host.observed, host.last_report_at


def held(name: str) -> list[tuple[Any, ...]]:
    """What each source says now, and when it last said so."""
    now = FactHistory.objects.filter(host__name=name, until=None).exclude(section="inventory")
    return sorted(now.values_list("section", "source", "digest", "last_seen"))
