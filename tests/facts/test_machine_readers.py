"""facter, PuppetDB, ohai, osquery: whole machines, as other tools see them."""

from __future__ import annotations

import pytest

from incidents.facts.errors import FactsError
from incidents.facts.readers import read

from .helpers import NOW

GIB = 1024**3


def report(body, **options):
    (found,) = read(body, arrived_at=NOW, **({"host": "web-1"} | options))
    return found


# -- facter -------------------------------------------------------------------------------------


def facter(**more):
    """facter 5 on a physical Debian machine."""
    return {
        "facterversion": "5.1.0",
        "os": {
            "name": "Debian",
            "family": "Debian",
            "hardware": "x86_64",
            "release": {"full": "12.9", "major": "12"},
            "distro": {"codename": "bookworm", "description": "Debian GNU/Linux 12 (bookworm)"},
        },
        "kernelrelease": "6.1.0-29-amd64",
        "is_virtual": False,
        "virtual": "physical",
        "dmi": {
            "manufacturer": "Dell Inc.",
            "product": {"name": "PowerEdge R740", "serial_number": "ABC1234"},
            "bios": {"release_date": "12/31/2019", "version": "2.1"},
            "chassis": {"type": "Rack Mount Chassis"},
        },
        "memory": {"system": {"total_bytes": 16 * GIB}, "swap": {"total_bytes": 2 * GIB}},
        "processors": {"count": 8, "models": ["Xeon Gold"]},
        "disks": {
            "sda": {"model": "ST4000", "serial": "WX1", "size_bytes": 4e12, "type": "hdd"},
            "sr0": {"model": "DVD", "size_bytes": 1e9},
        },
        "mountpoints": {
            "/": {"device": "/dev/sda1", "filesystem": "ext4", "options": ["rw"],
                  "size_bytes": 100 * GIB, "used_bytes": 45 * GIB, "available_bytes": 5 * GIB},
            "/dev/hugepages": {"filesystem": "hugetlbfs", "size_bytes": GIB, "used_bytes": GIB},
            "/mnt/cd": {"filesystem": "ext4", "options": ["ro"], "size_bytes": GIB},
        },
        "networking": {
            "fqdn": "web-1.example.net",
            "hostname": "web-1",
            "interfaces": {
                "lo": {"ip": "127.0.0.1"},
                "eth0": {"ip": "10.0.0.5", "ip6": "fe80::1", "mac": "aa:bb", "mtu": 1500},
            },
        },
        "system_uptime": {"seconds": 86400},
        "timezone": "UTC",
    } | more  # fmt: skip


def test_facter_of_today():
    found = report(facter())
    assert found.source == "facter"
    assert found.sections == {
        "os": {
            "family": "Debian", "name": "Debian", "version": "12.9", "major": "12",
            "codename": "bookworm", "pretty_name": "Debian GNU/Linux 12 (bookworm)",
            "kernel": "6.1.0-29-amd64", "arch": "x86_64",
        },
        "hardware": {
            "vendor": "Dell Inc.", "model": "PowerEdge R740", "serial": "ABC1234",
            "form_factor": "Rack Mount Chassis", "bios_version": "2.1", "bios_date": "2019-12-31",
            "virtual": False, "cpu_model": "Xeon Gold", "cpus": 8, "memory_mb": 16384,
        },
        "storage": {
            "disks": [{"name": "sda", "model": "ST4000", "serial": "WX1", "size_gb": 4000.0,
                       "rotational": True}],
            "mounts": [{"path": "/", "device": "/dev/sda1", "fstype": "ext4",
                        "size_mb": 102400.0, "used_pct": 90.0}],
            "swap_mb": 2048,
        },
        "network": {
            "fqdn": "web-1.example.net",
            "interfaces": [{"name": "eth0", "mac": "aa:bb", "ipv4": ["10.0.0.5"], "mtu": 1500}],
        },
        "clock": {"timezone": "UTC"},
    }  # fmt: skip
    assert (found.identity.kind, found.identity.serial) == ("physical", "ABC1234")


def test_old_facter_says_everything_flat_and_as_text():
    found = report(
        {
            "facterversion": "1.6.18", "operatingsystem": "CentOS", "osfamily": "RedHat",
            "operatingsystemrelease": "6.10", "kernelrelease": "2.6.32", "is_virtual": "true",
            "virtual": "kvm", "memorysize": "490.04 MB", "swapsize": "2.00 GB",
            "interfaces": "eth0,lo", "ipaddress_eth0": "10.0.2.15", "macaddress_eth0": "52:54",
            "fqdn": "web-1.example.net", "hostname": "web-1", "productname": "KVM",
            "serialnumber": "0", "processorcount": "1",
        }
    )  # fmt: skip
    assert found.sections == {
        "os": {"family": "RedHat", "name": "CentOS", "version": "6.10", "major": "6",
               "kernel": "2.6.32"},
        "hardware": {"model": "KVM", "virtual": True, "virtual_type": "kvm",
                     "virtual_role": "guest", "cpus": 1, "memory_mb": 490},
        "storage": {"swap_mb": 2048},
        "network": {"fqdn": "web-1.example.net",
                    "interfaces": [{"name": "eth0", "mac": "52:54", "ipv4": ["10.0.2.15"]}]},
    }  # fmt: skip


def test_a_container_keeps_nothing_of_its_parents_machine():
    found = report(facter(virtual="docker", is_virtual=True))
    assert found.identity.kind == "container"
    assert found.identity.fqdn is None
    assert "disks" not in found.sections["storage"]
    assert "swap_mb" not in found.sections["storage"]


def test_puppetdb_gives_single_facts_of_many_nodes():
    body = [
        {"certname": f"web-{n}.example.net", "environment": "production", "name": name,
         "value": value}
        for n in (1, 2)
        for name, value in facter().items()
    ]  # fmt: skip
    found = read(body, arrived_at=NOW)
    assert [one.host for one in found] == ["web-1.example.net", "web-2.example.net"]
    assert found[0].sections["os"]["version"] == "12.9"


def test_puppetdbs_inventory_says_when():
    body = [{"certname": "web-1", "timestamp": "2026-11-23T11:00:00.000Z", "facts": facter()}]
    found = report(body, host="web-1")
    assert found.observed_from == "report"
    assert found.sections["runtime"] == {"booted_at": "2026-11-22T11:00:00Z"}


def test_a_fact_of_nobody_is_refused():
    body = [{"certname": None, "name": "kernel", "value": "Linux"}]
    with pytest.raises(FactsError, match="/0/certname"):
        report(body)


# -- ohai ---------------------------------------------------------------------------------------


def ohai(**more):
    return {
        "ohai_time": 1795428000.5,
        "platform": "debian",
        "platform_version": "12",
        "platform_family": "debian",
        "kernel": {"release": "6.1.0", "machine": "x86_64"},
        "lsb": {"codename": "bookworm", "description": "Debian GNU/Linux 12 (bookworm)"},
        "memory": {"total": "1048576kB", "swap": {"total": "524288kB"}},
        "cpu": {"total": 2, "0": {"model_name": "Xeon"}},
        "dmi": {"system": {"manufacturer": "Dell", "product_name": "R740", "serial_number": "S1"}},
        "virtualization": {},
        "fqdn": "web-1.example.net",
        "hostname": "web-1",
        "uptime_seconds": 3600,
        "block_device": {"sda": {"size": "7814037168", "rotational": "1", "model": "ST4000"},
                         "loop0": {"size": "9"}},
        "filesystem": {"by_pair": {
            "/dev/sda1,/": {"device": "/dev/sda1", "mount": "/", "fs_type": "ext4",
                            "kb_size": "1000000", "kb_used": "400000", "kb_available": "600000",
                            "inodes_percent_used": "4%", "mount_options": ["rw"]},
            "udev,/dev": {"device": "udev", "mount": "/dev", "fs_type": "devtmpfs",
                          "kb_size": "9", "kb_used": "0", "kb_available": "9"},
        }},
        "packages": {"bash": {"version": "5.2.15", "arch": "amd64"}},
    } | more  # fmt: skip


def test_ohai_of_a_physical_machine():
    found = report(ohai())
    assert found.observed_from == "report"
    assert found.identity.serial == "S1"
    assert found.sections["storage"] == {
        "disks": [{"name": "sda", "model": "ST4000", "size_gb": 4000.8, "rotational": True}],
        "mounts": [{"path": "/", "device": "/dev/sda1", "fstype": "ext4", "size_mb": 976.6,
                    "used_pct": 40.0, "inodes_used_pct": 4.0}],
        "swap_mb": 512,
    }  # fmt: skip
    assert found.sections["hardware"]["virtual"] is False
    assert found.sections["software"] == [
        {"name": "bash", "version": "5.2.15", "arch": "amd64", "source": "packages"}
    ]
    assert found.sections["runtime"] == {"booted_at": "2026-11-23T09:00:00Z"}


def test_a_droplet_that_ohai_took_for_a_machine_is_virtual():
    dmi = {"system": {"manufacturer": "DigitalOcean", "product_name": "Droplet"}}
    assert report(ohai(dmi=dmi)).sections["hardware"]["virtual"] is True


def test_a_chef_node_names_itself():
    found = report({"name": "web-1", "chef_environment": "production", "automatic": ohai()})
    assert found.host == "web-1"


# -- osquery ------------------------------------------------------------------------------------

TABLES = {
    "os_version": [{"name": "Debian GNU/Linux", "version": "12 (bookworm)", "major": "12",
                    "minor": "0", "codename": "bookworm", "platform": "debian", "arch": "x86_64"}],
    "system_info": [{"hostname": "web-1", "hardware_model": "R740", "hardware_serial": "-1",
                     "physical_memory": str(16 * GIB), "cpu_logical_cores": "8"}],
    "mounts": [{"path": "/", "device": "/dev/sda1", "type": "ext4", "blocks_size": "4096",
                "blocks": "1000", "blocks_available": "100", "inodes": "200",
                "inodes_free": "100", "flags": "rw,relatime"},
               {"path": "/run", "type": "tmpfs", "blocks_size": "4096", "blocks": "10"}],
    "block_devices": [{"name": "/dev/sda", "parent": "", "size": "7814037168",
                       "block_size": "512", "model": "ST4000"},
                      {"name": "/dev/sda1", "parent": "/dev/sda", "size": "9"}],
    "md_devices": [{"device_name": "md0", "status": "active", "raid_level": "raid1",
                    "raid_disks": "2", "working_disks": "1", "failed_disks": "1",
                    "spare_disks": "0"}],
    "md_drives": [{"md_device_name": "md0", "drive_name": "sda1", "state": "in_sync"}],
    "deb_packages": [{"name": "bash", "version": "5.2", "arch": "amd64"}],
    "uptime": [{"total_seconds": "3600"}],
    "time": [{"unix_time": "1795428000"}],
    "dns_resolvers": [{"type": "nameserver", "address": "10.0.0.53"},
                      {"type": "search", "address": "example.net"}],
}  # fmt: skip


def test_osquery_tables_where_every_value_is_text():
    found = report(TABLES)
    assert found.source == "osquery"
    assert found.sections == {
        "os": {"family": "debian", "name": "Debian GNU/Linux", "version": "12", "major": "12",
               "codename": "bookworm", "pretty_name": "12 (bookworm)", "arch": "x86_64"},
        "hardware": {"model": "R740", "cpus": 8, "memory_mb": 16384},
        "storage": {
            "raids": [{"name": "md0", "kind": "md", "level": "raid1", "state": "degraded",
                       "devices": [{"name": "sda1", "state": "in_sync"}],
                       "devices_wanted": 2, "devices_active": 1, "spares": 0}],
            "disks": [{"name": "sda", "model": "ST4000", "size_gb": 4000.8}],
            "mounts": [{"path": "/", "device": "/dev/sda1", "fstype": "ext4", "size_mb": 3.9,
                        "used_pct": 90.0, "inodes_used_pct": 50.0}],
        },
        "network": {"resolvers": ["10.0.0.53"], "local_stub": False},
        "runtime": {"booted_at": "2026-11-23T09:00:00Z"},
        "software": [{"name": "bash", "version": "5.2", "arch": "amd64", "source": "apt"}],
    }  # fmt: skip


def test_no_array_is_only_said_by_the_table_of_arrays():
    assert report(TABLES | {"md_devices": []}).sections["storage"]["raids"] == []
    without = {name: rows for name, rows in TABLES.items() if name != "md_devices"}
    assert "raids" not in report(without).sections["storage"]


def test_snapshots_of_osqueryd_are_put_together_by_host():
    body = [
        {"name": "pack_twiceshy_os_version", "hostIdentifier": name, "unixTime": 1795428000,
         "snapshot": TABLES["os_version"]}
        for name in ("web-1", "web-2")
    ] + [{"name": "uptime", "hostIdentifier": "web-1", "snapshot": TABLES["uptime"]}]  # fmt: skip
    found = read(body, arrived_at=NOW)
    assert [(one.host, sorted(one.sections)) for one in found] == [
        ("web-1", ["os", "runtime"]),
        ("web-2", ["os"]),
    ]
