"""What Ansible gathers, and the traps real fact files hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from incidents.facts.errors import FactsError
from incidents.facts.readers import read, read_file

from .helpers import NOW, disk, setup


def report_of(body, **options):
    (report,) = read(body, arrived_at=NOW, **options)
    return report


def sections_of(**facts):
    return report_of(setup(**facts)).sections


def test_a_physical_server_in_full():
    report = report_of(
        setup(
            system_vendor="Dell Inc.",
            form_factor="Rack Mount Chassis",
            bios_date="03/14/2019",
            bios_version="2.1.7",
            processor=["0", "AuthenticAMD", "AMD EPYC", "1", "AuthenticAMD", "AMD EPYC"],
            processor_vcpus=2,
            memtotal_mb=64215,
            swaptotal_mb=2047,
            uptime_seconds=86400,
            loadavg={"1m": 0.5, "5m": 0.4, "15m": 0.3},
            pkg_mgr="apt",
            service_mgr="systemd",
            devices={"sda": disk()},
            mounts=[
                {
                    "mount": "/", "device": "/dev/sda1", "fstype": "ext4", "options": "rw",
                    "size_total": 100 * 2**20, "size_available": 25 * 2**20,
                    "inode_total": 1000, "inode_available": 900,
                }
            ],
            interfaces=["lo", "eno1"],
            eno1={
                "device": "eno1", "type": "ether", "macaddress": "52:54:00:00:00:01", "mtu": 1500,
                "speed": 1000, "active": True, "ipv4": {"address": "10.0.0.5"},
                "ipv6": [{"address": "fe80::1"}, {"address": "2001:db8::5"}],
            },
            lo={"device": "lo", "type": "loopback"},
            dns={"nameservers": ["10.0.0.2", "10.0.0.3"], "search": ["example.net"]},
            default_ipv4={"gateway": "10.0.0.1"},
            all_ipv4_addresses=["10.0.0.5"],
            all_ipv6_addresses=["fe80::1", "2001:db8::5"],
            lsb={"description": "Debian GNU/Linux 12 (bookworm)"},
        )
    )  # fmt: skip
    assert report.sections == {
        "os": {
            "family": "Debian",
            "name": "Debian",
            "version": "12.11",
            "major": "12",
            "codename": "bookworm",
            "pretty_name": "Debian GNU/Linux 12 (bookworm)",
            "kernel": "6.1.0-37-amd64",
            "arch": "x86_64",
        },
        "hardware": {
            "vendor": "Dell Inc.",
            "model": "PowerEdge R740",
            "serial": "ABC1234",
            "form_factor": "Rack Mount Chassis",
            "bios_date": "2019-03-14",
            "bios_version": "2.1.7",
            "virtual": False,
            "virtual_type": "kvm",
            "virtual_role": "host",
            "cpu_model": "AMD EPYC",
            "cpus": 2,
            "memory_mb": 64215,
        },
        "storage": {
            "disks": [
                {
                    "name": "sda",
                    "vendor": "ATA",
                    "model": "ST4000NM000A",
                    "serial": "WX1",
                    "size_gb": 4000.8,
                    "rotational": True,
                    "controller": "Intel Corporation C620",
                }
            ],
            "mounts": [
                {
                    "path": "/",
                    "device": "/dev/sda1",
                    "fstype": "ext4",
                    "size_mb": 100.0,
                    "used_pct": 75.0,
                    "inodes_used_pct": 10.0,
                }
            ],
            "swap_mb": 2047,
        },
        "network": {
            "fqdn": "db-01.example.net",
            "interfaces": [
                {
                    "name": "eno1",
                    "type": "ether",
                    "mac": "52:54:00:00:00:01",
                    "ipv4": ["10.0.0.5"],
                    "ipv6": ["2001:db8::5"],
                    "speed_mbps": 1000,
                    "mtu": 1500,
                    "up": True,
                }
            ],
            "resolvers": ["10.0.0.2", "10.0.0.3"],
            "local_stub": False,
            "search": ["example.net"],
            "gateway": "10.0.0.1",
            "default_routes": ["10.0.0.1"],
        },
        "clock": {"timezone": "GMT"},
        "runtime": {
            "booted_at": "2026-11-22T11:58:00Z",
            "load": 0.3,
            "service_manager": "systemd",
            "is_chroot": False,
        },
        "packages": {"manager": "apt"},
    }
    identity = report.identity
    assert (identity.kind, identity.serial, identity.fqdn, identity.machine_id) == (
        "physical", "ABC1234", "db-01.example.net", "0123456789abcdef",
    )  # fmt: skip
    assert identity.addresses == ("10.0.0.5", "2001:db8::5")
    assert report.observed_at == datetime(2026, 11, 23, 11, 58, tzinfo=UTC)
    assert report.observed_from == "report"


# Trap 1: physical or not


@pytest.mark.parametrize(
    ("facts", "kind", "virtual"),
    [
        ({"virtualization_role": "host", "virtualization_type": "kvm"}, "physical", False),
        ({"virtualization_role": "guest", "virtualization_type": "kvm"}, "virtual", True),
        ({"virtualization_role": "guest", "virtualization_type": "docker"}, "container", True),
        ({"virtualization_role": "guest", "virtualization_type": "lxc"}, "container", True),
        ({"virtualization_role": "NA", "virtualization_type": "NA"}, "physical", False),
        ({"virtualization_role": "NA", "product_name": "NA"}, None, None),
    ],
)
def test_the_kind_is_told_by_role_type_and_product(facts, kind, virtual):
    report = report_of(setup(**facts))
    assert report.identity.kind == kind
    assert report.sections.get("hardware", {}).get("virtual") is virtual


def test_a_micro_vm_that_calls_itself_docker_is_a_virtual_machine():
    report = report_of(
        setup(
            virtualization_role="guest",
            virtualization_type="docker",
            product_name="NA",
            mounts=[{"mount": "/", "device": "/dev/vda", "fstype": "ext4", "size_total": 2**30}],
        )
    )
    assert report.identity.kind == "virtual"
    assert any("small virtual machine" in note for note in report.notes)


# Trap 2: a chroot


def test_a_chroot_takes_nothing_of_its_parents():
    report = report_of(
        setup(
            is_chroot=True,
            mounts=[],
            virtualization_role="NA",
            virtualization_type="NA",
            uptime_seconds=1550,
            memtotal_mb=64215,
            all_ipv4_addresses=["10.0.0.5"],
        ),
        host="david.gentoo",
    )
    assert report.sections == {
        "os": {
            "family": "Debian",
            "name": "Debian",
            "version": "12.11",
            "major": "12",
            "codename": "bookworm",
            "arch": "x86_64",
        },
        "runtime": {"is_chroot": True},
    }
    identity = report.identity
    assert (identity.name, identity.kind, identity.parent_hint) == (
        "david.gentoo", "chroot", "db-01.example.net",
    )  # fmt: skip
    assert (identity.fqdn, identity.serial, identity.machine_id, identity.addresses) == (
        None, None, None, (),
    )  # fmt: skip
    assert any("chroot" in note for note in report.notes)


# Traps 3 and 4: odd shapes and many ways to say "unknown"


@pytest.mark.parametrize("devices", [[], ["sd0"], {}, "N/A", None])
def test_devices_of_any_shape_leave_arrays_unknown(devices):
    assert "raids" not in sections_of(devices=devices).get("storage", {})


def test_openbsd_has_its_version_in_the_kernel():
    facts = {
        "distribution": "OpenBSD",
        "distribution_version": "release",
        "distribution_major_version": "NA",
        "kernel": "7.4",
    }
    system = sections_of(**facts)["os"]
    assert (system["version"], system["major"]) == ("7.4", "7")


def test_devuan_says_na_for_its_version():
    system = sections_of(distribution="Devuan", distribution_version="NA")["os"]
    assert "version" not in system
    assert system["codename"] == "bookworm"


def test_memory_may_be_text():
    assert sections_of(memtotal_mb="4096")["hardware"]["memory_mb"] == 4096


@pytest.mark.parametrize("unknown", ["NA", "N/A", "", None, [], {}])
def test_every_way_of_saying_unknown_is_absent(unknown):
    hardware = sections_of(product_serial=unknown, system_vendor=unknown)["hardware"]
    assert "serial" not in hardware
    assert "vendor" not in hardware


def test_no_mounts_means_unknown_not_none():
    assert "storage" not in sections_of(mounts=[])


# Trap 5: sizes


@pytest.mark.parametrize(
    ("about", "size"),
    [
        ({"sectors": "7814037168", "sectorsize": "512"}, 4000.8),
        ({"sectors": "7814037168", "sectorsize": "4096", "size": "29.11 TB"}, 4000.8),
        ({"sectors": 976754646, "sectorsize": "4096"}, 4000.8),
        ({"sectors": 7814037168, "sectorsize": "512"}, 4000.8),
    ],
)
def test_a_four_terabyte_disk_is_four_terabytes(about, size):
    (found,) = sections_of(devices={"sda": disk(**about)})["storage"]["disks"]
    assert found["size_gb"] == size


def test_loops_and_empty_drives_are_no_disks():
    devices = {"loop0": disk(), "zram0": disk(), "sr0": disk(), "sdb": disk(sectors="0")}
    assert "storage" not in sections_of(devices=devices)


# Trap 6: file systems


@pytest.mark.parametrize(
    "about",
    [
        {"fstype": "squashfs"},
        {"fstype": "iso9660"},
        {"fstype": "tmpfs"},
        {"fstype": "vboxsf"},
        {"options": "ro,relatime"},
        {"size_total": 0},
        {"mount": "/etc/hosts"},
    ],
)
def test_pseudo_read_only_and_empty_file_systems_are_left_out(about):
    real = {"mount": "/", "device": "/dev/sda1", "fstype": "ext4", "size_total": 2**30}
    mounts = sections_of(mounts=[real, real | {"mount": "/x"} | about])["storage"]["mounts"]
    assert [mount["path"] for mount in mounts] == ["/"]


# Trap 7: firmware dates


def test_a_virtual_machine_has_no_firmware_date():
    assert (
        "bios_date"
        not in sections_of(
            bios_date="04/01/2014", virtualization_role="guest", virtualization_type="kvm"
        )["hardware"]
    )


# Trap 8: resolvers


@pytest.mark.parametrize("stub", ["127.0.0.53", "127.0.0.1", "::1"])
def test_behind_a_local_stub_the_resolvers_are_unknown(stub):
    report = report_of(setup(dns={"nameservers": [stub, "10.0.0.2"]}))
    assert report.sections["network"]["local_stub"] is True
    assert "resolvers" not in report.sections["network"]
    assert any(stub in note for note in report.notes)


# Arrays, and trap 9


def test_md_arrays_with_their_members_and_no_level():
    part = {"links": {"ids": [], "masters": ["md0"]}, "holders": ["md0"]}
    storage = sections_of(
        devices={
            "sda": disk(partitions={"sda1": part}),
            "sdb": disk(partitions={"sdb1": part}, links={"ids": ["ata-ST_WX2"]}),
            "md0": {"sectors": "7814000000", "sectorsize": "512", "links": {}},
        }
    )["storage"]
    assert storage["raids"] == [
        {
            "name": "md0",
            "kind": "md",
            "size_gb": 4000.8,
            "devices": [
                {"name": "sda1", "model": "ST4000NM000A", "serial": "WX1"},
                {"name": "sdb1", "model": "ST4000NM000A", "serial": "WX2"},
            ],
        }
    ]
    assert [found["name"] for found in storage["disks"]] == ["sda", "sdb"]


def test_whole_disks_may_be_members_by_the_table_of_links():
    storage = sections_of(
        devices={"sda": disk(), "sdb": disk()},
        device_links={"masters": {"sda": ["md127"], "sdb": ["md127"]}},
    )["storage"]
    (array,) = storage["raids"]
    assert (array["name"], [drive["name"] for drive in array["devices"]]) == (
        "md127", ["sda", "sdb"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("host", "model"),
    [
        ("RAID bus controller: LSI Logic MegaRAID SAS-3 3108", "PERC H730P Mini"),
        ("RAID bus controller: Broadcom / LSI MegaRAID", "MR9271-4i"),
        ("Serial Attached SCSI controller: Adaptec Smart Storage PQI", "LOGICAL VOLUME"),
    ],
)
def test_a_hardware_array_is_told_by_its_model(host, model):
    storage = sections_of(devices={"sda": disk(host=host, model=model)})["storage"]
    assert storage["raids"] == [
        {
            "name": "sda",
            "kind": "hardware",
            "controller": host.split(": ", 1)[1],
            "size_gb": 4000.8,
        }
    ]


def test_raid_mode_on_a_laptop_is_no_array():
    host = (
        "RAID bus controller: Intel Corporation 82801 Mobile SATA Controller [RAID mode] (rev 04)"
    )
    report = report_of(setup(devices={"sda": disk(host=host, model="SAMSUNG SSD 850")}))
    assert "raids" not in report.sections["storage"]
    assert any("storage.raids stays unknown" in note for note in report.notes)


def test_only_a_virtual_machine_is_said_to_have_no_arrays():
    guest = sections_of(
        virtualization_role="guest", virtualization_type="kvm", devices={"vda": disk()}
    )
    assert guest["storage"]["raids"] == []
    assert "raids" not in sections_of(devices={"sda": disk()})["storage"]


# Trap 10


def test_stream_is_kept_for_telling_centos_apart():
    system = sections_of(
        distribution="CentOS", distribution_version="8", distribution_release="Stream"
    )["os"]
    assert (system["codename"], system["edition"]) == ("Stream", "Stream")


# Trap 12


def test_environment_and_keys_never_get_past_the_door():
    secret = "hunter2-not-to-be-kept"
    report = report_of(
        setup(
            env={"PASSWORD": secret},
            ssh_host_key_ed25519_public=secret,
            ssh_host_key_rsa_public=secret,
            user_id=secret,
            cmdline={"root": secret},
            local={"env": {"TOKEN": secret}, "rack": {"unit": 4, "note": None}},
        )
    )
    assert secret not in repr(report)
    assert report.sections["custom"] == {"rack": {"unit": 4}}


# Local facts


def test_a_host_can_report_native_sections_of_its_own():
    sections = sections_of(
        local={"twiceshy": {"backups": [], "os": {"upgradable": False, "version": "12.11.1"}}}
    )
    assert sections["backups"] == []
    assert (sections["os"]["upgradable"], sections["os"]["version"]) == (False, "12.11.1")
    assert sections["os"]["name"] == "Debian"
    assert "custom" not in sections


def test_a_fault_in_them_is_shown_at_its_place():
    with pytest.raises(FactsError) as caught:
        sections_of(local={"twiceshy": {"sections": {"backup": []}}})
    assert caught.value.errors == [
        (
            "/ansible_facts/ansible_local/twiceshy/sections/backup",
            "Unknown section 'backup'. Did you mean 'backups'?",
        )
    ]


def test_a_local_fact_that_failed_is_noted():
    report = report_of(setup(local={"rack": "error loading fact - output of rack was not valid"}))
    assert "custom" not in report.sections
    assert any("'rack' could not be gathered" in note for note in report.notes)


# Other modules


def test_package_facts_become_software():
    body = {
        "ansible_facts": {
            "packages": {
                "nginx": [
                    {"name": "nginx", "version": "1.22.1-9", "arch": "amd64", "source": "apt"}
                ],
                "kernel": [
                    {"name": "kernel", "version": "5.14.0", "release": "427.el9", "source": "rpm"},
                    {"name": "kernel", "version": "5.14.0", "release": "503.el9", "source": "rpm"},
                ],
            }
        }
    }
    assert report_of(body, host="web-01").sections == {
        "software": [
            {"name": "nginx", "version": "1.22.1-9", "arch": "amd64", "source": "apt"},
            {"name": "kernel", "version": "5.14.0-427.el9", "source": "rpm"},
            {"name": "kernel", "version": "5.14.0-503.el9", "source": "rpm"},
        ]
    }


def test_service_facts_become_failed_units_where_systemd_was_asked():
    services = {
        "ssh.service": {"state": "running", "source": "systemd", "status": "enabled"},
        "backup.service": {"state": "stopped", "source": "systemd", "status": "failed"},
    }
    facts = {"ansible_facts": {"services": services}}
    assert report_of(facts).sections == {"runtime": {"failed_units": ["backup.service"]}}
    with pytest.raises(FactsError, match="nothing in these facts"):
        report_of({"ansible_facts": {"services": {"ssh": {"state": "failed", "source": "sysv"}}}})


# Wrappings


def test_the_output_of_the_command_names_its_hosts():
    facts = json.dumps(setup(), indent=4)
    text = (
        f'web-01 | SUCCESS => {facts}\nweb-02 | UNREACHABLE! => {{\n    "msg": "no"\n}}\n'
        f"[WARNING]: something\nweb-03 | SUCCESS => {json.dumps(setup())}\n"
    )
    reports = read(text.encode(), arrived_at=NOW)
    assert [(r.host, r.sections["os"]["name"]) for r in reports] == [
        ("web-01", "Debian"), ("web-03", "Debian"),
    ]  # fmt: skip
    assert "web-02 gave no facts: unreachable." in reports[0].notes
    with pytest.raises(FactsError, match="about 2 hosts"):
        read(text, arrived_at=NOW, host="web-01")


def test_localhost_is_no_name():
    report = report_of(f"localhost | SUCCESS => {json.dumps(setup())}")
    assert (report.host, report.identity.hostname) == (None, "db-01")
    assert any("'localhost' names every machine" in note for note in report.notes)
    assert report_of(f"localhost | SUCCESS => {json.dumps(setup())}", host="a").host == "a"


def test_failures_and_other_result_formats_are_said_plainly():
    for text, words in (
        ('h | FAILED! => {"msg": "no"}', "reached no host: h gave no facts: failed."),
        ("h | SUCCESS => \n    ansible_facts:\n        a: 1\n", "RESULT_FORMAT=json"),
    ):
        with pytest.raises(FactsError, match=words):
            read(text, arrived_at=NOW)
    with pytest.raises(FactsError, match="gathered no facts: no route"):
        read({"ansible_facts": {}, "unreachable": True, "msg": "no route"}, arrived_at=NOW)


@pytest.mark.parametrize(
    ("file_name", "wrap", "host"),
    [
        ("robert", lambda body: body, "robert"),
        ("robert.json", lambda body: body, "robert"),
        ("david.gentoo", lambda body: body["ansible_facts"], "david.gentoo"),
        ("s1_robert", lambda body: {"__payload__": json.dumps(body["ansible_facts"])}, "robert"),
        ("localhost", lambda body: body, None),
    ],
)
def test_tree_and_cache_files_are_named_after_their_host(tmp_path, file_name, wrap, host):
    path = tmp_path / file_name
    path.write_text(json.dumps(wrap(setup())))
    (report,) = read_file(path, arrived_at=NOW)
    assert (report.host, report.source) == (host, "ansible")
    assert report.sections["os"]["version"] == "12.11"


def test_saved_output_is_not_named_after_its_file(tmp_path):
    path = tmp_path / "facts.txt"
    path.write_text(f"localhost | SUCCESS => {json.dumps(setup())}")
    assert read_file(path, arrived_at=NOW)[0].host is None


def test_facts_without_the_prefix_are_understood():
    plain = {k.removeprefix("ansible_"): v for k, v in setup()["ansible_facts"].items()}
    assert report_of({"ansible_facts": plain}).sections == report_of(setup()).sections


def test_a_host_whose_clock_runs_ahead_is_refused():
    ahead = (NOW + timedelta(hours=1)).isoformat()
    with pytest.raises(FactsError, match="Set the clock"):
        report_of(setup(date_time={"iso8601": ahead}))


def test_windows_lists_interfaces_as_things():
    sections = sections_of(
        distribution="Microsoft Windows Server 2019 Standard",
        distribution_version="10.0.17763.0",
        lastboot="2026-11-01T08:00:00Z",
        interfaces=[{"connection_name": "Ethernet0", "macaddress": "00:50:56:00:00:01"}],
    )
    assert sections["network"]["interfaces"] == [{"name": "Ethernet0", "mac": "00:50:56:00:00:01"}]
    assert sections["runtime"]["booted_at"] == "2026-11-01T08:00:00Z"


def test_members_of_a_bond_know_it():
    interfaces = sections_of(
        interfaces=["bond0", "eno1"],
        bond0={"type": "bonding", "slaves": ["eno1"], "active": True},
        eno1={"type": "ether", "speed": -1, "active": True},
    )["network"]["interfaces"]
    assert interfaces == [
        {"name": "bond0", "type": "bonding", "up": True},
        {"name": "eno1", "type": "ether", "bond": "bond0", "up": True},
    ]
