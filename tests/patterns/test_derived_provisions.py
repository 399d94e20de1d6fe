"""What is kept ready for a bad day, as patterns see it: runbooks, kits, spares, advisories."""

from datetime import timedelta
from typing import Any

import pytest

from incidents.hosts.models import Host, Upkeep
from incidents.hosts.provisions import Advisory, Kit, Runbook, SiteAccess, Spare
from tests.patterns.views import section, view_of
from tests.support.factories import NOW, make_host, make_service, make_site, make_user

pytestmark = pytest.mark.django_db

LONG_AGO = NOW - timedelta(days=20)


def done(kind: str, days: int = 0, **fields: Any) -> Upkeep:
    return Upkeep.objects.create(kind=kind, happened_at=NOW - timedelta(days=days), **fields)


class TestRunbooks:
    def service(self, host: Host) -> dict[str, Any]:
        (service,) = section(host, "services")
        return dict(service)

    def test_they_are_absent_while_no_service_has_any(self) -> None:
        host = make_host()
        make_service(hosts=(host,))
        assert "runbooks" not in self.service(host)

    def test_once_any_service_has_one_the_others_have_none(self) -> None:
        host = make_host()
        make_service(hosts=(host,))
        Runbook.objects.create(service=make_service("Other"), title="Swap")
        assert self.service(host)["runbooks"] == []

    def test_one_that_was_taken_away_is_none(self) -> None:
        host = make_host()
        service = make_service(hosts=(host,))
        Runbook.objects.create(service=service, title="Swap", gone_at=NOW)
        Runbook.objects.create(service=make_service("Other"), title="Swap")
        assert self.service(host)["runbooks"] == []

    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            ({}, {}),
            ({"elsewhere": True}, {"stored_here": False}),
            ({"stored_on": "carrier"}, {"stored_here": True}),
            ({"stored_on": "guest"}, {"stored_here": True}),
            ({"stored_on": "stranger"}, {"stored_here": False}),
        ],
    )
    def test_where_it_lies(self, where: dict[str, Any], expected: dict[str, Any]) -> None:
        host = make_host("carrier")
        make_host("guest", kind="virtual", parent=make_host("vm", kind="virtual", parent=host))
        make_host("stranger")
        if "stored_on" in where:
            where = {"stored_on": Host.objects.get(name=where["stored_on"])}
        service = make_service(hosts=(host,))
        Runbook.objects.create(service=service, kind="restore", title="Back", **where)
        assert self.service(host)["runbooks"] == [{"kind": "restore", "name": "Back"} | expected]

    def test_a_review_is_of_the_one_it_names_or_of_all(self) -> None:
        host = make_host()
        service = make_service(hosts=(host,))
        for title in ("Back", "Over"):
            Runbook.objects.create(service=service, title=title)

        def reviewed() -> dict[str, Any]:
            found = self.service(host)["runbooks"]
            return {one["name"]: one.get("reviewed_days", one.get("reviewed")) for one in found}

        assert reviewed() == {"Back": None, "Over": None}  # nobody reviews anything anywhere
        done("runbook_review", 30, service=make_service("Other"))
        assert reviewed() == {"Back": False, "Over": False}
        done("runbook_review", 20, service=service, detail="back ")
        assert reviewed() == {"Back": 20, "Over": False}
        done("failover_drill", 10, service=service, detail="Over")  # using it is reading it
        assert reviewed() == {"Back": 20, "Over": 10}
        done("runbook_review", 5, service=service)
        assert reviewed() == {"Back": 5, "Over": 5}

    def test_the_host_says_whether_any_service_on_it_has_one(self) -> None:
        host = make_host()
        assert "has_runbook" not in section(host, "host")
        service = make_service(hosts=(host,))
        assert section(host, "host")["has_runbook"] is False
        Runbook.objects.create(service=service, title="Back")
        assert section(host, "host")["has_runbook"] is True


class TestRebuild:
    def said(self, host: Host) -> tuple[Any, Any]:
        (service,) = section(host, "services")
        return service.get("rebuild_timed"), service.get("rebuild_minutes")

    def test_nothing_is_known_while_nobody_records_restores(self) -> None:
        host = make_host()
        make_service(hosts=(host,))
        assert self.said(host) == (None, None)

    def test_the_last_one_that_was_timed_counts_whatever_carried_it(self) -> None:
        host, second = make_host(), make_host()
        service = make_service(hosts=(host, second), rto_minutes=60)
        done("restore_test", 9, host=make_host())
        assert self.said(host) == (False, None)
        done("restore_test", 8, service=service, took_minutes=90)
        done("restore_test", 7, service=service)
        assert self.said(host) == (True, 90)
        done("restore_test", 6, host=second, took_minutes=45)
        done("restore_test", 5, host=second, took_minutes=1, result="failed")
        assert self.said(host) == (True, 45)
        assert section(host, "services")[0]["rto_minutes"] == 60

    def test_a_backup_tool_may_have_timed_it(self) -> None:
        job = {
            "job": "db", "last_restore_test": "2026-11-20T09:00:00Z", "last_restore_ok": True,
            "restore_minutes": 12,
        }  # fmt: skip
        host, second = make_host(), make_host(facts={"backups": [job]}, seen=LONG_AGO)
        make_service(hosts=(host, second))
        view = view_of(host)
        assert view.sections["services"][0]["rebuild_minutes"] == 12
        assert "rebuild_minutes" not in view.fresh["services"][0]
        assert "services" in view.stale

    def test_only_machines_in_use_are_live(self) -> None:
        box = make_host("box", status="retired")
        host = make_host()
        make_service(hosts=(host, make_host(kind="virtual", parent=box)))
        assert section(host, "services")[0]["live_hosts"] == 1


class TestSite:
    def test_a_host_without_a_site_has_none(self) -> None:
        view = view_of(make_host())
        assert "site" not in view.sections
        assert "spares" not in view.sections

    def test_what_no_site_writes_down_is_absent(self) -> None:
        assert section(make_host(site=make_site("London")), "site") == {"name": "london"}

    def test_what_another_site_writes_down_is_missing_here(self) -> None:
        other = make_site("Paris")
        Kit.objects.create(site=other, name="Crate")
        SiteAccess.objects.create(site=other, name="Ada")
        assert section(make_host(site=make_site("London")), "site") == {
            "name": "london", "kits": [], "people_with_access": 0,
        }  # fmt: skip

    def test_a_kit_is_checked_by_its_name_or_with_all_of_them(self) -> None:
        site = make_site("London")
        host = make_host(site=site)
        for name in ("Crate", "Drawer"):
            Kit.objects.create(site=site, name=name)

        def kits() -> dict[str, Any]:
            found = section(host, "site")["kits"]
            return {one["name"]: one.get("checked_days", one.get("checked")) for one in found}

        assert kits() == {"Crate": None, "Drawer": None}
        done("kit_check", 40, site=make_site("Paris"))
        assert kits() == {"Crate": False, "Drawer": False}
        done("kit_check", 30, site=site)
        done("kit_check", 9, site=site, detail="crate", result="failed")
        assert kits() == {"Crate": 9, "Drawer": 30}

    def test_people_who_left_may_not_enter(self) -> None:
        site = make_site("London")
        for person in (make_user("ada"), make_user("bob", is_active=False)):
            SiteAccess.objects.create(site=site, person=person)
        SiteAccess.objects.create(site=site, name="The night porter")
        SiteAccess.objects.create(site=site, name="Somebody before", gone_at=NOW)
        assert section(make_host(site=site), "site")["people_with_access"] == 2

    def test_spares_are_those_of_the_site(self) -> None:
        site = make_site("London")
        Spare.objects.create(site=site, part="drive", model="VO0480", count=2)
        Spare.objects.create(site=site, part="battery", count=0)
        assert section(make_host(site=site), "spares") == [
            {"part": "battery", "count": 0}, {"part": "drive", "model": "VO0480", "count": 2},
        ]  # fmt: skip
        assert section(make_host(site=make_site("Paris")), "spares") is None


STORAGE = {
    "raids": [{"name": "md0", "devices": [{"name": "sda", "serial": "S1", "firmware": "HPG0"}]}],
    "disks": [{"name": "sda", "serial": "S1", "model": "VO0480JFDGT", "power_on_hours": 30368}],
    "controllers": [{"name": "slot 1", "model": "Smart Array P440", "firmware": "6.60"}],
}


class TestAdvisories:
    def test_an_empty_list_is_said_to_be_empty(self) -> None:
        assert section(make_host(facts={"storage": STORAGE}), "advisories") == {
            "kept": 0, "hits": [],
        }  # fmt: skip

    def test_who_told_of_no_disk_is_not_known_to_be_well(self) -> None:
        Advisory.objects.create(model="VO*", fixed_in="HPG8")
        assert section(make_host(), "advisories") == {"kept": 1}
        assert section(make_host(facts={"storage": {"mounts": []}}), "advisories") == {"kept": 1}

    def test_a_drive_by_its_model_with_the_days_it_has_left(self) -> None:
        Advisory.objects.create(
            model="VO*JFDGT", fixed_in="HPG8", deadline_hours=32768, url="https://example.net/a"
        )
        Advisory.objects.create(model="MB*", fixed_in="HPG8")
        assert section(make_host(facts={"storage": STORAGE}), "advisories") == {
            "kept": 2,
            "hits": [
                {
                    "what": "sda", "model": "VO0480JFDGT", "firmware": "HPG0", "fixed_in": "HPG8",
                    "affected": True, "days_left": 100.0, "url": "https://example.net/a",
                }
            ],
        }  # fmt: skip

    def test_a_controller_is_no_drive(self) -> None:
        Advisory.objects.create(what="drive", model="Smart Array*", fixed_in="8.32")
        assert section(make_host(facts={"storage": STORAGE}), "advisories")["hits"] == []
        Advisory.objects.create(what="controller", model="Smart Array*", fixed_in="6.60")
        (hit,) = section(make_host(facts={"storage": STORAGE}), "advisories")["hits"]
        assert (hit["what"], hit["affected"]) == ("slot 1", False)

    def test_firmware_that_nobody_told_or_that_cannot_be_compared_is_not_known(self) -> None:
        Advisory.objects.create(model="*", fixed_in="HPG8")
        for told in ({}, {"firmware": "GS0F"}):
            disk = {"name": "sda", "model": "VO0480JFDGT"} | told
            (hit,) = section(make_host(facts={"storage": {"disks": [disk]}}), "advisories")["hits"]
            assert "affected" not in hit

    def test_what_was_reported_long_ago_is_not_fresh(self) -> None:
        Advisory.objects.create(model="*", fixed_in="HPG8")
        view = view_of(make_host(facts={"storage": STORAGE}, seen=LONG_AGO))
        assert view.sections["advisories"]["hits"]
        assert view.fresh["advisories"] == {"kept": 1}
