"""The visit sheet: for a host, a group, a site; on paper and in a file of its own."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from incidents.hosts import upkeep
from incidents.hosts.models import Host, HostKind
from incidents.hosts.provisions import Kit, SiteAccess, Spare
from kb.accounts.models import User
from tests.support.factories import (
    NOW,
    make_flag,
    make_group,
    make_host,
    make_incident,
    make_lesson,
    make_pattern,
    make_service,
    make_site,
    make_team,
)

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db

FACTS: dict[str, Any] = {
    "os": {"name": "Debian", "version": "12.5"},
    "hardware": {"vendor": "Dell", "model": "R740", "power_supplies": 2},
    "storage": {
        "raids": [
            {"name": "data", "level": "raid5", "state": "degraded", "devices": [
                {"name": "sda", "model": "ST4000", "serial": "Z1", "power_on_hours": 40210},
                {"name": "sdb", "state": "failed"},
            ]}
        ],
        "disks": [{"name": "sda", "model": "ST4000", "serial": "Z1"},
                  {"name": "sdz", "model": "SSD9", "serial": "Z9", "smart_ok": False}],
    },
    "network": {"interfaces": [{"name": "lo", "ipv4": ["127.0.0.1"]}, {"ipv4": ["10.0.3.20"]}]},
    "backups": [
        {"tool": "restic", "job": "nightly", "target_host": "backup-01",
         "last_success": "2026-11-22T02:00:00Z"},
        {"tool": "borg", "job": "weekly", "last_success": "2026-11-20T02:00:00Z",
         "last_restore_test": "2026-10-01T02:00:00Z"},
    ],
    "access": {"console": "idrac", "console_tested": "2026-01-01T00:00:00Z"},
}  # fmt: skip


@pytest.fixture
def robert(responder: User) -> Host:
    site = make_site("London", address="2 Harbour Road", notes="Ring **twice**.")
    Kit.objects.create(site=site, name="Crate", items="A torch")
    Spare.objects.create(site=site, part="drive", model="ST4000", count=2)
    SiteAccess.objects.create(site=site, name="Night porter", hours="any time")
    team = make_team("Platform", email="platform@example.net")
    host = make_host("robert", facts=FACTS, site=site, rack="R2", serial="7XK2", owner=team)
    make_service("Shop", hosts=(host,), criticality="critical", rto_minutes=30)
    make_group("Pair", members=(host, make_host("david", site=site)))
    make_host("robert.php", kind=HostKind.CHROOT, parent=host)
    upkeep.record(host, "restore_test", by=responder, result="failed")
    return host


def sheet(browser_of: Browser, user: User, address: str = "/hosts/robert/visit/") -> str:
    answer = browser_of(user).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_says_what_one_needs_there(browser_of: Browser, viewer: User, robert: Host) -> None:
    said = sheet(browser_of, viewer)
    for words in (
        "London, rack R2", "Dell R740", "7XK2", "Debian 12.5", "10.0.3.20", "2 supplies",
        "Platform, platform@example.net", "idrac, tested", "raid5, degraded", "<code>Z1</code>",
        "40,210 h", "SMART: failing", "borg weekly: data came back from it",
        "The last restore test on record failed", "no restore on record", "<strong>Shop</strong>",
        "critical, back within 30 min", "redundancy group, with david", "robert.php",
        "2 lie at London", "no spare on record: bring one", "network cable (for idrac)",
        "Night porter", "any time", "A torch", "2 Harbour Road", "Ring twice.", "lunch",
    ):  # fmt: skip
        assert words in said, words
    assert "127.0.0.1" not in said


def test_what_nobody_told_is_called_unknown(browser_of: Browser, viewer: User) -> None:
    make_host("robert")
    said = sheet(browser_of, viewer)
    for words in (
        "Unknown: nobody told of any backup.", "unknown: no tool told what is in it",
        "unknown: no service, group or guest is named", "unknown: no site is named",
        "unknown: no owner is named", "drives that fit",
    ):  # fmt: skip
        assert words in said, words
    assert said.count('class="unknown">unknown</dd>') >= 6


@pytest.mark.parametrize(
    ("backups", "said"),
    [
        ([], "None: a tool looked and found no backup."),
        ([{"tool": "restic"}], "Unknown: no job was ever seen to work."),
        ([{"tool": "restic", "last_success": "2026-11-22T02:00:00Z"}],
         "but nobody ever got data back from it."),
    ],
)  # fmt: skip
def test_which_backup_to_trust(browser_of: Browser, viewer: User, backups: Any, said: str) -> None:
    make_host("robert", facts={"backups": backups})
    assert said in sheet(browser_of, viewer)


def test_risks_stories_and_lessons_as_this_reader_may_see_them(
    browser_of: Browser, viewer: User, responder: User, robert: Host
) -> None:
    make_flag(make_pattern(title="RAID is the only copy", severity="critical"), robert)
    lesson = make_lesson("RAID is no backup")
    make_incident("The array died", hosts=(robert,), lessons=(lesson,), recovery="From tape.")
    make_incident("A secret", hosts=(robert,), visibility="restricted", author=responder)
    said = sheet(browser_of, viewer)
    for words in ("RAID is the only copy", "The array died", "From tape.", "RAID is no backup"):
        assert words in said, words
    assert "A secret" not in said
    assert "A secret" in sheet(browser_of, responder)


def test_a_group_and_a_site_have_one_for_all_their_machines(
    browser_of: Browser, viewer: User, robert: Host
) -> None:
    Host.objects.filter(name="david").update(status="active")
    for address in ("/groups/pair/visit/", "/sites/london/visit/"):
        said = sheet(browser_of, viewer, address)
        assert "<h2>robert " in said
        assert "<h2>david " in said
    for number in range(9):
        make_host(f"web-{number}", site=robert.site)
    assert "each has a sheet of its own" in sheet(browser_of, viewer, "/sites/london/visit/")


def test_the_file_needs_nothing_from_anywhere(
    browser_of: Browser, viewer: User, robert: Host
) -> None:
    make_incident("The array died", hosts=(robert,))
    answer = browser_of(viewer).get("/hosts/robert/visit/?as=file")
    said = answer.content.decode()
    assert answer["Content-Disposition"] == 'attachment; filename="visit-robert.html"'
    assert re.findall(r"<(?:script|link|img|iframe)\b|\burl\(|@import|\bhref=|\bsrc=", said) == []
    assert "default-src 'none'" in said
    assert ".visit-part" in said
    assert "The array died" in said


def test_tooling_reads_the_same(viewer_api: APIClient, robert: Host) -> None:
    said = viewer_api.get("/api/v1/hosts/robert/visit/").json()
    assert said["machines"][0]["arrays"][0]["members"][0]["serial"] == "Z1"
    assert said["packing"][-1]["what"] == "lunch"
    assert len(viewer_api.get("/api/v1/groups/pair/visit/").json()["machines"]) == 2
    assert len(viewer_api.get("/api/v1/sites/london/visit/").json()["machines"]) == 2


def test_many_machines_cost_what_one_costs(browser_of: Browser, viewer: User, robert: Host) -> None:
    browser = browser_of(viewer)
    browser.get("/sites/london/visit/")

    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            browser.get("/sites/london/visit/")
        return len(found)

    few = cost()
    for number in range(5):
        host = make_host(f"web-{number}", site=robert.site, facts=FACTS, seen=NOW)
        make_service(hosts=(host,))
        make_group(members=(host, robert))
        make_incident(hosts=(host,))
        make_flag(make_pattern(), host)
    assert cost() == few


def test_strangers_are_asked_to_sign_in(robert: Host) -> None:
    assert Client().get("/hosts/robert/visit/?as=file").status_code == 302
