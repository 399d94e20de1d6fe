"""A host's page: the host as memory."""

from collections.abc import Callable, Iterator

import pytest
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from django.utils.safestring import SafeString

from incidents.hosts import upkeep
from incidents.hosts.models import Host, HostKind, HostStatus
from incidents.hosts.panels import HostPanel, host_panels
from kb.accounts.models import User
from tests.hosts.reports import days_ago
from tests.support.factories import make_group, make_host, make_service, make_site, make_team

Browser = Callable[[User], Client]
pytestmark = pytest.mark.django_db

FACTS = {
    "os": {"name": "Debian", "version": "10.13", "kernel": "4.19.0"},
    "storage": {
        "raids": [{"name": "data", "level": "raid5", "state": "optimal"}],
        "mounts": [{"path": "/srv", "used_pct": 71.2}],
    },
    "backups": [],
}


def page(browser_of: Browser, user: User, name: str = "robert") -> str:
    answer = browser_of(user).get(f"/hosts/{name}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_says_what_is_known_and_what_it_is_part_of(browser_of: Browser, viewer: User) -> None:
    robert = make_host(
        "robert", facts=FACTS, seen=timezone.now(), site=make_site("London"), serial="7XK2-90",
        owner=make_team("Platform"), role="web", environment="production", tags=["exception"],
        notes="Ask **Jo** first. <script>alert(1)</script>", important=True,
        last_report_at=timezone.now(),
    )  # fmt: skip
    david = make_host("david")
    make_group("Pair", members=(robert, david))
    make_service("Big system", hosts=(robert, david))
    said = page(browser_of, viewer)
    for words in (
        "Debian 10.13", "ended 30 Jun 2024", "1 array (raid5, optimal)", "fullest /srv 71 %",
        "storage.raids[0].level", "7XK2-90", "London", "Platform", "stands in for", "Pair",
        "Big system", "exception", "<strong>Jo</strong>", "what changed when",
    ):  # fmt: skip
        assert words in said, words
    assert "<script>alert" not in said
    assert "Record upkeep" not in said  # a viewer reads


def test_sections_stand_in_the_order_of_the_schema(browser_of: Browser, viewer: User) -> None:
    make_host("robert", facts={"backups": [], "storage": {"swap_mb": 0}, "os": {"name": "Debian"}})
    said = page(browser_of, viewer)
    places = [said.index(f"<code>{name}</code>") for name in ("os", "storage", "backups")]
    assert places == sorted(places)


def test_what_nobody_said_again_is_marked_stale(browser_of: Browser, viewer: User) -> None:
    make_host("robert", facts={"clock": {"synced": True}}, seen=days_ago(300))
    assert 'class="age stale"' in page(browser_of, viewer)
    make_host("fresh", facts={"clock": {"synced": True}}, seen=timezone.now())
    assert 'class="age stale"' not in page(browser_of, viewer, "fresh")


def test_of_several_sources_each_value_names_its_own(browser_of: Browser, viewer: User) -> None:
    host = make_host("robert", facts={"packages": {"manager": "apt", "pending": 3}})
    host.observed["packages"] = {
        "sources": {
            "ansible": timezone.now().isoformat(),
            "script": days_ago(300).isoformat(),
        },
        "paths": {"packages.manager": "script", "packages.pending": "ansible"},
    }
    host.save()
    said = page(browser_of, viewer)
    assert '<dd title="&quot;apt&quot;">apt</dd><dd class="from">script</dd>' in said
    assert "script" in said.split("age stale")[1]  # the section is fresh, this source is not


def test_nobody_knows_anything_is_said_so(browser_of: Browser, viewer: User) -> None:
    make_host("robert")
    said = page(browser_of, viewer)
    assert "Nobody reported any facts yet" in said
    assert "Nothing recorded yet" in said


def test_the_nest_is_drawn_from_any_of_its_hosts(browser_of: Browser, viewer: User) -> None:
    david = make_host("david", facts=FACTS)
    gentoo = make_host("david.gentoo", kind=HostKind.CHROOT, parent=david)
    make_host("david.gentoo.php", kind=HostKind.CHROOT, parent=gentoo, tags=["never-started"])
    for name in ("david", "david.gentoo", "david.gentoo.php"):
        said = page(browser_of, viewer, name)
        assert "david.gentoo.php" in said
        assert "never started" in said
        assert 'class="box here"' in said or "box well here" in said or "stopped here" in said
    make_host("alone")
    assert "What runs inside" not in page(browser_of, viewer, "alone")


def test_upkeep_of_what_covers_it_counts(browser_of: Browser, responder: User) -> None:
    host = make_host("robert")
    service = make_service("Shop", hosts=(host,))
    upkeep.record(service, "restore_test", by=responder, result="partial", note="Half of it came")
    said = page(browser_of, responder)
    for words in ("Restore test", "partly", "Half of it came", "ruth", "Record upkeep"):
        assert words in said, words


def test_a_retired_host_says_so(browser_of: Browser, viewer: User) -> None:
    make_host("robert", status=HostStatus.RETIRED, retired_at=days_ago(3))
    assert "it is checked no more" in page(browser_of, viewer)


def test_a_name_with_dots_is_an_address(browser_of: Browser, viewer: User) -> None:
    make_host("db-01.prod.example.net")
    assert "db-01.prod.example.net" in page(browser_of, viewer, "db-01.prod.example.net")


def test_there_is_no_such_host(browser_of: Browser, viewer: User) -> None:
    assert browser_of(viewer).get("/hosts/nobody/").status_code == 404


@pytest.fixture
def panel() -> Iterator[list[SafeString | None]]:
    """A card of a higher room, and what it will say."""
    says: list[SafeString | None] = []

    def render(host: Host, request: HttpRequest) -> SafeString | None:
        return says[0]

    host_panels.register("guest-of-a-test", HostPanel("main", render))
    yield says
    del host_panels._entries["guest-of-a-test"]


def test_a_higher_room_may_add_a_card_or_say_nothing(
    browser_of: Browser, viewer: User, panel: list[SafeString | None]
) -> None:
    make_host("robert")
    panel.append(SafeString("<p>a word from above</p>"))
    assert "a word from above" in page(browser_of, viewer)
    panel[0] = None
    assert "a word from above" not in page(browser_of, viewer)


def test_the_page_costs_the_same_for_many_sections_services_and_guests(
    browser_of: Browser,
    viewer: User,
    django_assert_num_queries: Callable[[int], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = {name: host_panels._entries[name] for name in ("facts", "end-of-life", "notes")}
    monkeypatch.setattr(host_panels, "_entries", own)  # higher rooms pin their own cards
    host = make_host("robert", facts=FACTS, seen=timezone.now())
    for number in range(6):
        make_host(f"robert.{number}", kind=HostKind.CHROOT, parent=host)
        make_service(hosts=(host, make_host(f"peer-{number}")))
        make_group(members=(host, make_host(f"twin-{number}")))
    browser = browser_of(viewer)
    browser.get("/hosts/robert/")  # what is asked once a process is known by now
    with django_assert_num_queries(14):  # type: ignore[attr-defined]
        browser.get("/hosts/robert/")
