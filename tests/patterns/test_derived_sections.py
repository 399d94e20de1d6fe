"""The sections the register itself knows, each in its own shape."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.utils import timezone

from incidents.hosts.models import Host, Upkeep
from incidents.patterns.derived import sections
from incidents.patterns.derived_schema import DERIVED_SECTIONS
from incidents.patterns.fleet import Fleet
from tests.support.factories import (
    NOW,
    make_group,
    make_host,
    make_service,
    make_site,
    make_team,
)

pytestmark = pytest.mark.django_db


def derived(host: Host) -> dict[str, Any]:
    view = next(iter(Fleet.at(NOW, [host.pk])))
    found = {name: view.sections[name] for name in DERIVED_SECTIONS if name in view.sections}
    for name, value in found.items():  # everything keeps to the schema
        msgspec.convert(value, DERIVED_SECTIONS[name], strict=True)
    return found


def debian(major: str = "12") -> dict[str, Any]:
    return {"os": {"name": "Debian", "version": major, "major": major, "arch": "x86_64"}}


def test_every_section_of_the_schema_has_somebody_who_fills_it() -> None:
    # The second pass and the view itself fill the last two.
    assert set(DERIVED_SECTIONS) - set(sections.names()) == {"findings", "facts_age"}


class TestHost:
    def test_it_says_what_people_said(self) -> None:
        host = make_host(
            "db-01", environment="production", role="database", criticality="high",
            site=make_site("London"), owner=make_team("Platform"), tags=["pci"],
            created_at=NOW - timedelta(days=30),
        )  # fmt: skip
        assert derived(host)["host"] == {
            "name": "db-01", "kind": "physical", "environment": "production", "role": "database",
            "criticality": "high", "important": True, "stateful": True, "site": "london",
            "owner": "platform", "owned": True, "tags": ["pci"], "status": "active",
            "age_days": 30, "upgrade_blocked": False, "upgrade_planned": False,
            "in_maintenance": False, "reported": False,
        }  # fmt: skip

    def test_what_nobody_said_is_absent(self) -> None:
        host = make_host(kind="unknown")
        said = derived(host)["host"]
        assert said.keys() == {
            "name", "status", "age_days", "upgrade_blocked", "upgrade_planned", "in_maintenance",
            "reported", "tags",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("important", "criticality", "of_service", "expected"),
        [
            (None, "", "", None),
            (True, "", "", True),
            (False, "", "", False),
            (None, "normal", "", False),
            (None, "", "critical", True),
            (False, "critical", "", True),
        ],
    )
    def test_importance_is_said_or_follows_from_criticality(
        self, important: Any, criticality: str, of_service: str, expected: Any
    ) -> None:
        host = make_host(important=important, criticality=criticality)
        make_service(hosts=(host,), criticality=of_service)
        assert derived(host)["host"].get("important") == expected

    def test_an_upgrade_that_failed_blocks_the_next(self) -> None:
        host = make_host()
        Upkeep.objects.create(
            kind="upgrade", result="ok", host=host, happened_at=NOW - timedelta(days=9)
        )
        assert derived(host)["host"]["upgrade_blocked"] is False
        Upkeep.objects.create(kind="upgrade", result="failed", host=host, happened_at=NOW)
        assert derived(host)["host"]["upgrade_blocked"] is True

    def test_a_report_can_say_that_nothing_can_be_upgraded(self) -> None:
        host = make_host(facts={"os": {"name": "Debian", "upgradable": False}})
        assert derived(host)["host"]["upgrade_blocked"] is True


class TestGroups:
    def test_a_host_in_no_group_has_none(self) -> None:
        assert derived(make_host())["groups"] == []

    def test_the_others_are_peers(self) -> None:
        robert = make_host("robert", facts=debian())
        david = make_host(
            "david", facts={"os": {"name": "Gentoo"}}, last_report_at=NOW - timedelta(days=3)
        )
        gone = make_host("gone", status="retired")
        group = make_group(
            "Big system", members=(robert, david, gone), kind="active-passive",
            created_at=NOW - timedelta(days=400),
        )  # fmt: skip
        Upkeep.objects.create(
            kind="failover_drill", group=group, happened_at=NOW - timedelta(days=7)
        )
        make_service("Mail", hosts=(make_host(kind="chroot", parent=david),))
        assert derived(robert)["groups"] == [
            {
                "name": "big-system",
                "kind": "active-passive",
                "members": ["david", "robert"],
                "peers": [
                    {
                        "name": "david",
                        "os_name": "Gentoo",
                        "last_report_days": 3,
                        "services": ["mail"],
                        "in_maintenance": False,
                        "same_machine": False,
                    }
                ],
                "os_names": ["Gentoo", "Debian"],
                "os_majors": ["Debian 12"],
                "sites": [],
                "racks": [],
                "age_days": 400,
                "failover_ever": True,
                "last_failover_test_days": 7,
                "last_failover_result": "ok",
                "being_upgraded": False,
            }
        ]

    def test_what_a_peer_said_long_ago_is_not_fresh(self) -> None:
        robert = make_host("robert", facts=debian())
        david = make_host("david", facts=debian(), seen=NOW - timedelta(days=20))
        make_group(members=(robert, david))
        view = next(iter(Fleet.at(NOW, [robert.pk])))
        assert view.sections["groups"][0]["peers"][0]["os_name"] == "Debian"
        assert "os_name" not in view.fresh["groups"][0]["peers"][0]
        assert view.stale["groups"] == (NOW - timedelta(days=6)).isoformat()


class TestServices:
    def test_they_are_absent_while_none_was_recorded(self) -> None:
        assert "services" not in derived(make_host())

    def test_what_runs_inside_counts_and_machines_are_outermost(self) -> None:
        david = make_host("david")
        inside = make_host("david.gentoo", kind="chroot", parent=david)
        make_service(
            "New PHP", hosts=(inside, make_host("web"), make_host("old", status="retired")),
            criticality="high", needs_hosts=2,
        )  # fmt: skip
        expected = [
            {
                "name": "new-php",
                "criticality": "high",
                "needs_hosts": 2,
                "important": True,
                "fine_alone": False,
                "hosts": ["david.gentoo", "web"],
                "machines": ["david", "web"],
                "live_hosts": 2,
            }
        ]
        assert derived(david)["services"] == expected
        assert derived(inside)["services"] == expected


class TestLineage:
    def test_the_nest_up_and_down(self) -> None:
        david = make_host("david.example.net", facts=debian("3"), fqdn="david.example.net")
        gentoo = make_host(
            "david.gentoo", kind="chroot", parent=david, facts={"os": {"name": "Gentoo"}}
        )
        make_host("david.gentoo.php", kind="chroot", parent=gentoo, facts=debian("11"))
        lineage = derived(gentoo)["lineage"]
        assert lineage["depth"] == 1
        assert lineage["parent"]["name"] == "david.example.net"
        assert lineage["parent"]["os_major"] == "3"
        assert [(guest["name"], guest["os_major"]) for guest in lineage["guests"]] == [
            ("david.gentoo.php", "11")
        ]
        assert lineage["guests"][0]["os_released_days"] > 365
        assert lineage["names"] == [
            "david.example.net",
            "david",
            "david.gentoo",
            "david.gentoo.php",
        ]
        assert lineage["os_names"] == ["Debian", "Gentoo"]

    def test_guests_are_absent_while_nobody_recorded_any(self) -> None:
        assert derived(make_host("lone"))["lineage"] == {
            "depth": 0,
            "names": ["lone"],
            "os_names": [],
        }

    def test_a_ring_of_parents_ends(self) -> None:
        one, two = make_host("one"), make_host("two")
        Host.objects.filter(pk=one.pk).update(parent=two)
        Host.objects.filter(pk=two.pk).update(parent=one)
        assert derived(Host.objects.get(pk=one.pk))["lineage"]["depth"] == 1


class TestFleet:
    def test_shares_among_machines_of_the_environment(self) -> None:
        for _ in range(9):
            make_host(facts=debian(), environment="production", role="web")
        odd = make_host(facts={"os": {"name": "Gentoo"}}, environment="production", role="web")
        make_host(kind="chroot", environment="production", facts=debian())
        make_host(environment="staging", facts=debian())
        assert derived(odd)["fleet"]["environment"] == {
            "hosts": 10, "with_os": 10, "os_hosts": 1, "os_share": 0.1, "top_os": "Debian",
            "top_os_share": 0.9,
        }  # fmt: skip
        assert derived(odd)["fleet"]["role"]["os_share"] == 0.1

    def test_too_few_who_told_give_no_shares(self) -> None:
        for _ in range(6):
            make_host(environment="production")
        host = make_host(facts=debian(), environment="production")
        assert derived(host)["fleet"]["environment"] == {"hosts": 7, "with_os": 1}

    def test_chroots_have_no_such_section(self) -> None:
        assert "fleet" not in derived(make_host(kind="chroot", environment="production"))

    def test_stale_peers_are_left_out_of_what_is_fresh(self) -> None:
        for _ in range(5):
            make_host(facts=debian(), environment="production", seen=NOW - timedelta(days=20))
        host = make_host(facts=debian(), environment="production")
        view = next(iter(Fleet.at(NOW, [host.pk])))
        assert view.sections["fleet"]["environment"]["os_share"] == 1.0
        assert view.fresh["fleet"]["environment"] == {"hosts": 6, "with_os": 1}
        assert "fleet" in view.stale


class TestUpkeep:
    def test_a_kind_that_nobody_ever_recorded_is_absent(self) -> None:
        assert derived(make_host())["upkeep"] == {}

    def test_once_anybody_recorded_it_the_others_have_never(self) -> None:
        Upkeep.objects.create(kind="restore_test", host=make_host(), happened_at=NOW)
        assert derived(make_host())["upkeep"] == {"restore_test": {"ever": False, "ever_ok": False}}

    def test_what_happened_after_the_moment_is_not_known_yet(self) -> None:
        host = make_host()
        Upkeep.objects.create(kind="upgrade", host=host, happened_at=NOW + timedelta(days=1))
        assert derived(host)["upkeep"] == {}

    @pytest.mark.parametrize("subject", ["host", "group", "service", "site"])
    def test_a_record_covers_the_host_by_its_subject(self, subject: str) -> None:
        site = make_site()
        host = make_host(site=site)
        subjects = {
            "host": host,
            "group": make_group(members=(host,)),
            "service": make_service(hosts=(host,)),
            "site": site,
        }
        for days, result in ((10, "failed"), (40, "ok")):
            Upkeep.objects.create(
                kind="console_test", result=result, happened_at=NOW - timedelta(days=days),
                **{subject: subjects[subject]},
            )  # fmt: skip
        assert derived(host)["upkeep"]["console_test"] == {
            "ever": True, "ever_ok": True, "days": 10, "ok_days": 40, "result": "failed",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("told", "expected"),
        [
            (
                {"last_restore_ok": True, "restore_minutes": 38},
                {"ever_ok": True, "ok_days": 10, "result": "ok", "took_minutes": 38},
            ),
            ({"last_restore_ok": False}, {"ever_ok": False, "result": "failed"}),
            ({}, {}),  # tried, and nobody said how it went: neither never nor done
        ],
    )
    def test_a_restore_test_told_by_the_backup_tool_counts_as_it_went(
        self, told: dict[str, Any], expected: dict[str, Any]
    ) -> None:
        job = {"job": "db", "last_restore_test": "2026-11-13T09:00:00Z", **told}
        tested = make_host(facts={"backups": [job]})
        assert derived(tested)["upkeep"]["restore_test"] == {"ever": True, "days": 10} | expected
        assert derived(make_host())["upkeep"]["restore_test"]["ever"] is False

    def test_what_was_taken_back_counts_no_more(self) -> None:
        host = make_host()
        Upkeep.objects.create(kind="upgrade", host=host, happened_at=NOW, taken_back_at=NOW)
        assert derived(host)["upkeep"] == {}

    def test_how_long_the_last_that_worked_took(self) -> None:
        host = make_host()
        for days, result, minutes in ((1, "failed", 5), (9, "ok", 38), (99, "ok", 90)):
            Upkeep.objects.create(
                kind="restore_test", result=result, took_minutes=minutes, host=host,
                happened_at=NOW - timedelta(days=days),
            )  # fmt: skip
        assert derived(host)["upkeep"]["restore_test"]["took_minutes"] == 38


def test_the_age_of_facts_is_that_of_the_newest_source() -> None:
    host = make_host(facts={"backups": []}, seen=NOW - timedelta(days=3))
    assert derived(host)["facts_age"] == {"backups": 3}
    assert timezone.is_aware(NOW)
