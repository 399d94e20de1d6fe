"""By what hosts, services, sites and groups are found."""

import pytest

from incidents.hosts import register
from incidents.hosts.models import Host, Service
from incidents.hosts.provisions import Kit, Runbook, SiteAccess, Spare
from incidents.hosts.search import GroupSearch, HostSearch, ServiceSearch, SiteSearch
from kb.accounts.models import User
from kb.outbox.models import OutboxRow
from tests.support.factories import (
    NOW,
    make_group,
    make_host,
    make_service,
    make_site,
    make_team,
)

pytestmark = pytest.mark.django_db

FACTS = {
    "os": {"name": "Gentoo", "version": "2004.0"},
    "hardware": {"vendor": "Dell", "model": "PowerEdge 2850"},
    "storage": {
        "raids": [{"name": "data", "level": "raid5", "controller": "3ware 9500S"}],
        "mounts": [{"path": "/srv", "used_pct": 71.0}],
    },
    "network": {
        "interfaces": [
            {"name": "lo", "ipv4": ["127.0.0.1"], "ipv6": ["::1"]},
            {"name": "eth0", "ipv4": ["10.0.3.17/24"], "ipv6": ["fe80::1", "2001:db8::17"]},
        ]
    },
}


def test_a_host_is_found_by_names_addresses_and_what_it_is() -> None:
    host = make_host(
        "robert",
        facts=FACTS,
        fqdn="robert.example.net",
        serial="7XK2-90",
        role="web",
        tags=["exception"],
        site=make_site("London"),
        owner=make_team("Platform"),
        notes="Ask **Jo** before touching.",
    )
    make_service("Big system", slug="big-system", hosts=(host,))
    document = HostSearch().document(HostSearch().queryset().get(pk=host.pk))
    assert document.names == [
        "robert", "robert.example.net", "7XK2-90", "10.0.3.17", "2001:db8::17",
    ]  # fmt: skip
    assert (document.key, document.natural_key) == (f"host:{host.pk}", "robert")
    assert document.url == "/hosts/robert/"
    assert (document.services, document.tags) == (["big-system"], ["exception"])
    for words in ("London", "Platform", "Big system", "Ask Jo", "Gentoo 2004.0", "raid5", "3ware"):
        assert words in document.body, words


def test_a_host_nobody_knows_anything_of_has_a_document() -> None:
    document = HostSearch().document(make_host("bare"))
    assert (document.title, document.names, document.body) == ("bare", ["bare"], "Physical")


def test_facts_that_move_leave_the_document_alone() -> None:
    host = make_host("robert", facts=FACTS)
    before = HostSearch().document(host).marker()
    host.facts["storage"]["mounts"][0]["used_pct"] = 99.0
    assert HostSearch().document(host).marker() == before


def test_services_sites_and_groups_lead_to_their_pages() -> None:
    robert, david = make_host("robert"), make_host("david")
    service = make_service("Big system", slug="big-system", hosts=(robert, david))
    group = make_group("Database pair", slug="pair", members=(robert, david))
    site = make_site("London", slug="london", address="Docklands")
    found = ServiceSearch().document(service)
    assert (found.url, found.hosts) == ("/services/big-system/", ["david", "robert"])
    assert GroupSearch().document(group).hosts == ["david", "robert"]
    assert SiteSearch().document(site).body == "Docklands"


def test_a_service_that_is_renamed_tells_the_index_of_its_hosts(responder: User) -> None:
    host = make_host("robert")
    service = make_service("Old", slug="old", hosts=(host,))
    register.save(service, expected=1, by=responder, changes={"name": "New"})
    keys = set(OutboxRow.objects.filter(topic="index").values_list("key", flat=True))
    assert keys == {f"service:{service.pk}", f"host:{host.pk}"}


def test_whoever_is_switched_off_finds_nothing(stranger: User) -> None:
    make_host("robert")
    assert list(HostSearch().visible(stranger)) == list(Host.objects.all())
    stranger.is_active = False
    assert not HostSearch().visible(stranger).exists()
    assert not ServiceSearch().visible(stranger).exists()
    assert not Service.objects.exists()


def test_what_is_kept_ready_is_found_at_its_site_or_service() -> None:
    site, service = make_site("London"), make_service("Mail")
    Kit.objects.create(site=site, name="Crate", items="A torch")
    Kit.objects.create(site=site, name="Old box", gone_at=NOW)
    Spare.objects.create(site=site, part="drive", model="VO0480JFDGT")
    SiteAccess.objects.create(site=site, name="The night porter")
    Runbook.objects.create(service=service, title="Swap over", where="The red folder")
    of_site, of_service = SiteSearch(), ServiceSearch()
    assert of_site.document(of_site.queryset().get()).body == (
        "Crate A torch\ndrive VO0480JFDGT\nThe night porter"
    )
    assert of_service.document(of_service.queryset().get()).body == "Swap over The red folder"
