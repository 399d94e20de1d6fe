"""What two members of a group share, and what one sees of the other's reports."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.hosts.models import FactSample, Host
from incidents.patterns.fleet import Fleet
from tests.patterns.views import section, view_of
from tests.support.factories import NOW, make_group, make_host, make_site

pytestmark = pytest.mark.django_db

LONG_AGO = NOW - timedelta(days=20)


def pair(one: dict[str, Any], other: dict[str, Any]) -> tuple[Host, Host]:
    hosts = make_host("one", **one), make_host("other", **other)
    make_group("Pair", members=hosts)
    return hosts


def peer_of(host: Host) -> dict[str, Any]:
    (group,) = section(host, "groups")
    (peer,) = group["peers"]
    return dict(peer)


def shared(host: Host) -> dict[str, Any]:
    return {name: said for name, said in peer_of(host).items() if name.startswith("same_")}


class TestMachine:
    def test_two_boxes_are_two(self) -> None:
        assert shared(pair({}, {})[0]) == {"same_machine": False}

    def test_two_guests_of_one_box_share_everything(self) -> None:
        box = make_host("box", rack="r1", site=make_site("London"))
        one, _ = pair({"kind": "virtual", "parent": box}, {"kind": "virtual", "parent": box})
        assert shared(one) == {"same_machine": True, "same_rack": True, "same_site": True}

    def test_guests_of_what_nobody_recorded_may_share_a_box(self) -> None:
        assert shared(pair({"kind": "virtual"}, {"kind": "virtual"})[0]) == {}

    def test_a_guest_of_two_boxes_deep_counts_for_the_outermost(self) -> None:
        box = make_host("box")
        vm = make_host("vm", kind="virtual", parent=box)
        one, _ = pair({"kind": "container", "parent": vm}, {"kind": "virtual", "parent": box})
        assert shared(one) == {"same_machine": True, "same_rack": True, "same_site": True}


class TestRack:
    @pytest.mark.parametrize(
        ("one", "other", "expected"),
        [
            (("r1", "london"), ("r1", "london"), True),
            (("r1", "london"), ("r2", "london"), False),
            (("r1", "london"), ("r1", "paris"), False),
            (("r1", None), ("r1", None), True),
            (("r1", None), ("r2", "paris"), False),
            (("r1", None), ("r1", "paris"), None),
            (("r1", "london"), ("", "london"), None),
        ],
    )
    def test_a_rack_is_one_by_its_name_and_site(
        self, one: tuple[str, Any], other: tuple[str, Any], expected: bool | None
    ) -> None:
        sites = {name: make_site(name) for name in ("london", "paris")}
        here, _ = pair(*({"rack": r, "site": s and sites[s]} for r, s in (one, other)))
        assert shared(here).get("same_rack") is expected

    def test_a_guest_stands_where_its_box_stands(self) -> None:
        box = make_host("box", rack="r1")
        one, _ = pair({"kind": "virtual", "parent": box}, {"rack": "r1"})
        assert shared(one)["same_rack"] is True


def feeds(*names: str) -> dict[str, Any]:
    return {"facts": {"hardware": {"power_feeds": list(names)}}}


class TestFeed:
    @pytest.mark.parametrize(
        ("one", "other", "expected"),
        [
            (["A"], ["A"], True),
            (["A"], ["B"], False),
            (["A", "B"], ["A"], False),  # losing A leaves this one on B
            (["A", "B"], ["A", "B"], False),
            (["A", "B"], [], False),
            (["A", "A"], ["A"], True),
            (["A"], [], None),
        ],
    )
    def test_losing_one_takes_both_only_where_both_hang_on_it(
        self, one: list[str], other: list[str], expected: bool | None
    ) -> None:
        here, _ = pair(feeds(*one), feeds(*other))
        assert peer_of(here).get("same_feed") is expected
        assert peer_of(here).get("feeds") == (list(dict.fromkeys(other)) or None)

    def test_one_name_at_two_sites_is_two_feeds(self) -> None:
        here, _ = pair(
            feeds("A") | {"site": make_site("London")}, feeds("A") | {"site": make_site("Paris")}
        )
        assert peer_of(here)["same_feed"] is False

    def test_what_the_other_said_long_ago_is_not_fresh(self) -> None:
        here, _ = pair(feeds("A"), feeds("A") | {"seen": LONG_AGO})
        view = view_of(here)
        assert view.sections["groups"][0]["peers"][0]["same_feed"] is True
        assert "same_feed" not in view.fresh["groups"][0]["peers"][0]
        assert view.stale["groups"] == (NOW - timedelta(days=6)).isoformat()


def cabled(*switches: str | None, **first: Any) -> dict[str, Any]:
    interfaces = [
        {"name": f"eth{place}"} | ({"switch": name} if name else {})
        for place, name in enumerate(switches)
    ]
    interfaces[0] |= first
    return {"facts": {"network": {"interfaces": interfaces}}}


class TestSwitch:
    @pytest.mark.parametrize(
        ("one", "other", "expected"),
        [
            (cabled("sw1"), cabled("sw1"), True),
            (cabled("sw1"), cabled("sw2"), False),
            (cabled("sw1", "sw2"), cabled("sw1"), False),
            (cabled("sw1", None), cabled("sw1"), None),  # eth1 may go to another
            (cabled(None, "sw1", up=False), cabled("sw1"), True),
            (cabled(None, "sw1", name="veth0"), cabled("sw1"), True),
            (cabled("sw1"), cabled(None), None),
        ],
    )
    def test_losing_one_cuts_both_off_only_where_both_hang_on_it(
        self, one: dict[str, Any], other: dict[str, Any], expected: bool | None
    ) -> None:
        here, _ = pair(one, other)
        assert peer_of(here).get("same_switch") is expected


class TestReports:
    def test_windows_for_updates_are_compared(self) -> None:
        def updating(window: str) -> dict[str, Any]:
            packages = {"unattended": True, "unattended_window": window}
            return {"facts": {"packages": packages}}

        here, _ = pair(updating("Sun 06:00-07:00 UTC"), updating("Sun 09:00-10:00 UTC"))
        said = peer_of(here)
        assert (said["unattended"], said["unattended_window"]) == (True, "Sun 09:00-10:00 UTC")
        assert said["update_gap_hours"] == 2.0

    def test_versions_of_what_both_run_are_compared(self) -> None:
        def running(version: str) -> dict[str, Any]:
            return {"facts": {"software": [{"name": "postgresql", "version": version}]}}

        here, _ = pair(running("15.4"), running("15.6"))
        said = peer_of(here)
        assert said["software"] == [{"name": "postgresql", "version": "15.6", "series": "15.6"}]
        assert said["compared"] == ["postgresql"]
        assert said["version_skews"] == [{"name": "postgresql", "here": "15.4", "there": "15.6"}]

    def test_nothing_is_compared_with_one_who_told_nothing(self) -> None:
        here, _ = pair({"facts": {"software": []}}, {})
        assert not {"software", "compared", "version_skews"} & peer_of(here).keys()

    def test_its_drives_each_once(self) -> None:
        storage = {
            "raids": [{"name": "md0", "devices": [{"name": "sda", "firmware": "HPG0"}]}],
            "disks": [{"name": "sda", "model": "VO0480", "power_on_hours": 40000}],
        }
        here, _ = pair({}, {"facts": {"storage": storage}})
        assert peer_of(here)["drives"] == [
            {"model": "VO0480", "firmware": "HPG0", "power_on_hours": 40000}
        ]

    def test_how_often_it_usually_reports(self) -> None:
        here, other = pair({}, {})
        for day in (2, 4, 6, 20):
            FactSample.objects.create(
                host=other, section="runtime", source="ansible", value={},
                day=(NOW - timedelta(days=day)).date(),
            )  # fmt: skip
        assert peer_of(here)["report_every_days"] == 2

    def test_a_window_that_is_open_on_it(self) -> None:
        here, other = pair({}, {"maintenance_until": NOW + timedelta(hours=1)})
        assert peer_of(here)["in_maintenance"] is True
        Host.objects.filter(pk=other.pk).update(maintenance_until=NOW)
        assert peer_of(here)["in_maintenance"] is False


def test_nothing_of_the_peers_is_read_that_nobody_wants() -> None:
    storage = {"disks": [{"name": "sda", "model": "VO0480"}]}
    here, _ = pair({}, {"facts": {"storage": storage, "software": []}})
    view = view_of(here, "groups", "groups[].peers[].os_name")
    assert view.sections["groups"][0]["peers"] == [{"name": "other"}]
    view = view_of(here, "groups", "groups[].peers", "groups[].peers[].drives")
    assert view.sections["groups"][0]["peers"] == [
        {"name": "other", "drives": [{"model": "VO0480"}]}
    ]


def test_a_chunk_takes_as_many_queries_as_one_host() -> None:
    def groups(count: int) -> int:
        for _ in range(count):
            make_group(members=tuple(make_host(**feeds("A")) for _ in range(3)))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            for _ in Fleet.at(NOW):
                pass
        return len(queries)

    assert groups(1) == groups(12)
