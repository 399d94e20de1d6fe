"""What patterns see of hosts: facts, ages, freshness, and where each came from."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.hosts.models import FactHistory, Host
from incidents.patterns.fleet import Fleet
from incidents.patterns.view import HostView
from tests.support.factories import NOW, make_group, make_host, make_service

pytestmark = pytest.mark.django_db

RAID = {"raids": [{"name": "md0", "kind": "md"}]}


def view_of(host: Host, **options: Any) -> HostView:
    return next(iter(Fleet.at(NOW, [host.pk], **options)))


def with_sources(host: Host, section: str, **sources: tuple[int, Any]) -> Host:
    """Rewrite ``section``: source → (days ago, what it says)."""
    seen = {name: NOW - timedelta(days=days) for name, (days, _) in sources.items()}
    host.observed[section] = {
        "sources": {name: moment.isoformat() for name, moment in seen.items()},
        "paths": {},
    }
    host.save()
    for name, (_, value) in sources.items():
        FactHistory.objects.create(
            host=host, section=section, source=name, value=value, digest=name,
            since=seen[name], last_seen=seen[name],
        )  # fmt: skip
    return host


def test_times_gain_their_age_at_the_moment_of_the_view() -> None:
    host = make_host(facts={"packages": {"last_upgrade": "2026-11-13T09:00:00Z"}})
    assert view_of(host).sections["packages"]["last_upgrade_days"] == 10
    later = next(iter(Fleet.at(NOW + timedelta(days=5), [host.pk])))
    assert later.sections["packages"]["last_upgrade_days"] == 15


def test_end_of_life_is_looked_up_and_its_source_is_the_catalogue() -> None:
    host = make_host(facts={"os": {"name": "Debian", "version": "10", "major": "10"}})
    view = view_of(host)
    assert view.sections["os"]["past_support"] is True
    assert view.source_of("os.name") == ("test", 0)
    catalogue, age = view.source_of("os.supported_until") or ("", 0)
    assert catalogue == "end-of-life catalogue"
    assert age > 0


def test_extended_support_counts_where_the_team_is_entitled(settings: Any) -> None:
    host = make_host(facts={"os": {"name": "Ubuntu", "version": "20.04", "major": "20"}})
    assert view_of(host).sections["os"]["past_support"] is True
    settings.EXTENDED_SUPPORT_ENTITLED = frozenset({"ubuntu"})
    assert view_of(host).sections["os"]["past_support"] is False


def test_an_absent_section_stays_absent() -> None:
    assert "backups" not in view_of(make_host(facts={"storage": RAID})).sections


def test_with_nothing_stale_fresh_is_the_very_same() -> None:
    view = view_of(make_host(facts={"storage": RAID}))
    assert view.fresh is view.sections
    assert view.stale == {}


def test_a_section_whose_only_source_is_stale_is_not_fresh() -> None:
    host = make_host(facts={"storage": RAID, "backups": []})
    with_sources(host, "storage", ansible=(20, RAID))
    view = view_of(host)
    assert view.sections["storage"] == RAID
    assert "storage" not in view.fresh
    assert view.fresh["backups"] is view.sections["backups"]
    assert view.stale["storage"] == (NOW - timedelta(days=6)).isoformat()


def test_of_two_sources_the_fresh_one_still_speaks() -> None:
    old = {"raids": [{"name": "md0", "state": "optimal"}]}
    new = {"raids": [{"name": "md0", "kind": "md"}]}
    both = {"raids": [{"name": "md0", "kind": "md", "state": "optimal"}]}
    host = make_host(facts={"storage": both})
    with_sources(host, "storage", storcli=(20, old), ansible=(1, new))
    view = view_of(host)
    assert view.sections["storage"] == both
    assert view.fresh["storage"] == new


def test_what_a_person_entered_never_grows_stale() -> None:
    host = make_host(facts={"backups": []}, source="manual", seen=NOW - timedelta(days=400))
    assert view_of(host).stale == {}


def test_the_shelf_life_is_a_setting(settings: Any) -> None:
    host = make_host(facts={"storage": RAID}, seen=NOW - timedelta(days=20))
    assert view_of(host).stale
    settings.SHELF_LIFE_DAYS = 30
    assert not view_of(host).stale


def test_retired_hosts_are_not_part_of_the_fleet() -> None:
    make_host("gone", status="retired")
    make_host("here")
    assert [view.name for view in Fleet.at(NOW)] == ["here"]


def test_only_the_wanted_sections_are_built() -> None:
    host = make_host(facts={"storage": RAID, "backups": []})
    assert view_of(host, wanted={"storage", "host"}).sections.keys() == {
        "storage",
        "host",
        "facts_age",
    }


def test_the_number_of_queries_does_not_grow_with_the_hosts() -> None:
    def fleet(size: int) -> int:
        for _ in range(size):
            parent = make_host(facts={"os": {"name": "Debian", "major": "12"}}, environment="prod")
            make_host(parent=parent, kind="chroot", facts={"os": {"name": "Gentoo"}})
            make_group(members=(parent, make_host()))
            make_service(hosts=(parent,))
        with CaptureQueriesContext(
            connection,
        ) as seen:
            list(Fleet.at(NOW))
        return len(seen)

    few = fleet(1)
    assert fleet(15) == few
