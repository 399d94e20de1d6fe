"""Dozens of reports in one transaction: the same as one after the other, in a few statements."""

from typing import Any

import pytest

from incidents.facts.readers import read
from incidents.hosts import identity
from incidents.hosts.ingest import Ingested, ingest, ingest_many
from incidents.hosts.models import FactHistory, Host, HostKind
from tests.hosts.reports import days_ago, report
from tests.support.factories import NOW, make_host

pytestmark = pytest.mark.django_db

DEBIAN = {"name": "Debian", "version": "12.5"}


def machine(name: str | None, **facts: Any) -> Any:
    said = {f"ansible_{key}": value for key, value in facts.items()}
    body = {"ansible_facts": {"ansible_distribution": "Debian"} | said}
    (made,) = read(body, arrived_at=NOW, host=name)
    return made


def told(*reports: Any) -> list[Ingested]:
    done = ingest_many(reports, arrived_at=NOW)
    assert all(isinstance(one, Ingested) for one in done), done
    return done  # type: ignore[return-value]


@pytest.mark.parametrize("first", [True, False])
def test_fifty_hosts_take_as_many_statements_as_five(
    first: bool, django_assert_max_num_queries: Any
) -> None:
    def batch(size: int, days: float) -> list[Any]:
        return [
            report(f"host-{n}", at=days_ago(days), os=DEBIAN, runtime={"load": days})
            for n in range(size)
        ]

    if not first:
        ingest_many(batch(50, 2), arrived_at=NOW)
    with django_assert_max_num_queries(14):
        ingest_many(batch(50, 1), arrived_at=NOW)
    assert Host.objects.count() == 50
    assert {h.facts["runtime"]["load"] for h in Host.objects.all()} == {1.0}


def test_a_host_that_is_made_is_found_by_the_reports_behind_it() -> None:
    marks = {"product_serial": "S1", "product_name": "R640", "fqdn": "db-01.example.net"}
    first, by_serial, by_name = told(
        machine("db-01", **marks),
        machine(None, hostname="renamed", machine_id="m1", **marks),
        machine(None, hostname="db-01"),
    )
    assert [one.created for one in (first, by_serial, by_name)] == [True, False, False]
    assert Host.objects.get().machine_id == "m1"


def test_a_chroot_finds_the_machine_that_came_with_it() -> None:
    told(
        machine("david", hostname="david-hw", fqdn="david-hw.example.net", product_name="R640"),
        machine("david.gentoo", hostname="david-hw", fqdn="david-hw.example.net", is_chroot=True),
    )
    inner = Host.objects.get(name="david.gentoo")
    assert (inner.kind, inner.parent and inner.parent.name) == (HostKind.CHROOT, "david")
    row = FactHistory.objects.get(host=inner, section="inventory")
    assert row.value == {"kind": "chroot", "parent": "david", "status": "active"}


def test_several_reports_about_one_host_are_laid_over_each_other_in_order() -> None:
    told(
        report(at=days_ago(3), os=DEBIAN),
        report(at=days_ago(1), os={"name": "Gentoo"}),
        report(at=days_ago(2), os={"name": "Arch"}),
        report(at=days_ago(1), source="restic", backups=[]),
    )
    host = Host.objects.get()
    assert (host.facts["os"]["name"], host.facts["backups"]) == ("Gentoo", [])
    spans = FactHistory.objects.filter(section="os").order_by("since")
    assert [(row.value["name"], row.until) for row in spans] == [
        ("Debian", days_ago(2)), ("Arch", days_ago(1)), ("Gentoo", None),
    ]  # fmt: skip


def test_a_container_that_tells_only_its_own_name_is_found_by_it() -> None:
    inside = {"virtualization_role": "guest", "virtualization_type": "lxc", "hostname": "ct-7"}
    assert ingest(machine(None, **inside), arrived_at=NOW).created
    assert not ingest(machine(None, **inside), arrived_at=NOW).created
    assert Host.objects.get().kind == HostKind.CONTAINER


def test_a_host_that_somebody_else_makes_meanwhile_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_host("web-2", facts={})
    looked: list[int] = []
    really = identity.Known.__init__

    def look(self: identity.Known, reports: Any, **said: Any) -> None:
        really(self, reports, **said)
        if not looked:  # at the first look it was not there yet
            self._by_name.clear()
        looked.append(1)

    monkeypatch.setattr(identity.Known, "__init__", look)
    done = told(report("web-1", os=DEBIAN), report("web-2", os=DEBIAN))
    assert len(looked) == 2
    assert [one.created for one in done] == [True, False]
    assert FactHistory.objects.filter(section="os", until=None).count() == 2
