"""Recording upkeep by the pages of hosts, services, groups and sites; taking back; what is due."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from incidents.hosts.models import Upkeep
from incidents.hosts.provisions import Kit, Runbook
from kb.accounts.models import User
from tests.support.factories import (
    make_group,
    make_host,
    make_service,
    make_site,
    make_user,
)

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db

SUBJECTS: dict[str, tuple[Callable[..., Any], list[str]]] = {
    "hosts": (make_host, ["restore_test", "maintenance_window", "upgrade", "console_test"]),
    "services": (make_service, ["restore_test", "failover_drill", "runbook_review"]),
    "groups": (make_group, ["failover_drill", "maintenance_window", "upgrade"]),
    "sites": (make_site, ["maintenance_window", "kit_check"]),
}
KINDS = [(room, kind) for room, (_, kinds) in SUBJECTS.items() for kind in kinds]


def address(room: str) -> str:
    SUBJECTS[room][0]("one")
    return f"/{room}/one/"


def text(client: Client, at: str) -> str:
    return client.get(at).content.decode()


@pytest.mark.parametrize("room", SUBJECTS)
def test_a_button_for_each_kind_that_makes_sense_there_and_for_no_other(
    browser_of: Browser, responder: User, viewer: User, room: str
) -> None:
    at = address(room)
    for page in (at, f"{at}upkeep/"):
        said = text(browser_of(responder), page)
        assert re.findall(r"upkeep/\?kind=(\w+)", said) == SUBJECTS[room][1]
        assert "?kind=" not in text(browser_of(viewer), page)


@pytest.mark.parametrize(("room", "kind"), KINDS)
def test_every_button_leads_to_a_form_that_records(
    browser_of: Browser, responder: User, room: str, kind: str
) -> None:
    at, browser = address(room), browser_of(responder)
    said = text(browser, f"{at}upkeep/?kind={kind}")
    (key,) = re.findall(r'name="key" value="(\w+)"', said)
    sent = {"kind": kind, "key": key, "result": "partial", "note": "Slow"}
    for _ in range(2):  # a double click
        assert browser.post(f"{at}upkeep/", sent)["Location"] == f"{at}#upkeep"
    made = Upkeep.objects.get()
    assert (made.kind, made.result, made.note, made.by) == (kind, "partial", "Slow", responder)
    assert timezone.now() - made.happened_at < timedelta(minutes=1)
    assert "Slow" in text(browser, at)


def test_a_form_opened_again_makes_a_record_of_its_own(
    browser_of: Browser, responder: User
) -> None:
    make_host("robert")
    browser = browser_of(responder)
    for _ in range(2):
        said = text(browser, "/hosts/robert/upkeep/?kind=restore_test")
        (key,) = re.findall(r'name="key" value="(\w+)"', said)
        browser.post("/hosts/robert/upkeep/", {"kind": "restore_test", "key": key, "result": "ok"})
    assert Upkeep.objects.count() == 2


@pytest.mark.parametrize(
    ("room", "sent", "kept"),
    [
        ("hosts", {"kind": "restore_test", "took_minutes": "38.5"}, {"took_minutes": 38.5}),
        (
            "groups",
            {"kind": "failover_drill", "drill": "real-fault"},
            {"planned": False, "partial_fault": True},
        ),
        (
            "groups",
            {"kind": "failover_drill", "drill": "planned-stop"},
            {"planned": True, "partial_fault": False},
        ),
        ("groups", {"kind": "failover_drill"}, {"planned": None, "partial_fault": None}),
        ("hosts", {"kind": "upgrade", "detail": "Debian 11 to 12"}, {"detail": "Debian 11 to 12"}),
        (
            "hosts",
            {"kind": "upgrade", "evidence_url": "https://example.net/1"},
            {"evidence_url": "https://example.net/1"},
        ),
    ],
)
def test_each_kind_asks_its_own_question(
    browser_of: Browser, responder: User, room: str, sent: dict[str, str], kept: dict[str, Any]
) -> None:
    at = address(room)
    browser_of(responder).post(f"{at}upkeep/", {"result": "ok"} | sent)
    made = Upkeep.objects.get()
    assert {name: getattr(made, name) for name in kept} == kept


def test_when_it_was_can_be_changed(browser_of: Browser, responder: User) -> None:
    at = address("hosts")
    sent = {"kind": "upgrade", "result": "ok", "happened_at": "2026-01-02T10:00"}
    browser_of(responder).post(f"{at}upkeep/", sent)
    assert f"{Upkeep.objects.get().happened_at:%Y-%m-%d %H:%M}" == "2026-01-02 10:00"


def test_a_kit_or_runbook_is_chosen_from_those_there_are(
    browser_of: Browser, responder: User
) -> None:
    Kit.objects.create(site=make_site("London"), name="Crate")
    Runbook.objects.create(service=make_service("Mail"), title="Swap")
    browser = browser_of(responder)
    for at, kind, name in (
        ("/sites/london/", "kit_check", "Crate"),
        ("/services/mail/", "runbook_review", "Swap"),
    ):
        assert f'<option value="{name}"' in text(browser, f"{at}upkeep/?kind={kind}")
        browser.post(f"{at}upkeep/", {"kind": kind, "result": "ok", "detail": name})
        answer = browser.post(f"{at}upkeep/", {"kind": kind, "result": "ok", "detail": "Box"})
        assert answer.status_code == 422
        assert f"Choose from: {name}." in answer.content.decode()
    assert sorted(Upkeep.objects.values_list("detail", flat=True)) == ["Crate", "Swap"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"happened_at": "2999-01-01T00:00"}, "That lies ahead"),
        ({"happened_at": "soon"}, "Enter a valid date"),
        ({"result": "splendid"}, "not one of the available choices"),
        ({"took_minutes": "-1"}, "greater than or equal to 0"),
        ({"evidence_url": "javascript:alert(1)"}, "Enter a valid URL"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_lost(
    browser_of: Browser, responder: User, wrong: dict[str, str], words: str
) -> None:
    make_host("robert")
    sent = {"kind": "restore_test", "result": "ok", "note": "38 minutes"} | wrong
    answer = browser_of(responder).post("/hosts/robert/upkeep/", sent)
    assert answer.status_code == 422
    said = answer.content.decode()
    assert words in said
    assert "38 minutes" in said
    assert not Upkeep.objects.exists()


def test_a_kind_that_makes_no_sense_there_is_refused(browser_of: Browser, responder: User) -> None:
    make_host("robert")
    browser = browser_of(responder)
    for kind in ("kit_check", "prayer"):
        browser.post("/hosts/robert/upkeep/", {"kind": kind, "result": "ok"})
        assert '<form class="form" method="post"' not in text(
            browser, f"/hosts/robert/upkeep/?kind={kind}"
        )
    assert not Upkeep.objects.exists()


def test_an_upgrade_that_worked_is_planned_no_more(browser_of: Browser, responder: User) -> None:
    host = make_host("robert", upgrade_planned_on=timezone.now().date())
    browser = browser_of(responder)
    browser.post("/hosts/robert/upkeep/", {"kind": "upgrade", "result": "failed"})
    host.refresh_from_db()
    assert host.upgrade_planned_on is not None
    browser.post("/hosts/robert/upkeep/", {"kind": "upgrade", "result": "ok"})
    host.refresh_from_db()
    assert host.upgrade_planned_on is None


class TestTakingBack:
    def made(self, by: User) -> Upkeep:
        return Upkeep.objects.create(kind="upgrade", host=make_host("robert"), by=by, note="Wrong")

    def test_its_author_can(self, browser_of: Browser, responder: User) -> None:
        made, browser = self.made(responder), browser_of(responder)
        assert "Take back" in text(browser, "/hosts/robert/upkeep/")
        for _ in range(2):
            answer = browser.post(f"/upkeep/{made.pk}/take-back/")
            assert answer["Location"] == "/hosts/robert/upkeep/"
        made.refresh_from_db()
        assert made.taken_back_by == responder
        said = text(browser, "/hosts/robert/upkeep/")
        assert "Wrong" in said  # it stays on record
        assert "Taken back" in said
        assert "Nothing recorded yet" in text(browser, "/hosts/robert/")

    def test_a_keeper_can_and_others_cannot(
        self, browser_of: Browser, responder: User, keeper: User, viewer: User
    ) -> None:
        made = self.made(responder)
        for other in (make_user("other"), viewer):
            assert "Take back" not in text(browser_of(other), "/hosts/robert/upkeep/")
            browser_of(other).post(f"/upkeep/{made.pk}/take-back/")
            made.refresh_from_db()
            assert made.taken_back_at is None
        browser_of(keeper).post(f"/upkeep/{made.pk}/take-back/")
        made.refresh_from_db()
        assert made.taken_back_by == keeper


class TestDue:
    def test_nothing_is_due_while_nobody_records(self, browser_of: Browser, viewer: User) -> None:
        make_group("Pair")
        assert "Nobody records upkeep yet" in text(browser_of(viewer), "/upkeep/")

    def test_never_comes_first_and_then_the_oldest(self, browser_of: Browser, viewer: User) -> None:
        for name, days in (("old", 400), ("new", 3), ("never", None)):
            group = make_group(name)
            if days:
                at = timezone.now() - timedelta(days=days)
                Upkeep.objects.create(kind="failover_drill", group=group, happened_at=at)
        failed = make_group("failed")
        Upkeep.objects.create(kind="failover_drill", group=failed, result="failed")
        said = text(browser_of(viewer), "/upkeep/")
        assert re.findall(r"/groups/(\w+)/upkeep/", said) == ["failed", "never", "old", "new"]
        assert "2 never, 2 done" in said

    def test_what_matters_most_comes_first_and_a_record_covers_a_whole_group(
        self, browser_of: Browser, viewer: User
    ) -> None:
        make_host("a")
        make_host("z", criticality="critical")
        make_host("gone", status="retired")
        make_host("inside", kind="chroot")
        done = make_host("done")
        Upkeep.objects.create(kind="maintenance_window", group=make_group(members=(done,)))
        said = text(browser_of(viewer), "/upkeep/?kind=maintenance_window")
        assert re.findall(r"/hosts/(\w+)/upkeep/", said) == ["z", "a", "done"]

    def test_kits_and_runbooks_are_due_one_by_one(self, browser_of: Browser, viewer: User) -> None:
        site = make_site("London")
        for name in ("Crate", "Drawer"):
            Kit.objects.create(site=site, name=name)
        Upkeep.objects.create(kind="kit_check", site=site, detail="crate")
        said = text(browser_of(viewer), "/upkeep/")
        assert "1 never, 1 done" in said
        assert said.index("Drawer") < said.index("Crate")

    def test_it_costs_the_same_for_many(
        self, browser_of: Browser, viewer: User, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        for number in range(9):
            for kind in ("restore_test", "upgrade", "maintenance_window", "console_test"):
                host = make_host(f"host-{kind}-{number}", stateful=True)
                Upkeep.objects.create(kind=kind, host=host)
        browser = browser_of(viewer)
        browser.get("/upkeep/")
        with django_assert_num_queries(42):
            browser.get("/upkeep/")
