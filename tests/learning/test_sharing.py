"""Who shares what the affected hosts had, the rarest first."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from incidents.hosts.models import FactHistory, Host
from incidents.learning import indexing, traits
from incidents.learning.models import HostTrait, HostTraits
from incidents.learning.sharing import sharing
from incidents.learning.traits import Trait
from kb.accounts.models import User
from tests.support.factories import (
    NOW,
    make_group,
    make_host,
    make_incident,
    make_service,
    make_site,
)

pytestmark = pytest.mark.django_db
CARD = {"storage": {"controllers": [{"name": "c0", "model": "PERC H700"}]}}


def told(incident: Any) -> list[tuple[str, int, int, list[str]]]:
    found = sharing(incident, NOW)
    return [(one.words, one.count, one.fleet, one.elsewhere) for one in found.shared]


def test_the_rarest_shared_trait_comes_first_with_its_share() -> None:
    gentoo = {"os": {"name": "Gentoo", "version": "1.4"}}
    david = make_host("david", role="db", facts={**CARD, **gentoo})
    make_host("robert", role="db", facts={**CARD, **gentoo})
    make_host("old", role="db", facts=CARD)
    for number in range(7):
        make_host(f"web-{number}", role="web", facts={"os": {"name": "Debian", "version": "12"}})
    indexing.index_traits()
    found = sharing(make_incident(hosts=[david]), NOW)
    assert [(one.words, one.share, one.elsewhere, one.had_by) for one in found.shared] == [
        ("system Gentoo", "2 of 10 hosts run this system", ["robert"], ["david"]),
        ("release Gentoo 1.4", "2 of 10 hosts run this release", ["robert"], ["david"]),
        ("controller PERC H700", "3 of 10 hosts have this controller", ["old", "robert"],
         ["david"]),
        ("role db", "3 of 10 hosts have this role", ["old", "robert"], ["david"]),
    ]  # fmt: skip


def test_what_a_host_had_then_counts_and_not_what_it_became() -> None:
    david = make_host("david", facts={"os": {"name": "Debian"}})
    make_host("robert", facts={"os": {"name": "Gentoo"}})
    for value, since, until in (
        ({"name": "Gentoo"}, NOW - timedelta(days=90), NOW - timedelta(days=1)),
        ({"name": "Debian"}, NOW - timedelta(days=1), None),
    ):
        FactHistory.objects.create(
            host=david, section="os", source="test", value=value, digest=value["name"],
            since=since, last_seen=until or NOW, until=until,
        )  # fmt: skip
    indexing.index_traits()
    incident = make_incident(hosts=[david])
    then = sharing(incident, NOW - timedelta(days=2)).shared
    assert [(one.words, one.elsewhere, one.count) for one in then if one.trait.kind == "os"] == [
        ("system Gentoo", ["robert"], 1)
    ]
    assert "system Gentoo" not in [words for words, *_ in told(incident)]


def test_places_nests_services_and_groups_are_shared_too() -> None:
    hall = make_site("Hall")
    parent = make_host("parent")
    david = make_host("david", site=hall, rack="R2", parent=parent)
    robert = make_host("robert", site=hall, rack="R2", parent=parent)
    make_service("Mail", hosts=(david, robert))
    make_group("Pair", members=(david, robert))
    for number in range(6):
        make_host(f"web-{number}", kind="virtual")
    indexing.index_traits()
    kinds = {words for words, *_ in told(make_incident(hosts=[david]))}
    assert {"rack hall R2", "site hall", "inside parent", "service mail", "group pair"} <= kinds


def test_what_nobody_else_has_is_said_and_what_all_have_is_not() -> None:
    david = make_host("david", facts={"hardware": {"model": "One of a kind"}})
    for number in range(6):
        make_host(f"web-{number}")
    indexing.index_traits()
    found = sharing(make_incident(hosts=[david]), NOW)
    assert found.shared == []  # that all are physical tells nothing
    assert found.alone == [Trait("model", "One of a kind")]


def test_hosts_that_helped_lend_nothing_and_retired_ones_share_nothing() -> None:
    david, helper = make_host("david", facts=CARD), make_host("helper", role="backup")
    make_host("gone", facts=CARD, status="retired")
    make_host("other", role="backup")
    indexing.index_traits()
    incident = make_incident(hosts=[david])
    incident.host_links.create(host=helper, role="helped")
    assert all(not words.startswith(("role", "controller")) for words, *_ in told(incident))


def test_reading_follows_reports_and_records_and_writes_only_what_is_another() -> None:
    host = make_host("david", facts=CARD)
    assert indexing.index_traits() == 1
    assert indexing.index_traits() == 0
    first = set(HostTrait.objects.values_list("pk", flat=True))
    Host.objects.filter(pk=host.pk).update(last_report_at=NOW)
    assert indexing.index_traits() == 1
    assert set(HostTrait.objects.values_list("pk", flat=True)) == first
    Host.objects.filter(pk=host.pk).update(role="db", revision=2)
    assert indexing.index_traits() == 1
    assert HostTrait.objects.filter(kind="role", value="db").exists()
    Host.objects.filter(pk=host.pk).update(status="retired")
    indexing.index_traits()
    assert not HostTrait.objects.exists()
    assert not HostTraits.objects.exists()


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({}, set()),
        ({"os": "nonsense", "storage": [], "software": {}}, set()),
        ({"os": {"name": "Debian", "version": "12.1", "kernel": " 6.1 "}},
         {("os", "Debian"), ("release", "Debian 12.1"), ("kernel", "6.1")}),
        ({"hardware": {"model": "R710", "bios_version": "2", "virtual": True}},
         {("model", "R710")}),
        ({"storage": {"raids": [{"level": "raid5", "controller": "H700", "devices":
            [{"model": "WD", "firmware": "1"}]}], "disks": [{"model": "X", "is_array": True}]}},
         {("raid", "raid5"), ("controller", "H700"), ("drive", "WD"),
          ("drive-firmware", "WD 1")}),
        ({"software": [{"name": "php", "version": "5.2"}, {"name": "x"}]},
         {("software", "php 5.2")}),
    ],
)  # fmt: skip
def test_traits_are_read_from_whatever_was_reported(facts: Any, found: Any) -> None:
    assert traits.of_facts(facts) == found


def test_the_page_and_the_api_say_it_and_lead_to_a_check(
    browser_of: Any, responder: User, api: APIClient, django_assert_max_num_queries: Any
) -> None:
    david = make_host("david", facts=CARD)
    make_host("robert", facts=CARD)
    for number in range(6):
        make_host(f"web-{number}", kind="virtual")
    indexing.index_traits()
    incident = make_incident("It died", hosts=[david], severity="high")
    browser: Client = browser_of(responder)
    page = browser.get(f"/incidents/{incident.pk}/").content.decode()
    assert "2 of 8 hosts have this controller" in page
    assert "path=storage.controllers%5B%5D.model&amp;value=PERC+H700" in page
    answer = api.get(f"/api/v1/incidents/{incident.pk}/where-else/").json()
    assert answer["shared"][0] == {
        "kind": "controller", "value": "PERC H700", "count": 2, "more": 0,
        "says": "2 of 8 hosts have this controller", "had_by": ["david"], "hosts": ["robert"],
    }  # fmt: skip
    with django_assert_max_num_queries(16):
        sharing(incident, NOW)
