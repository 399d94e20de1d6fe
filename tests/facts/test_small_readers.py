"""Texts about one thing: the system's release, updates, the clock, certificates; and storcli."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from incidents.facts.errors import FactsError
from incidents.facts.readers import read
from tests.support.strict import program

from .helpers import NOW


def report(body, **options):
    text = body.encode() if isinstance(body, str) else body
    (found,) = read(text, arrived_at=NOW, host="web-1", **options)
    return found


# -- os-release ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\n'
            'VERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n',
            {"family": "debian", "name": "Debian", "version": "12", "major": "12",
             "codename": "bookworm", "pretty_name": "Debian GNU/Linux 12 (bookworm)"},
        ),
        (
            'NAME="CentOS Stream"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="9"\n',
            {"family": "rhel", "name": "CentOS Stream", "version": "9", "major": "9",
             "edition": "Stream"},
        ),
        ("NAME=Gentoo\nID=gentoo\nPRETTY_NAME=\"Gentoo Linux\"\n",
         {"family": "gentoo", "name": "Gentoo", "pretty_name": "Gentoo Linux", "rolling": True}),
        ("NAME='Red Hat Enterprise Linux'\nID=rhel\nVERSION_ID='9.4'\n",
         {"family": "rhel", "name": "RedHat", "version": "9.4", "major": "9"}),
    ],
    ids=["Debian", "CentOS Stream", "Gentoo", "RHEL"],
)  # fmt: skip
def test_which_system_this_is(text, expected):
    assert report(text).sections == {"os": expected}


def test_the_real_file():
    assert report(Path("/etc/os-release").read_bytes()).sections["os"]["name"]


# -- updates ------------------------------------------------------------------------------------


def test_apt_tells_security_updates_by_their_archive():
    text = (
        "Listing... Done\n"
        "libc6/stable-security 2.36-9+deb12u8 amd64 [upgradable from: 2.36-9+deb12u7]\n"
        "vim/stable 2:9.0.1378-2 amd64 [upgradable from: 2:9.0.1378-1]\n"
    )
    found = report(text)
    assert found.source == "apt"
    assert found.sections["packages"] == {"manager": "apt", "pending": 2, "pending_security": 1}


def test_apt_with_nothing_to_do():
    assert report("Listing... Done\n").sections["packages"]["pending"] == 0


def test_dnf_does_not_tell_security_updates_apart():
    text = (
        "Last metadata expiration check: 0:10:00 ago on Mon 23 Nov 2026.\n\n"
        "kernel.x86_64                 5.14.0-503.el9           baseos\n"
        "openssl-libs.x86_64           1:3.2.2-6.el9            baseos\n"
        "Obsoleting Packages\n"
        "grub2.x86_64                  1:2.06-9.el9             baseos\n"
    )
    assert report(text).sections["packages"] == {"manager": "dnf", "pending": 2}


@pytest.mark.parametrize(
    ("text", "due"),
    [("Core libraries or services have been updated since boot-up:\n  * kernel\n\n"
      "Reboot is required to fully utilize these updates.\n", True),
     ("No core libraries or services have been updated since boot-up.\n"
      "Reboot should not be necessary.\n", False)],
)  # fmt: skip
def test_whether_a_restart_is_due(text, due):
    assert report(text).sections["packages"] == {"reboot_required": due}


# -- the clock ----------------------------------------------------------------------------------

TRACKING = (
    "C0A80101,ntp1.example.net,3,1795428000.123,-0.000345,0.0001,0.0002,-12.5,0.001,0.02,"
    "0.01,0.002,64.2,Normal\n"
)


def test_a_clock_that_follows_somebody():
    assert report(TRACKING).sections["clock"] == {
        "synced": True, "sources": ["ntp1.example.net"], "offset_ms": 0.345,
        "synced_at": "2026-11-23T10:00:00Z",
    }  # fmt: skip


def test_a_clock_that_follows_nobody():
    text = "7F7F0101,,10,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,Not synchronised\n"
    found = report(text).sections["clock"]
    assert (found["synced"], found["sources"]) == (False, [])
    assert "synced_at" not in found


# -- certificates -------------------------------------------------------------------------------


def openssl(*words, cwd):
    return subprocess.run(
        [program("openssl"), *words], cwd=cwd, capture_output=True, check=True
    ).stdout


def test_a_real_certificate_as_pem_and_as_openssl_tells_it(tmp_path):
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "cert",
            "-days", "30", "-subj", "/CN=git.example.net", "-addext",
            "subjectAltName=DNS:git.example.net,DNS:code.example.net", cwd=tmp_path)  # fmt: skip
    (pem,) = report((tmp_path / "cert").read_bytes()).sections["certificates"]
    assert (pem["subject"], pem["issuer"]) == ("git.example.net", "git.example.net")
    assert pem["names"] == ["git.example.net", "code.example.net"]
    said = openssl("x509", "-noout", "-subject", "-enddate", "-in", "cert", cwd=tmp_path)
    (told,) = report(said).sections["certificates"]
    assert told == {"subject": "git.example.net", "not_after": pem["not_after"]}


def test_dates_with_their_files_and_dates_of_nobody():
    text = (
        "notAfter=May 25 16:39:40 2027 GMT\nFileName= /etc/ssl/a.pem\n"
        "unable to load certificate\n"
        "notAfter=Dec  9 10:55:38 2027 GMT\n"
    )
    found = report(text)
    assert found.sections["certificates"] == [
        {"subject": "/etc/ssl/a.pem", "path": "/etc/ssl/a.pem",
         "not_after": "2027-05-25T16:39:40Z"}
    ]  # fmt: skip
    assert found.notes == ["1 dates belong to no name and were left out; add -subject."]


def test_a_chain_gives_every_certificate_and_a_broken_one_is_named(tmp_path):
    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    with pytest.raises(FactsError, match="could not be read"):
        report(broken)


# -- storcli ------------------------------------------------------------------------------------


def controller(**data):
    return {
        "Controllers": [
            {
                "Command Status": {"Controller": 0, "Status": "Success", "Description": "None"},
                "Response Data": {
                    "Basics": {"Model": "PERC H730", "Serial Number": "C1",
                               "Mfg Date": "10/23/14"},
                    "Version": {"Firmware Version": "25.5.9"},
                    "VD LIST": [{"DG/VD": "0/0", "TYPE": "RAID5", "State": "Optl",
                                 "Size": "1.090 TB", "Name": ""}],
                    "PD LIST": [
                        {"EID:Slt": f"32:{n}", "State": "Onln", "DG": 0, "Size": "558.406 GB",
                         "Med": "HDD", "Model": "ST600"}
                        for n in range(3)
                    ],
                    "BBU_Info": [{"Model": "BBU", "State": "Optimal", "MfgDate": "2014/10/20"}],
                } | data,
            }
        ]
    }  # fmt: skip


def test_an_array_behind_a_controller():
    found = report(controller()).sections["storage"]
    assert found["controllers"] == [
        {"name": "c0 PERC H730", "model": "PERC H730", "serial": "C1", "firmware": "25.5.9",
         "manufactured_on": "2014-10-23", "battery_state": "optimal",
         "battery_made_on": "2014-10-20"}
    ]  # fmt: skip
    (array,) = found["raids"]
    assert (array["name"], array["kind"], array["level"], array["state"]) == (
        "c0/v0", "hardware", "raid5", "optimal",
    )  # fmt: skip
    assert (array["devices_wanted"], array["devices_active"]) == (3, 3)
    assert [disk["name"] for disk in found["disks"]] == ["c0 32:0", "c0 32:1", "c0 32:2"]


@pytest.mark.parametrize(
    ("array", "drive", "state"),
    [("Dgrd", "Offln", "degraded"), ("Dgrd", "Rbld", "rebuilding"), ("Pdgd", "Onln", "degraded"),
     ("OfLn", "Offln", "failed"), ("Rec", "Onln", "rebuilding")],
)  # fmt: skip
def test_the_state_of_an_array(array, drive, state):
    body = controller()
    data = body["Controllers"][0]["Response Data"]
    data["VD LIST"][0]["State"] = array
    data["PD LIST"][0]["State"] = drive
    assert report(body).sections["storage"]["raids"][0]["state"] == state


def test_no_array_is_a_finding_and_a_silent_controller_is_none():
    assert report(controller(**{"VD LIST": []})).sections["storage"]["raids"] == []
    body = controller()
    body["Controllers"][0]["Response Data"] = {}
    with pytest.raises(FactsError, match="storcli told nothing"):
        report(body)
