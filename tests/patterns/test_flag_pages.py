"""``/flags/``: triage, and one flag with its history."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from incidents.patterns.models import Flag
from kb.accounts.models import User
from tests.support.factories import NOW, make_flag, make_host, make_pattern

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(browser_of: Any, responder: User) -> Client:
    client: Client = browser_of(responder)
    return client


@pytest.fixture
def flag() -> Flag:
    pattern = make_pattern("raid", title="RAID is the only copy")
    seen = [{"path": "backups", "value": [], "source": "restic", "age_days": 1}]
    return make_flag(pattern, make_host("robert"), evidence=seen, sentence="raid5, no backup")


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def names(answer: Any) -> list[str]:
    return [flag.host.name for flag in answer.context["page"]]


def test_nothing_open_is_not_the_same_as_well(page: Client) -> None:
    assert "has not told enough" in text(page.get("/flags/"))


def test_the_greatest_risk_comes_first_then_the_longest_wait(page: Client) -> None:
    often = make_pattern("often", likelihood="high")
    rarely = make_pattern("rarely", likelihood="low")
    make_flag(rarely, make_host("critical-rarely"), severity="critical")
    make_flag(often, make_host("high-often"), severity="high")
    make_flag(often, make_host("low-often"), severity="low")
    make_flag(often, make_host("high-often-older"), severity="high", at=NOW - timedelta(days=9))
    assert names(page.get("/flags/")) == [
        "high-often-older", "high-often", "critical-rarely", "low-often",
    ]  # fmt: skip


def test_filters_live_in_the_address(page: Client, flag: Flag) -> None:
    make_flag(flag.pattern, make_host("david"), state="resolved")
    make_flag(make_pattern("os-eol"), make_host("web"), severity="critical")
    assert names(page.get("/flags/")) == ["web", "robert"]
    assert names(page.get("/flags/?state=resolved")) == ["david"]
    assert names(page.get("/flags/?severity=critical")) == ["web"]
    assert names(page.get("/flags/?pattern=raid&host=robert")) == ["robert"]
    assert "No flag matches this filter" in text(page.get("/flags/?host=nobody"))
    assert page.get("/flags/?state=sleepy").status_code == 200


def test_the_number_of_queries_does_not_grow(
    page: Client, flag: Flag, django_assert_num_queries: Any
) -> None:
    for _ in range(20):
        make_flag(flag.pattern, make_host(), assigned_to=None)
    with django_assert_num_queries(10):
        page.get("/flags/")


def test_the_way_back_stays_in_the_house(page: Client, flag: Flag) -> None:
    sent = {"next": "https://evil.example/", "act": "acknowledge"}
    assert page.post("/flags/act/", sent)["Location"] == "/flags/"


def test_a_flag_with_its_evidence_and_history(page: Client, flag: Flag) -> None:
    shown = text(page.get(f"/flags/{flag.pk}/"))
    assert "raid5, no backup" in shown
    assert "<dt>backups</dt>" in shown
    assert "restic, 1 day ago" in shown
    assert "facts, version 1" in shown


def test_accepting_it(page: Client, flag: Flag) -> None:
    until = (timezone.now() + timedelta(days=30)).date()
    sent = {"until": str(until), "because": "The courier comes on Friday."}
    assert page.post(f"/flags/{flag.pk}/accept/", sent)["Location"] == f"/flags/{flag.pk}/"
    shown = text(page.get(f"/flags/{flag.pk}/"))
    assert "Accepted until" in shown
    assert "The courier comes on Friday." in shown
    assert page.post(f"/flags/{flag.pk}/reopen/").status_code == 302
    flag.refresh_from_db()
    assert flag.state == "open"


def test_a_waiver_without_a_reason_comes_back_with_what_was_typed(page: Client, flag: Flag) -> None:
    answer = page.post(f"/flags/{flag.pk}/accept/", {"until": "2999-01-01", "because": "later"})
    assert answer.status_code == 400
    assert "for a year at most" in text(answer)
    assert "later" in text(answer)
    assert page.post(f"/flags/{flag.pk}/accept/", {"until": ""}).status_code == 400
    flag.refresh_from_db()
    assert flag.state == "open"


def test_who_takes_care_of_it(page: Client, flag: Flag, responder: User, viewer: User) -> None:
    page.post(f"/flags/{flag.pk}/assign/", {"to": responder.pk})
    flag.refresh_from_db()
    assert flag.assigned_to == responder
    page.post(f"/flags/{flag.pk}/assign/", {"to": viewer.pk})
    flag.refresh_from_db()
    assert flag.assigned_to == responder


@pytest.mark.parametrize("act", ["accept", "acknowledge", "reopen", "assign"])
def test_a_viewer_is_shown_no_buttons_and_has_none(
    browser_of: Any, viewer: User, flag: Flag, act: str
) -> None:
    reading = browser_of(viewer)
    assert f"/flags/{flag.pk}/{act}/" not in text(reading.get(f"/flags/{flag.pk}/"))
    assert reading.post(f"/flags/{flag.pk}/{act}/").status_code == 403
    assert reading.post("/flags/act/", {"flag": [flag.pk]}).status_code == 403
    flag.refresh_from_db()
    assert flag.state == "open"


def test_no_such_flag(page: Client) -> None:
    assert page.get("/flags/999/").status_code == 404
