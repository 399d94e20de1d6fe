"""The table of hosts: what it shows, filters, order, CSV."""

import csv
import io
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from incidents.hosts import listing
from incidents.hosts.models import Host, HostKind, HostStatus
from kb.accounts.models import User
from tests.hosts.reports import days_ago
from tests.support.factories import (
    NOW,
    make_flag,
    make_group,
    make_host,
    make_pattern,
    make_service,
    make_site,
    make_team,
)

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db

OLD = {"os": {"name": "Debian", "version": "10.13", "codename": "buster"}}
NEW = {"os": {"name": "Debian", "version": "13.2"}}


@pytest.fixture
def fleet() -> None:
    london, platform = make_site("London"), make_team("Platform")
    robert = make_host(
        "robert", facts=OLD, site=london, owner=platform, role="web", environment="production",
        tags=["exception"], last_report_at=timezone.now(), serial="7XK2-90",
    )  # fmt: skip
    make_host("vm-1", facts=NEW, kind=HostKind.VIRTUAL, role="mail", last_report_at=days_ago(400))
    make_host("gone", status=HostStatus.RETIRED)
    make_service("Shop", slug="shop", hosts=(robert,))
    make_group("Pair", slug="pair", members=(robert,))
    make_flag(make_pattern(severity="critical"), robert)


def names(said: str) -> list[str]:
    """The hosts a page lists, in its order."""
    body = said.split("<tbody>")[1] if "<tbody>" in said else ""
    return [part.split("/")[0] for part in body.split('scope="row"><a href="/hosts/')[1:]]


def page(browser_of: Browser, user: User, query: str = "") -> str:
    answer = browser_of(user).get(f"/hosts/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_row_says_system_its_end_flags_site_owner_and_age(
    browser_of: Browser, viewer: User, fleet: None
) -> None:
    said = page(browser_of, viewer)
    assert names(said) == ["robert", "vm-1"]
    for words in (
        "Debian 10.13 “buster”", "ended 30 Jun 2024", "critical", "London", "Platform", "web",
        "just now", "stale", "2 hosts",
    ):  # fmt: skip
        assert words in said, words
    assert "New host" not in said


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?site=london", ["robert"]),
        ("?owner=platform", ["robert"]),
        ("?role=mail", ["vm-1"]),
        ("?environment=production", ["robert"]),
        ("?tag=exception", ["robert"]),
        ("?tag=except", []),
        ("?kind=virtual", ["vm-1"]),
        ("?service=shop", ["robert"]),
        ("?group=pair", ["robert"]),
        ("?os=debian", ["robert", "vm-1"]),
        ("?q=ROB", ["robert"]),
        ("?q=7xk2", ["robert"]),
        ("?q=vm+1", ["vm-1"]),
        ("?status=retired", ["gone"]),
        ("?status=active", ["robert", "vm-1"]),
        ("?status=all", ["gone", "robert", "vm-1"]),
        ("?kind=nonsense", ["robert", "vm-1"]),
        ("?ordering=-name", ["vm-1", "robert"]),
        ("?ordering=facts", ["vm-1", "robert"]),
        ("?ordering=-facts", ["robert", "vm-1"]),
        ("?ordering=site", ["robert", "vm-1"]),
        ("?ordering=-site", ["robert", "vm-1"]),  # what has none stands last either way
        ("?ordering=nonsense", ["robert", "vm-1"]),
    ],
)
def test_filters_and_order_stand_in_the_address(
    browser_of: Browser, viewer: User, fleet: None, query: str, found: list[str]
) -> None:
    assert names(page(browser_of, viewer, query)) == found


def test_a_filter_that_came_by_a_link_survives_the_form(
    browser_of: Browser, viewer: User, fleet: None
) -> None:
    said = page(browser_of, viewer, "?service=shop&ordering=-name")
    assert '<input type="hidden" name="service" value="shop">' in said
    assert '<input type="hidden" name="ordering" value="-name">' in said


def test_a_spreadsheet_gets_the_same_hosts_and_no_formulas(
    browser_of: Browser, viewer: User, fleet: None
) -> None:
    make_host("evil", role="=cmd()", environment="production", facts=NEW)
    answer = browser_of(viewer).get("/hosts/?environment=production&format=csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    head, *lines = csv.reader(io.StringIO(text))
    found = [dict(zip(head, line, strict=True)) for line in lines]
    assert [line["name"] for line in found] == ["evil", "robert"]
    assert found[0]["role"] == "'=cmd()"
    assert (found[1]["system"], found[1]["support"]) == (
        "Debian 10.13 “buster”",
        "ended 30 Jun 2024",
    )
    assert (found[1]["flags"], found[1]["owner"]) == ("critical", "Platform")


def test_a_spreadsheet_has_the_columns_that_were_chosen(
    browser_of: Browser, viewer: User, fleet: None
) -> None:
    def sheet(query: str) -> list[list[str]]:
        answer = browser_of(viewer).get(f"/hosts/?format=csv&{query}")
        text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
        return list(csv.reader(io.StringIO(text)))

    Host.objects.filter(name="robert").update(rack="B12", tags=["edge", "old"])
    assert sheet("q=robert&columns=tags&columns=rack,flags") == [
        ["name", "rack", "tags", "flags"],
        ["robert", "B12", "edge, old", "critical"],
    ]
    assert sheet("q=robert&columns=system,owner")[0] == ["name", "system", "support", "owner"]
    everything = sheet("q=robert")[0]
    assert {"environment", "status", "rack", "serial", "last report", "flags"} <= {*everything}
    assert sheet("q=robert&columns=nonsense")[0] == everything


def test_every_column_that_can_be_chosen_has_its_heading_in_a_spreadsheet() -> None:
    for name in listing.offered():
        head, *_ = listing.table(Host.objects.none(), NOW, [name])
        assert len(head) > 1, name


def test_an_empty_list_says_what_to_do_next(
    browser_of: Browser, viewer: User, responder: User
) -> None:
    assert "as soon as somebody sends facts" in page(browser_of, viewer)
    assert "write the first one down" in page(browser_of, responder)
    assert "Take a filter away" in page(browser_of, viewer, "?q=nobody")


def test_strangers_are_asked_to_sign_in() -> None:
    answer = Client().get("/hosts/")
    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_the_list_costs_the_same_for_many_hosts(
    browser_of: Browser, viewer: User, django_assert_num_queries: Callable[[int], object]
) -> None:
    site, team, pattern = make_site("London"), make_team("Platform"), make_pattern()
    for number in range(30):
        host = make_host(f"web-{number:02d}", facts=OLD, site=site, owner=team)
        make_flag(pattern, host)
    browser = browser_of(viewer)
    with django_assert_num_queries(11):  # type: ignore[attr-defined]
        browser.get("/hosts/")
