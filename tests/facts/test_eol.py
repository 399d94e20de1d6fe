"""Until when a system is cared for, by whatever name a tool gives it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from incidents.facts.document.fields import all_fields
from incidents.facts.eol import DATA, Catalogue, annotate_os
from incidents.facts.eol_source import compact, dump
from incidents.facts.errors import FactsError

from .helpers import NOW

# Every name of names.json: (name, version) → product and cycle.
CASES = {
    "debian": ("12.11", "debian", "12"),
    "debian gnu/linux": ("12", "debian", "12"),
    "raspbian": ("11", "debian", "11"),
    "raspbian gnu/linux": ("11", "debian", "11"),
    "ubuntu": ("22.04", "ubuntu", "22.04"),
    "redhat": ("8.10", "rhel", "8"),
    "rhel": ("9.4", "rhel", "9"),
    "red hat": ("9.4", "rhel", "9"),
    "red hat enterprise linux": ("7.9", "rhel", "7"),
    "red hat enterprise linux server": ("7.9", "rhel", "7"),
    "centos": ("7.9.2009", "centos", "7"),
    "centos linux": ("8.5", "centos", "8"),
    "scientific": ("6.10", "centos", "6"),
    "scientific linux": ("7.9", "centos", "7"),
    "virtuozzolinux": ("7.9", "centos", "7"),
    "centos stream": ("8", "centos-stream", "8"),
    "rocky": ("9.4", "rocky-linux", "9"),
    "rocky linux": ("8.9", "rocky-linux", "8"),
    "almalinux": ("9.4", "almalinux", "9"),
    "alma": ("8.10", "almalinux", "8"),
    "oraclelinux": ("8.9", "oracle-linux", "8"),
    "oracle linux": ("8.9", "oracle-linux", "8"),
    "oracle linux server": ("9.3", "oracle-linux", "9"),
    "oracle": ("7.9", "oracle-linux", "7"),
    "ol": ("7.9", "oracle-linux", "7"),
    "eurolinux": ("8.9", "eurolinux", "8"),
    "fedora": ("43", "fedora", "43"),
    "fedora linux": ("40", "fedora", "40"),
    "opensuse": ("42.3", "opensuse", "42.3"),
    "opensuse leap": ("15.6", "opensuse", "15.6"),
    "opensuse-leap": ("15.5", "opensuse", "15.5"),
    "opensuseleap": ("15.5", "opensuse", "15.5"),
    "sles": ("15.6", "sles", "15.6"),
    "sled": ("15-SP5", "sles", "15.5"),
    "sles_sap": ("12.5", "sles", "12.5"),
    "suse": ("11.4", "sles", "11.4"),
    "suse_linux": ("11.4", "sles", "11.4"),
    "suse linux enterprise server": ("15 SP4", "sles", "15.4"),
    "sl-micro": ("6.0", "suse-linux-micro", "6.0"),
    "sle-micro": ("5.5", "suse-linux-micro", "5.5"),
    "sle micro": ("5.5", "suse-linux-micro", "5.5"),
    "suse linux micro": ("6.1", "suse-linux-micro", "6.1"),
    "amazon": ("2", "amazon-linux", "2"),
    "amazon linux": ("2023.5", "amazon-linux", "2023"),
    "amazon linux ami": ("2018.03", "amazon-linux", "2018.03"),
    "amzn": ("2017.09", "amazon-linux", "2017.09"),
    "alpine": ("3.18.4", "alpine-linux", "3.18"),
    "alpine linux": ("3.22.1", "alpine-linux", "3.22"),
    "linuxmint": ("21.3", "linuxmint", "21.3"),
    "linux mint": ("22", "linuxmint", "22"),
    "lmde": ("6", "linuxmint", "lmde6"),
    "devuan": ("5", "devuan", "5"),
    "devuan gnu/linux": ("4", "devuan", "4"),
    "nixos": ("24.05", "nixos", "24.05"),
    "slackware": ("14.2", "slackware", "14.2"),
    "openwrt": ("23.05.3", "openwrt", "23.05"),
    "photon": ("4.0", "vmware-photon", "4.0"),
    "vmware photon os": ("5.0", "vmware-photon", "5.0"),
    "vmware photon os/linux": ("5.0", "vmware-photon", "5.0"),
    "freebsd": ("13.2-RELEASE-p3", "freebsd", "13.2"),
    "openbsd": ("7.6", "openbsd", "7.6"),
    "netbsd": ("9.3", "netbsd", "9"),
    "opnsense": ("24.7", "opnsense", "24.7"),
    "windows": ("2012 R2", "windows-server", "2012-r2"),
    "microsoft windows": ("2022", "windows-server", "2022"),
    "microsoft windows server": ("2016", "windows-server", "2016"),
    "windows server": ("10.0.17763", "windows-server", "2019"),
    "darwin": ("19.6.0", "macos", "10.15"),
    "macos": ("14.2", "macos", "14"),
    "macosx": ("10.14.6", "macos", "10.14"),
    "mac_os_x": ("11.3", "macos", "11"),
    "mac os x": ("10.9", "macos", "10.9"),
    "os x": ("10.9", "macos", "10.9"),
    "solaris": ("11.3", "oracle-solaris", "11.3"),
    "solaris2": ("5.11", "oracle-solaris", "11"),
    "oracle solaris": ("11.4", "oracle-solaris", "11.4"),
    "aix": ("7200-05-01", "ibm-aix", "7.2.5"),
    "proxmox": ("8.2", "proxmox-ve", "8"),
    "proxmox ve": ("7.4", "proxmox-ve", "7"),
    "vmware esxi": ("7.0.3", "vmware-esxi", "7.0"),
    "esxi": ("8.0.1", "vmware-esxi", "8.0"),
    "vmkernel": ("6.7.0", "vmware-esxi", "6.7"),
    "xcp-ng": ("8.2.1", "xcp-ng", "8.2"),
    "xenserver": ("7.6", "xcp-ng", "7.6"),
}
NAMES = json.loads((DATA / "names.json").read_text())


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.load()


def life_of(catalogue, name, version="", **more):
    return catalogue.os({"name": name, "version": version, **more}, NOW)


def test_every_distribution_of_the_table_has_a_case():
    assert sorted(CASES) == sorted(NAMES["os"])


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_distribution_finds_its_product_and_cycle(catalogue, name):
    version, product, cycle = CASES[name]
    life = life_of(catalogue, name.title(), version)
    assert (life.product, life.cycle, life.ancient) == (product, cycle, False)
    assert life.found.startswith(name.title())


@pytest.mark.parametrize("name", NAMES["rolling"])
def test_rolling_releases_have_no_date(catalogue, name):
    assert annotate_os({"name": name, "version": "2.15"}, catalogue, NOW) == {
        "name": name,
        "version": "2.15",
        "rolling": True,
    }


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("Debian", {"version": "forky/sid"}),
        ("Debian", {"codename": "sid"}),
        ("Fedora", {"version": "Rawhide"}),
        ("Alpine", {"version": "edge"}),
    ],
)
def test_the_unreleased_end_of_a_distribution_is_rolling(catalogue, name, more):
    assert life_of(catalogue, name, **more).rolling


@pytest.mark.parametrize(
    "section",
    [
        {"name": "Plan 9", "version": "4"},
        {"name": "Debian", "version": "99"},
        {"name": "Debian", "version": "n/a"},
        {"name": "Amazon", "version": "4.14.97-74.72.amzn1.x86_64"},
        {"name": "windows", "version": "10.0.17763"},
        {"name": "windows", "version": "6.3.9600"},
        {"name": "Microsoft Windows 10 Pro", "version": "10.0.17763.0"},
        {"version": "12"},
        {},
    ],
)
def test_what_the_catalogue_does_not_know_is_unknown(catalogue, section):
    added = set(annotate_os(section, catalogue, NOW)) - set(section)
    assert added <= {"major"}


@pytest.mark.parametrize(
    ("section", "product", "end"),
    [
        ({"name": "CentOS", "version": "8.3"}, "centos", date(2021, 12, 31)),
        ({"name": "CentOS", "version": "8"}, "centos", date(2021, 12, 31)),
        (
            {"name": "CentOS", "version": "8", "codename": "Stream"},
            "centos-stream",
            date(2024, 5, 31),
        ),
        (
            {"name": "CentOS", "version": "8", "pretty_name": "CentOS Stream 8"},
            "centos-stream",
            date(2024, 5, 31),
        ),
        ({"name": "CentOS", "version": "9"}, "centos-stream", date(2027, 5, 31)),
    ],
)
def test_centos_is_linux_or_stream(catalogue, section, product, end):
    life = catalogue.os(section, NOW)
    assert (life.product, life.eol_on) == (product, end)


def test_a_server_build_counts_only_where_it_says_server(catalogue):
    life = life_of(catalogue, "Microsoft Windows Server 2019 Standard", "10.0.17763.0")
    assert (life.product, life.cycle) == ("windows-server", "2019")


def test_the_code_name_helps_where_the_version_is_missing(catalogue):
    assert life_of(catalogue, "Devuan", "NA", codename="daedalus").cycle == "5"
    assert life_of(catalogue, "Ubuntu", codename="noble").cycle == "24.04"


@pytest.mark.parametrize(
    ("name", "version"), [("Debian", "1.0"), ("CentOS", "4.9"), ("AIX", "7100-04-04")]
)
def test_older_than_the_oldest_listed_is_ancient_not_unknown(catalogue, name, version):
    section = annotate_os({"name": name, "version": version}, catalogue, NOW)
    assert section["ancient"] is True
    assert section["past_support"] is True
    assert "eol_on" not in section


@pytest.mark.parametrize(
    ("name", "version", "behind"),
    [
        ("Debian", "13", 0),
        ("Debian", "12", 0),
        ("Debian", "11", 1),
        ("Debian", "10", 2),
        ("Debian", "9", 3),
        ("Debian", "3.1", 9),
        ("Ubuntu", "24.04", 0),
        ("Ubuntu", "24.10", 1),
        ("Ubuntu", "18.04", 2),
        ("Ubuntu", "16.04", 3),
        ("SLES", "15.3", 1),
        ("SLES", "12.3", 1),
        ("FreeBSD", "13.2", 1),
        ("RedHat", "6", 2),
    ],
)
def test_steps_to_the_oldest_release_still_cared_for(catalogue, name, version, behind):
    assert life_of(catalogue, name, version).cycles_behind == behind


def test_a_product_without_any_living_release_is_a_dead_end(catalogue):
    life = life_of(catalogue, "CentOS", "7.9")
    assert (life.dead_end, life.cycles_behind) == (True, None)


def test_an_entitlement_shortens_the_way(catalogue):
    ubuntu = {"name": "Ubuntu", "version": "18.04"}
    assert catalogue.os(ubuntu, NOW, frozenset({"ubuntu"})).cycles_behind == 0


def test_debian_long_term_support_is_free(catalogue):
    debian = {"name": "Debian", "version": "12.11"}
    assert annotate_os(debian, catalogue, NOW) == {
        "name": "Debian",
        "version": "12.11",
        "major": "12",
        "rolling": False,
        "product": "debian",
        "cycle": "12",
        "released": "2023-06-10",
        "eol_on": "2026-07-11",
        "eol_on_in_days": -135,
        "extended_until": "2028-06-30",
        "extended_until_in_days": 585,
        "extended_free": True,
        "supported_until": "2028-06-30",
        "supported_until_in_days": 585,
        "past_eol": True,
        "past_support": False,
        "past_extended": False,
        "ancient": False,
        "dead_end": False,
        "cycles_behind": 0,
    }
    assert debian == {"name": "Debian", "version": "12.11"}


def test_paid_support_counts_only_for_who_has_it(catalogue):
    ubuntu = {"name": "Ubuntu", "version": "20.04"}
    plain = annotate_os(ubuntu, catalogue, NOW)
    paid = annotate_os(ubuntu, catalogue, NOW, frozenset({"ubuntu"}))
    assert (plain["past_support"], plain["supported_until"]) == (True, "2025-05-31")
    assert (paid["past_support"], paid["supported_until"]) == (False, "2030-04-02")
    assert plain["past_extended"] is paid["past_extended"] is False


@pytest.mark.parametrize(
    ("section", "major"),
    [
        ({"name": "Debian", "version": "11.9"}, "11"),
        ({"name": "Ubuntu", "version": "22.04", "major": "22.04"}, "22.04"),
        ({"name": "House Linux", "version": "7.1"}, "7"),
        ({"name": "Debian", "version": "n/a"}, None),
    ],
)
def test_the_major_version_follows_from_the_version_unless_it_was_said(catalogue, section, major):
    assert annotate_os(section, catalogue, NOW).get("major") == major


def test_the_last_day_still_counts(catalogue):
    debian = {"name": "Debian", "version": "11"}
    for day, past in ((31, False), (1, True)):
        now = datetime(2026, 8 if day == 31 else 9, day, 23, 0, tzinfo=UTC)
        assert annotate_os(debian, catalogue, now)["past_support"] is past


def test_an_end_without_a_day_still_decides(catalogue):
    over = annotate_os({"name": "Solaris", "version": "11.2"}, catalogue, NOW)
    living = annotate_os({"name": "macOS", "version": "15.1"}, catalogue, NOW)
    assert (over["past_support"], "eol_on" in over) == (True, False)
    assert (living["past_support"], "eol_on" in living) == (False, False)


def test_what_a_person_recorded_wins(catalogue):
    ours = {"name": "House Linux", "eol_on": "2026-01-01"}
    assert annotate_os(ours, catalogue, NOW) == ours | {
        "rolling": False,
        "supported_until": "2026-01-01",
        "supported_until_in_days": -326,
        "eol_on_in_days": -326,
        "past_eol": True,
        "past_support": True,
        "past_extended": True,
    }
    stretched = annotate_os(
        {"name": "CentOS", "version": "7", "eol_on": "2030-01-01"}, catalogue, NOW
    )
    assert stretched["past_support"] is False


def test_everything_added_is_a_field_of_the_schema(catalogue):
    for name, version in (("Debian", "11"), ("Ubuntu", "18.04"), ("Gentoo", ""), ("CentOS", "4")):
        section = annotate_os({"name": name, "version": version}, catalogue, NOW)
        assert [key for key in section if f"os.{key}" not in all_fields()] == []


@pytest.mark.parametrize(
    ("name", "version", "product", "cycle"),
    [
        ("postgresql-15", "15.4-1.pgdg120+1", "postgresql", "15"),
        ("postgres", "9.6.24", "postgresql", "9.6"),
        ("php8.2", "8.2.7", "php", "8.2"),
        ("python3", "3.11.2", "python", "3.11"),
        ("apache2", "2.4.57-2", "apache-http-server", "2.4"),
        ("django", "1:3.2.1", "django", "3.2"),
        ("nodejs", "v18.19.0", "nodejs", "18"),
        ("openssl", "1.1.1n", "openssl", "1.1.1"),
    ],
)
def test_software_finds_its_cycle(catalogue, name, version, product, cycle):
    life = catalogue.software(name, version)
    assert (life.product, life.cycle) == (product, cycle)


def test_unlisted_software_is_unknown_and_very_old_software_ancient(catalogue):
    assert catalogue.software("left-pad", "1.0") is None
    assert catalogue.software("nginx", "unknown") is None
    assert catalogue.software("postgresql", "99") is None
    assert catalogue.software("postgresql", "6.0").ancient


def test_names_lead_to_products_that_are_there(catalogue):
    wanted = {product for product, _ in NAMES["os"].values()} | set(NAMES["software"].values())
    assert wanted - set(catalogue.products) == set()


def test_the_catalogue_says_where_it_comes_from(catalogue):
    assert "endoflife.date" in catalogue.attribution
    assert "MIT" in catalogue.attribution
    assert catalogue.snapshot == date(2026, 8, 22)


SNAPSHOT = {
    "_meta": {"source": "s", "snapshot": "2026-08-22T08:00:00+00:00"},
    "products": {
        "debian": {
            "title": "Debian",
            "group": "os",
            "cycles": [
                {
                    "cycle": "13",
                    "release": "2025-08-09",
                    "eol": False,
                    "codename": "Trixie",
                    "latest": "13.6",
                },
                {"cycle": 12, "release": "2023-06-10", "eol": "2026-07-11", "extendedSupport": "x"},
            ],
        },
        "php": {
            "title": "PHP",
            "group": "lang",
            "cycles": [
                {
                    "cycle": "8.4",
                    "release": "2024-11-21",
                    "eol": "2028-12-31",
                    "latest": "8.4.11",
                    "latestRelease": "2025-07-31",
                },
                {
                    "cycle": "8.3",
                    "release": "2023-11-23",
                    "eol": "2027-12-31",
                    "latest": "N/A",
                    "latestRelease": "2025-07-31",
                },
            ],
        },
        "intel-processors": {"title": "Intel", "group": "os", "cycles": []},
        "postfix": {"title": "Postfix", "group": "mail", "cycles": []},
    },
}


def test_a_snapshot_becomes_our_form_and_reads_back():
    made = compact(SNAPSHOT)
    assert made["snapshot"] == "2026-08-22"
    assert made["products"] == {
        "debian": {
            "title": "Debian",
            "group": "os",
            "extended_free": True,
            "cycles": [
                ["12", "2023-06-10", "2026-07-11", "x"],
                ["13", "2025-08-09", False, None, "trixie"],
            ],
        },
        "php": {
            "title": "PHP",
            "group": "lang",
            "cycles": [
                ["8.3", "2023-11-23", "2027-12-31"],
                ["8.4", "2024-11-21", "2028-12-31", None, None, None, "8.4.11", "2025-07-31"],
            ],
        },
    }
    assert json.loads(dump(made)) == made


@pytest.mark.parametrize("snapshot", [{}, [], None, {"_meta": {}, "products": {"a": 1}}])
def test_another_shape_is_no_snapshot(snapshot):
    with pytest.raises(FactsError, match="not a snapshot"):
        compact(snapshot)


def test_a_broken_catalogue_is_said_plainly(tmp_path):
    path = tmp_path / "eol.json"
    for content in ("{", "{}", '{"snapshot": "x", "attribution": "", "products": {}}'):
        path.write_text(content)
        with pytest.raises(FactsError, match="end-of-life catalogue"):
            Catalogue.load(path)
