"""The patterns of groups on two hosts of the register, from what was told to the sentence."""

from datetime import timedelta
from typing import Any

import pytest

from incidents.hosts.models import Host, RedundancyGroup, Site, Upkeep
from incidents.patterns.evaluate import ask
from incidents.patterns.fleet import Fleet
from incidents.patterns.library import shipped
from incidents.patterns.sentence import sentence_for
from incidents.patterns.spec import compile_spec
from tests.support.factories import NOW, make_host, make_service

pytestmark = pytest.mark.django_db

WINDOW = {"unattended": True, "unattended_window": "06:00-07:00 UTC"}
FACTS = {
    "os": {"name": "Debian", "version": "12.11", "arch": "x86_64"},
    "packages": WINDOW,
    "software": [{"name": "postgresql", "version": "16.4", "source": "manual"}],
}


@pytest.fixture
def pair() -> RedundancyGroup:
    group = RedundancyGroup.objects.create(
        slug="db", name="db", kind="active-passive", min_members=2,
        created_at=NOW - timedelta(days=90),
    )  # fmt: skip
    site = Site.objects.create(slug="north", name="North")
    group.members.set(
        [
            make_host("db-01", facts=FACTS, site=site, rack="A1", last_report_at=NOW),
            make_host("db-02", facts=FACTS, site=site, rack="A2", last_report_at=NOW),
        ]
    )
    return group


def answer(slug: str) -> tuple[str, str]:
    """(severity of a match or the verdict, the sentence) on db-01."""
    pattern = next(compile_spec(spec) for spec in shipped() if spec.pattern == slug)
    (view,) = Fleet.at(NOW, Host.objects.filter(name="db-01"))
    verdict = ask(pattern, view)
    said = sentence_for(pattern.title, pattern.sentences, verdict, view, pattern.thresholds)
    return verdict.severity or str(verdict.state), said


def tell(name: str, **sections: Any) -> None:
    host = Host.objects.get(name=name)
    host.facts = host.facts | sections
    host.save()


def test_updates_in_one_window(pair: RedundancyGroup) -> None:
    assert answer("unattended-upgrades-in-lockstep") == (
        "high",
        "This host and db-02 update themselves at the same time: 06:00-07:00 UTC.",
    )
    tell("db-02", packages=WINDOW | {"unattended_window": "Sun 12:00-13:00 UTC"})
    assert answer("unattended-upgrades-in-lockstep")[0] == "clear"


def test_versions_that_differ(pair: RedundancyGroup) -> None:
    slug = "service-version-skew-in-group"
    assert answer(slug) == ("clear", "The same versions of postgresql run on every member.")
    tell("db-02", software=[{"name": "postgresql", "version": "15.8", "source": "manual"}])
    assert answer(slug) == ("high", "postgresql 16.4 here, 15.8 on db-02.")


def test_a_site_and_then_a_rack_in_common(pair: RedundancyGroup) -> None:
    assert answer("replicas-share-fate") == ("medium", "This host and db-02 hang on one site.")
    Host.objects.filter(name="db-02").update(rack="A1")
    assert answer("replicas-share-fate") == (
        "high",
        "This host and db-02 hang on one rack and one site.",
    )


def test_a_failover_that_never_was(pair: RedundancyGroup) -> None:
    slug = "pair-never-failed-over"
    assert answer(slug)[0] == "unknown"
    Upkeep.objects.create(
        kind="failover_drill",
        group=RedundancyGroup.objects.create(slug="web", name="web"),
        happened_at=NOW - timedelta(days=1),
    )
    assert answer(slug) == ("high", "db: no failover that worked is on record.")
    Upkeep.objects.create(
        kind="failover_drill", group=pair, happened_at=NOW - timedelta(days=9), partial_fault=True
    )
    assert answer(slug) == (
        "clear",
        "db failed over 9 days ago, and a partial fault was tried too.",
    )


def test_a_member_in_maintenance(pair: RedundancyGroup) -> None:
    assert answer("group-degraded")[0] == "clear"
    Host.objects.filter(name="db-02").update(maintenance_until=NOW + timedelta(hours=2))
    assert answer("group-degraded") == (
        "high",
        "db needs 2 members; silent or in maintenance: db-02.",
    )


def test_a_service_alone(pair: RedundancyGroup) -> None:
    slug = "important-service-single-host"
    here, there = Host.objects.order_by("name")
    mail = make_service("mail", hosts=(here,), criticality="critical")
    assert answer(slug)[0] == "unknown"
    Upkeep.objects.create(kind="restore_test", host=there, happened_at=NOW - timedelta(days=3))
    assert answer(slug) == (
        "critical",
        "mail would be gone with this host, and nobody has timed how long a rebuild takes.",
    )
    Upkeep.objects.create(
        kind="restore_test", service=mail, happened_at=NOW - timedelta(days=3), took_minutes=50
    )
    assert answer(slug)[0] == "clear"
    Upkeep.objects.filter(service=mail).delete()
    mail.hosts.add(there)
    assert answer(slug)[0] == "clear"


def test_an_upgrade_on_its_way(pair: RedundancyGroup) -> None:
    tell("db-02", os={"name": "Debian", "version": "13.1", "arch": "x86_64"})
    assert answer("pair-os-mismatch")[0] == "high"
    Upkeep.objects.create(
        kind="upgrade", host=Host.objects.get(name="db-02"), happened_at=NOW - timedelta(days=2)
    )
    assert answer("pair-os-mismatch")[0] == "clear"


def test_an_upgrade_that_is_planned(pair: RedundancyGroup) -> None:
    tell("db-01", os={"name": "Our Linux", "version": "3", "eol_on": "2027-01-10"})
    assert answer("os-eol-soon")[0] == "medium"
    Host.objects.filter(name="db-01").update(upgrade_planned_on="2026-12-15")
    assert answer("os-eol-soon")[0] == "clear"
