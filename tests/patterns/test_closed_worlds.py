"""What nobody writes down anywhere is unknown; the first who does changes it for every host."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.hosts import providing, register
from incidents.hosts.models import Host, Upkeep
from incidents.hosts.provisions import Advisory, Kit, Runbook, SiteAccess
from incidents.patterns.fleet.shared import CLOSED_WORLDS, Shared
from incidents.patterns.fleet.wanted import Wanted
from incidents.patterns.judge import judge_hosts
from incidents.patterns.models import HostVerdicts
from kb.outbox.drain import drain
from kb.outbox.health import outbox
from kb.outbox.models import OutboxRow
from tests.support.factories import (
    NOW,
    make_group,
    make_host,
    make_pattern,
    make_service,
    make_site,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


def asks(match: str) -> None:
    """One pattern, enabled."""
    spec = {
        "pattern": "asked", "title": "Asked", "severity": "high", "likelihood": "medium",
        "applies": "true", "match": match, "examples": [],
    }  # fmt: skip
    make_pattern("asked", spec=spec)


def state(host: Host) -> str:
    row = HostVerdicts.objects.get(host=host)
    return str(row.verdicts["asked"]["state"])


def drained() -> None:
    while drain().done:
        pass


def first_owner(other: Host) -> None:
    register.save(other, expected=other.revision, by=None, changes={"owner": make_team("Platform")})


def first_kit(other: Host) -> None:
    assert other.site is not None
    providing.create(Kit(site=other.site, name="Crate"), by=None)


def first_access(other: Host) -> None:
    assert other.site is not None
    providing.create(SiteAccess(site=other.site, name="Ada"), by=None)


def first_runbook(other: Host) -> None:
    service = other.services.get()
    providing.create(Runbook(service=service, title="Back"), by=None)


@pytest.mark.parametrize(
    ("match", "begin"),
    [
        ("!host.owned", first_owner),
        ("site.kits.size() == 0", first_kit),
        ("site.people_with_access < 1", first_access),
        ("services.exists(s, s.runbooks.size() == 0)", first_runbook),
    ],
)
def test_the_first_anywhere_makes_it_missing_everywhere_else(
    match: str, begin: Callable[[Host], None]
) -> None:
    asks(match)
    host, other = make_host("here", site=make_site("A")), make_host("there", site=make_site("B"))
    for one in (host, other):
        make_service(hosts=(one,))
    judge_hosts([host.pk, other.pk], now=timezone.now())
    assert state(host) == "unknown"
    begin(other)
    drained()
    assert state(host) == "match"


def test_every_switch_stands_for_a_field_that_is_there() -> None:
    used = Shared(NOW).in_use(Wanted())
    assert used.keys() == CLOSED_WORLDS.keys()
    assert not any(used.values())
    owner = make_team("Platform", members=(make_user(),))
    site, service = make_site("London"), make_service("Mail")
    make_host(owner=owner)
    Kit.objects.create(site=site, name="Crate")
    SiteAccess.objects.create(site=site, name="Ada")
    Runbook.objects.create(service=service, title="Back")
    for kind in ("restore_test", "failover_drill", "maintenance_window", "upgrade", "kit_check",
                 "console_test", "runbook_review"):  # fmt: skip
        Upkeep.objects.create(kind=kind, host=make_host(), happened_at=NOW)
    assert all(Shared(NOW).in_use(Wanted()).values())


def test_only_what_is_wanted_is_looked_at(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert Shared(NOW).in_use(Wanted.of({"os", "host", "host.name"})) == {}
    with django_assert_num_queries(1):
        assert Shared(NOW).in_use(Wanted.of({"host", "host.owned"})) == {"host:owners": False}


def test_an_advisory_is_held_against_every_host() -> None:
    asks("advisories.hits.exists(h, h.affected)")
    disk = {"name": "sda", "model": "VO0480JFDGT", "firmware": "HPG0"}
    host = make_host(facts={"storage": {"disks": [disk]}}, seen=timezone.now())
    judge_hosts([host.pk], now=timezone.now())
    assert state(host) == "clear"
    made = providing.create(Advisory(model="VO*", fixed_in="HPG8"), by=None).current
    drained()
    assert state(host) == "match"
    providing.take_away(made, expected=1, by=None)
    drained()
    assert state(host) == "clear"


def test_a_window_ends_by_itself_and_what_it_excused_is_looked_at_again() -> None:
    asks("!host.in_maintenance")
    host = make_host("robert")
    other = make_host("david")
    make_group(members=(host, other))
    until = timezone.now() + timedelta(hours=2)
    register.save(host, expected=1, by=None, changes={"maintenance_until": until})
    drained()
    assert state(host) == "clear"
    row = OutboxRow.objects.get(topic="maintenance-over")
    assert row.not_before == until
    assert outbox().ok  # it waits on purpose, however long
    past = timezone.now() - timedelta(minutes=1)
    Host.objects.filter(pk=host.pk).update(maintenance_until=past)
    OutboxRow.objects.update(not_before=past)
    drained()
    assert state(host) == "match"


class TestWanted:
    def test_nothing_named_wants_everything(self) -> None:
        assert Wanted().section("groups")
        assert Wanted().path("groups[].peers[].drives")

    def test_a_section_without_paths_is_wanted_whole(self) -> None:
        wanted = Wanted.of({"groups"})
        assert wanted.path("groups[].peers[].drives")
        assert not wanted.section("host")
        assert not wanted.path("host.owned")

    def test_with_paths_only_those_and_what_is_below(self) -> None:
        wanted = Wanted.of({"groups", "groups[].peers", "groups[].peers[].drives[].model"})
        assert wanted.path("groups[].peers[].drives")
        assert wanted.path("groups[].peers")
        assert not wanted.path("groups[].peers[].software")
        assert not wanted.path("groups[].peers[].drives_of_old")
        assert wanted.sections == {"groups"}

    def test_what_it_is_made_of(self) -> None:
        needs = {"host.upgrade_blocked": ("os",), "host.name": ("hardware", "network")}
        assert Wanted.of({"host", "host.name"}).made_of(needs) == {"hardware", "network"}
