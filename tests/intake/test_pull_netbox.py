"""Pulling from NetBox: paged, taken up again, idempotent, and a result for every object."""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from incidents.hosts.models import Host, HostKind, Site
from incidents.intake import health, tasks
from incidents.intake.models import Pull, PulledObject
from incidents.intake.netbox import client as wire
from incidents.intake.netbox import pull
from tests.intake.netboxserver import TOKEN, NetBox, device, machine, nested, serving
from tests.support.factories import make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(settings: Any) -> Iterator[NetBox]:
    with serving() as found:
        settings.NETBOX_URL, settings.NETBOX_TOKEN = found.url, TOKEN
        settings.NETBOX_FILTER, settings.NETBOX_SECONDS = "role=server", 0.3
        yield found


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it would have waited between tries."""
    waited: list[float] = []
    given = pull.client
    monkeypatch.setattr(
        pull,
        "client",
        lambda: wire.Client(*(getattr(given(), n) for n in CLIENT), sleep=waited.append),
    )
    return waited


CLIENT = ("url", "token", "filters", "seconds")


def run() -> str:
    said = io.StringIO()
    call_command("pull_netbox", stdout=said, stderr=said)
    return said.getvalue()


def test_devices_machines_and_sites_come_in_with_facts_and_register(box: NetBox) -> None:
    make_team("dba")
    box.lists["/api/dcim/devices/"][0]["tenant"] = nested("dba")
    said = run()
    host = Host.objects.select_related("site", "owner").get(name="db-1")
    assert (host.kind, host.serial, host.fqdn) == (HostKind.PHYSICAL, "SN1", "db-1.example.net")
    assert (host.role, host.rack, host.tags) == ("database-server", "A1", ["rack-mounted"])
    assert (host.site and host.site.address, host.owner and host.owner.slug) == (
        "Hall Street 1\n10115 Berlin", "dba",
    )  # fmt: skip
    assert host.facts["os"] == {"name": "Debian", "version": "12", "major": "12"}
    assert host.facts["hardware"] == {
        "vendor": "Dell", "model": "PowerEdge R640", "serial": "SN1", "virtual": False,
        "power_supplies": 2,
    }  # fmt: skip
    assert host.facts["access"] == {"console_address": "192.0.2.1"}
    assert host.facts["custom"]["netbox"]["primary_ip4"] == "10.0.0.5"
    old = Host.objects.get(name="db-2")
    assert (old.role, old.tags, old.facts["custom"]["netbox"]["status"]) == (
        "database-server", ["rack-mounted"], "active",
    )  # fmt: skip
    inside = Host.objects.select_related("parent").get(name="vm-1")
    assert (inside.kind, inside.parent and inside.parent.name) == (HostKind.VIRTUAL, "db-1")
    assert inside.facts["custom"]["netbox"]["cluster"] == "kvm-berlin"
    assert "device:1 db-1: new host; wrote owner, rack, role, site, tags" in said
    assert "4 objects, 4 changed something, 0 refused." in said or "4 objects" in said
    assert box.tokens == {f"Token {TOKEN}"}
    assert "role=server" in box.asked[1]
    assert "role=server" not in box.asked[0]


def test_the_same_again_changes_nothing(box: NetBox) -> None:
    run()
    before = list(Host.objects.order_by("pk").values_list("revision", "facts"))
    assert "0 changed something" in run()
    assert list(Host.objects.order_by("pk").values_list("revision", "facts")) == before


def test_a_bad_object_spoils_no_other_and_is_told(box: NetBox) -> None:
    box.lists["/api/dcim/devices/"][:0] = [device(8, None), device(9, "patch panel 3"), {"id": 7}]
    said = run()
    assert "device:8 (no name): refused: /name: The device has no name" in said
    assert "device:9 patch panel 3: refused" in said
    assert "3 refused" in said
    assert PulledObject.objects.filter(ok=False).count() == 3
    assert Host.objects.filter(name="db-1").exists()


def test_what_a_person_wrote_stands_and_what_netbox_said_follows(box: NetBox) -> None:
    run()
    Host.objects.filter(name="db-1").update(role="ledger")
    first, second = box.lists["/api/dcim/devices/"]
    first["role"] = second["device_role"] = nested("Cache")
    said = run()
    assert Host.objects.get(name="db-1").role == "ledger"
    assert Host.objects.get(name="db-2").role == "cache"
    assert "It says role cache; ledger stands there and was left." in said


def test_a_new_name_in_netbox_is_a_new_name_here(box: NetBox) -> None:
    run()
    before = Host.objects.get(name="db-2").pk
    box.lists["/api/dcim/devices/"][1]["name"] = "ledger-2"
    run()
    assert Host.objects.get(name="ledger-2").pk == before
    assert not Host.objects.filter(name="db-2").exists()


def test_what_netbox_no_longer_lists_is_told_and_not_retired(box: NetBox) -> None:
    run()
    Pull.objects.update(started_at=timezone.now() - timedelta(days=2))
    del box.lists["/api/dcim/devices/"][1]
    assert "1 no longer in NetBox" in run()
    assert Host.objects.get(name="db-2").status == "active"


def test_it_goes_through_all_pages_and_never_follows_them_elsewhere(box: NetBox) -> None:
    box.page = 2
    box.lists["/api/dcim/devices/"] = [device(n, f"db-{n}") for n in range(1, 6)]
    run()
    assert Host.objects.filter(kind=HostKind.PHYSICAL).count() == 5
    assert sum("/devices/" in path for path in box.asked) == 3


def test_killed_half_way_it_goes_on_where_it_stopped(
    box: NetBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.page = 2
    box.lists["/api/dcim/devices/"] = [device(n, f"db-{n}") for n in range(1, 6)]
    take, pages = pull.take_many, []

    def die(*args: Any, **said: Any) -> Any:
        pages.append(1)
        if len(pages) == 2:
            raise KeyboardInterrupt
        return take(*args, **said)

    monkeypatch.setattr(pull, "take_many", die)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert Host.objects.filter(kind=HostKind.PHYSICAL).count() == 2
    with pytest.raises(CommandError, match="Another pull is at work"):
        run()
    Pull.objects.update(alive_at=timezone.now() - timedelta(minutes=6))
    box.asked.clear()
    run()
    assert Host.objects.filter(kind=HostKind.PHYSICAL).count() == 5
    assert "offset=2" in box.asked[0]
    assert Pull.objects.get().rows == 7


@pytest.mark.parametrize(
    ("faults", "waited"),
    [([429, 429], [7.0, 7.0]), ([500, 503], [1.0, 2.0]), (["silence"], [1.0]), (["half"], [1.0])],
)
def test_what_passes_is_asked_again(
    box: NetBox, waits: list[float], faults: list[Any], waited: list[float]
) -> None:
    box.faults = faults
    run()
    assert waits == waited
    assert Host.objects.filter(name="vm-1").exists()


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ([500] * 4, r"NetBox answered 500\. \(4 tries\)"),
        ([401], "the token in NETBOX_TOKEN is not valid"),
        ([404], "no NetBox API at NETBOX_URL"),
        (["http://elsewhere.invalid/api/"], "a redirect to http://elsewhere.invalid"),
    ],
)
def test_what_does_not_pass_is_said_and_what_came_before_stays(
    box: NetBox, faults: list[Any], said: str
) -> None:
    box.faults = [None, *faults]
    with pytest.raises(CommandError, match=said):
        run()
    assert Site.objects.count() == 1
    assert Host.objects.count() == 0
    assert health.netbox().says == "the last pull failed; the page /netbox/ says why"
    run()
    assert Host.objects.count() == 3
    assert "4 objects" in health.netbox().says


def test_it_is_asked_when_due_and_not_before(box: NetBox) -> None:
    tasks.pull_netbox_when_due()
    assert Host.objects.count() == 3
    box.asked.clear()
    tasks.pull_netbox_when_due()
    assert box.asked == []
    Pull.objects.update(started_at=timezone.now() - timedelta(hours=25))
    tasks.pull_netbox_when_due()
    assert box.asked


def test_without_an_address_it_says_what_to_set(settings: Any) -> None:
    assert "not set up" in health.netbox().says
    with pytest.raises(CommandError, match="Set NETBOX_URL and NETBOX_TOKEN"):
        run()


def test_a_machine_whose_host_is_not_known_yet_comes_in_all_the_same(box: NetBox) -> None:
    box.lists["/api/virtualization/virtual-machines/"] = [
        machine(4, "vm-4", device=nested("db-77"), vcpus=None, memory=None)
    ]
    assert "'db-77', which is not known yet" in run()
    assert Host.objects.get(name="vm-4").parent is None


def test_the_page_shows_what_became_of_each(box: NetBox, client: Any) -> None:
    client.force_login(make_user())
    assert "NetBox was never asked" in client.get("/netbox/").content.decode()
    box.lists["/api/dcim/devices/"].append(device(8, None))
    run()
    page = client.get("/netbox/").content.decode()
    assert "Refused: /name: The device has no name" in page
    assert 'href="/hosts/vm-1/"' in page
