"""Which host a report is about (facts.md, rule 6)."""

from typing import Any

import pytest

from incidents.facts.errors import FactsError
from incidents.facts.readers import Report, read
from incidents.hosts.ingest import Ingested, ingest
from incidents.hosts.models import FactHistory, Host, HostKind
from tests.hosts.reports import days_ago, tell
from tests.support.factories import NOW, make_host

pytestmark = pytest.mark.django_db


def ansible(host: str | None = None, **facts: Any) -> Report:
    """What ``ansible -m setup`` says of a physical Debian called robert, unless said otherwise."""
    said: dict[str, Any] = {
        "ansible_hostname": "robert",
        "ansible_fqdn": "robert.example.net",
        "ansible_distribution": "Debian",
        "ansible_distribution_version": "12.5",
        "ansible_machine_id": "aa11",
        "ansible_product_serial": "7XK2-90",
        "ansible_product_name": "PowerEdge 2850",
        "ansible_form_factor": "Rack Mount Chassis",
        "ansible_virtualization_role": "NA",
        "ansible_virtualization_type": "NA",
    } | facts
    (report,) = read({"ansible_facts": said}, arrived_at=NOW, host=host)
    return report


def take(report: Report) -> Ingested:
    return ingest(report, arrived_at=NOW)


def chroot(host: str | None) -> Report:
    return ansible(
        host,
        ansible_is_chroot=True,
        ansible_distribution="Gentoo",
        ansible_distribution_version="2.14",
    )


def names() -> list[str]:
    return list(Host.objects.order_by("name").values_list("name", flat=True))


def test_an_explicit_name_finds_the_host_or_makes_it() -> None:
    make_host("robert")
    assert take(ansible("robert")).created is False
    assert take(ansible("web-01", ansible_machine_id="bb22")).created is True
    assert names() == ["robert", "web-01"]


def test_a_renamed_machine_is_found_by_its_serial() -> None:
    first = take(ansible("db-01")).host
    said = ansible(ansible_hostname="db-new", ansible_fqdn="db-new.example.net")
    again = take(said)
    assert (again.host.pk, again.created) == (first.pk, False)
    assert Host.objects.get().name == "db-01"


def test_a_rename_keeps_the_history() -> None:
    tell("old", os={"name": "Debian"}, at=days_ago(1))
    Host.objects.filter(name="old").update(name="renamed")
    tell("renamed", os={"name": "Gentoo"})
    told = FactHistory.objects.filter(host__name="renamed", section="os").order_by("since")
    assert [row.value["name"] for row in told] == ["Debian", "Gentoo"]
    assert names() == ["renamed"]


def test_a_guest_is_found_by_its_name_and_machine_id_never_by_its_hosts_serial() -> None:
    take(ansible("hypervisor"))
    guest = {
        "ansible_hostname": "vm-1",
        "ansible_fqdn": "vm-1.example.net",
        "ansible_machine_id": "cc33",
        "ansible_virtualization_role": "guest",
        "ansible_virtualization_type": "kvm",
        "ansible_virtualization_tech_guest": ["kvm"],
    }
    done = take(ansible(**guest))
    assert (done.created, done.host.name, done.host.kind) == (True, "vm-1", HostKind.VIRTUAL)
    assert done.host.serial == ""
    again = take(ansible(**(guest | {"ansible_hostname": "renamed"})))
    assert again.host.pk == done.host.pk


def test_an_ambiguous_report_lists_the_candidates_and_changes_nothing() -> None:
    make_host("a", serial="7XK2-90")
    make_host("b", serial="7XK2-90")
    with pytest.raises(FactsError) as refused:
        take(ansible())
    assert "a, b" in str(refused.value)
    assert names() == ["a", "b"]
    assert not FactHistory.objects.exists()


def test_another_machine_of_a_known_name_is_not_taken_for_it() -> None:
    take(ansible("robert"))
    stranger = ansible(
        ansible_product_serial="OTHER", ansible_machine_id="dd44", ansible_fqdn="robert.elsewhere"
    )
    with pytest.raises(FactsError, match="another machine"):
        take(stranger)
    assert Host.objects.get().serial == "7XK2-90"


def test_a_chroot_never_overwrites_its_parent() -> None:
    take(ansible("robert"))
    with pytest.raises(FactsError, match="chroot"):
        take(chroot(None))
    with pytest.raises(FactsError, match=r"robert\.chroot"):
        take(chroot("robert"))
    assert Host.objects.get().facts["os"]["name"] == "Debian"


def test_a_chroot_is_attached_to_its_parent() -> None:
    take(ansible("robert"))
    done = take(chroot("robert.gentoo"))
    assert (done.host.kind, done.host.parent) == (HostKind.CHROOT, Host.objects.get(name="robert"))
    assert (done.host.serial, done.host.machine_id, done.host.fqdn) == ("", "", "")
    assert Host.objects.get(name="robert").facts["os"]["name"] == "Debian"


def test_a_chroot_in_a_chroot_stands_where_its_name_says() -> None:
    take(ansible("robert"))
    gentoo = take(chroot("robert.gentoo")).host
    assert take(chroot("robert.gentoo.php")).host.parent == gentoo
    # A name alone proves nothing: this one stands in another machine.
    make_host("david.gentoo", kind=HostKind.CHROOT, parent=make_host("david"))
    assert take(chroot("david.gentoo.php")).host.parent == Host.objects.get(name="robert")


def test_a_chroot_whose_machine_is_not_known_stands_alone() -> None:
    assert take(chroot("robert.gentoo")).host.parent is None


def test_where_a_person_said_it_stands_it_stays() -> None:
    take(ansible("robert"))
    other = make_host("other")
    make_host("robert.gentoo", kind=HostKind.CHROOT, parent=other)
    assert take(chroot("robert.gentoo")).host.parent == other


def test_a_host_is_not_called_like_an_address_of_the_pages() -> None:
    with pytest.raises(FactsError, match="address of its own"):
        tell("new", os={"name": "Debian"})
    assert not Host.objects.exists()


def test_a_report_that_names_nobody_asks_for_a_name() -> None:
    with pytest.raises(FactsError) as refused:
        tell(None, os={"name": "Debian"})
    assert "--host" in str(refused.value)
    assert not Host.objects.exists()
