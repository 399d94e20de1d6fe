"""Inventories: NetBox's objects and lists of hosts as CSV; Ansible's YAML fact cache."""

from __future__ import annotations

import pytest
import yaml

from incidents.facts.errors import FactsError
from incidents.facts.readers import Report, files_in, is_table, read, read_file, read_rows, table
from tests.intake.netboxserver import device, machine, old_device, site

from .helpers import NOW, setup

LIST = "Hostname,Site,OS,OS Version,vCPUs,Owner,Tags,Type,Colour\n"


def rows(text, **said):
    return list(read_rows(text, arrived_at=NOW, **said))


@pytest.mark.parametrize("make", [device, old_device])
def test_a_netbox_device_of_any_version_is_a_physical_host(make):
    (found,) = read(make(1, "db-1"), arrived_at=NOW)
    assert (found.host, found.source, found.identity.kind) == ("db-1", "netbox", "physical")
    assert found.sections["os"] == {"name": "Debian", "version": "12", "major": "12"}
    assert found.sections["custom"]["netbox"]["status"] == "active"
    assert (found.register.role, found.register.tags) == ("database-server", ("rack-mounted",))
    assert (found.register.site, found.register.site_name) == ("berlin-1", "Berlin 1")


def test_a_netbox_machine_says_what_it_runs_on():
    (found,) = read({"count": 1, "results": [machine(1, "vm-1")]}, arrived_at=NOW)
    assert (found.identity.kind, found.register.parent) == ("virtual", "db-1")
    assert found.sections["hardware"] == {
        "virtual": True, "virtual_role": "guest", "cpus": 2, "memory_mb": 4096,
    }  # fmt: skip


def test_a_page_of_netbox_keeps_the_good_and_names_the_bad():
    page = {"results": [device(1, "db-1"), device(2, None), device(3, "Patch panel")]}
    (found,) = read(page, arrived_at=NOW)
    assert found.notes[0].startswith("/results/1/name: The device has no name")
    assert found.notes[1].startswith("/results/2/name: 'Patch panel'")
    with pytest.raises(FactsError, match="sites, which have no facts"):
        read({"results": [site(1, "Berlin")]}, arrived_at=NOW)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_a_list_is_read_by_its_headings(sign):
    text = (LIST + "web-1,berlin,Debian,12.5,4,dba,prod edge,VM,green\n").replace(",", sign)
    ((line, found),) = rows(text)
    assert (line, found.host, found.source) == (2, "web-1", "csv")
    assert found.sections == {
        "os": {"name": "Debian", "version": "12.5", "major": "12"},
        "hardware": {"cpus": 4, "virtual": True},
    }
    said = found.register
    assert (said.site, said.owner, said.tags) == ("berlin", "dba", ("prod", "edge"))
    assert found.identity.kind == "virtual"


def test_a_bad_line_is_named_and_spoils_no_other():
    found = rows(
        "name,cpus,warranty\nweb-1,many,\nweb 2,1,\n,2,\nweb-4,3,soon\nweb-5,5,\nweb-5,5,\n"
    )
    said = {line: str(one) for line, one in found if isinstance(one, FactsError)}
    assert [one.host for _, one in found if isinstance(one, Report)] == ["web-5"]
    assert said[2] == "/cpus: This must be a whole number, not text."
    assert said[3].startswith("/name: 'web 2' can't be a host name")
    assert said[4].startswith("/name: The line names no host")
    assert said[5].startswith("/warranty until: This must be a day")
    assert said[7] == "/name: web-5 stands in line 6 already."


def test_columns_can_be_said_and_quotes_hold_what_they_hold():
    text = 'Box,Where\n"web-1","Hall, 2"\n'
    with pytest.raises(FactsError, match="No column names the hosts"):
        rows(text)
    ((_, found),) = rows(text, mapping={"Box": "name", "Where": "site"})
    assert (found.host, found.register.site) == ("web-1", "Hall, 2")
    for wrong, why in (
        ({"Nix": "name"}, "no column 'Nix'"),
        ({"Box": "colour"}, "can't mean 'colour'"),
        ({"Box": "name", "Where": "name"}, "Two columns mean 'name'"),
    ):
        with pytest.raises(FactsError, match=why):
            rows(text, mapping=wrong)


def test_a_list_is_told_from_other_text():
    assert is_table(b"\xef\xbb\xbfname;site\r\na;b\r\n")
    assert not is_table('ID=debian\nNAME="Debian"\n')
    assert not is_table('{"name": 1}')
    assert table.guess(["Host", "Hostname"]) == {"Host": "name"}


def test_ansibles_yaml_cache_is_read_like_its_json(tmp_path):
    facts = setup()["ansible_facts"] | {
        "ansible_local": {"team": {"shift": "b"}, "twiceshy": {"backups": []}}
    }
    file = tmp_path / "db-07"
    file.write_text(yaml.safe_dump(facts))
    (path,) = files_in(tmp_path)
    (found,) = read_file(path, arrived_at=NOW)
    assert (found.host, found.source, found.sections["backups"]) == ("db-07", "ansible", [])
    assert found.sections["custom"] == {"team": {"shift": "b"}}
    (as_json,) = read({"ansible_facts": facts}, arrived_at=NOW, host="db-07")
    assert found.sections == as_json.sections


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ansible_a: &x [1]\nansible_b: [*x, *x]\n", "aliases are not read"),
        ("ansible_a: [1\nansible_b: 2\n", "not valid YAML"),
        ("ansible_kernel: " + "[" * 900 + "]" * 900, "YAML|deeper|nested"),
    ],
)
def test_yaml_that_cannot_be_trusted_is_refused(text, why):
    with pytest.raises(FactsError, match=why):
        read(text, arrived_at=NOW, host="db-07")
