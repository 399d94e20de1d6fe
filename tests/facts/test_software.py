"""How long software is cared for, and by whom; and what the package manager's state means."""

from datetime import UTC, datetime
from typing import Any

import pytest

from incidents.facts.annotate import annotate
from incidents.facts.eol import Catalogue
from incidents.facts.packages import annotate_packages
from incidents.facts.software import annotate_software, keeper, series_of

NOW = datetime(2026, 9, 15, 12, tzinfo=UTC)
BOOKWORM = {"name": "Debian", "version": "12.11"}
BUSTER = {"name": "Debian", "version": "10.13"}
GENTOO = {"name": "Gentoo", "version": "2.17"}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load()


def one(catalogue: Catalogue, entry: dict[str, Any], os: Any = None, now: datetime = NOW) -> Any:
    """The entry as it comes out beside a system."""
    document = {"software": [entry]} | ({"os": os} if os else {})
    return annotate(document, catalogue, now)["software"][0]


def test_what_the_maker_gave_up_is_past_its_end(catalogue: Catalogue) -> None:
    django = {"name": "django", "version": "1.4.22", "source": "pip"}
    assert one(catalogue, django, BOOKWORM) == django | {
        "major": 1,
        "series": "1.4",
        "product": "django",
        "cared_for_by": "maker",
        "eol_on": "2015-10-01",
        "past_eol": True,
        "latest": "1.4.22",
        "latest_on": "2015-08-18",
        "behind": False,
        "patches_behind": 0,
        "pin_told": False,
        "pin_explained": False,
    }


def test_a_package_of_the_distribution_lives_as_long_as_the_system(catalogue: Catalogue) -> None:
    php = {"name": "php7.4", "version": "7.4.33-1+deb11u8", "source": "apt"}
    found = one(catalogue, php, {"name": "Debian", "version": "11.11"}, NOW.replace(month=8, day=1))
    assert (found["cared_for_by"], found["past_eol"]) == ("distribution", False)
    assert found["eol_on"] == "2026-08-31"
    assert not found.keys() & {"latest", "behind", "patches_behind"}


def test_and_ends_with_it(catalogue: Catalogue) -> None:
    php = {"name": "php8.4", "version": "8.4.1-1", "source": "apt"}
    assert one(catalogue, php, BUSTER)["past_eol"] is True


def test_without_a_known_system_nobody_can_say(catalogue: Catalogue) -> None:
    php = {"name": "php7.4", "version": "7.4.33-1+deb11u8", "source": "apt"}
    for os in (None, {"name": "TempleOS", "version": "5"}):
        found = one(catalogue, php, os)
        assert found["cared_for_by"] == "distribution"
        assert not found.keys() & {"past_eol", "eol_on"}


def test_a_rolling_system_may_or_may_not_mend_what_its_maker_gave_up(catalogue: Catalogue) -> None:
    old = one(catalogue, {"name": "php", "version": "7.4.33", "source": "portage"}, GENTOO)
    new = one(catalogue, {"name": "php", "version": "8.4.1", "source": "portage"}, GENTOO)
    assert not old.keys() & {"cared_for_by", "past_eol", "eol_on"}
    assert (new["cared_for_by"], new["past_eol"]) == ("distribution", False)


def test_the_ports_of_a_bsd_follow_their_makers_too(catalogue: Catalogue) -> None:
    freebsd = {"name": "FreeBSD", "version": "14.3-RELEASE"}
    for source in ("pkg", "packages"):
        old = one(catalogue, {"name": "python27", "version": "2.7.18", "source": source}, freebsd)
        assert not old.keys() & {"cared_for_by", "past_eol", "eol_on"}
        new = one(catalogue, {"name": "python", "version": "3.13.1", "source": source}, freebsd)
        assert (new["cared_for_by"], new["past_eol"]) == ("distribution", False)


def test_an_end_that_somebody_recorded_wins(catalogue: Catalogue) -> None:
    php = {"name": "php8.2", "version": "8.2.7-1", "source": "apt", "eol_on": "2026-09-14"}
    found = one(catalogue, php, BOOKWORM)
    assert (found["eol_on"], found["past_eol"]) == ("2026-09-14", True)
    assert found["cared_for_by"] == "maker"
    assert one(catalogue, php | {"eol_on": "2026-09-15"}, BOOKWORM)["past_eol"] is False


def test_software_nobody_lists_has_no_end(catalogue: Catalogue) -> None:
    assert one(catalogue, {"name": "our-shop", "version": "3.1"}) == {
        "name": "our-shop",
        "version": "3.1",
        "major": 3,
        "series": "3.1",
        "cared_for_by": "maker",
        "pin_told": False,
        "pin_explained": False,
    }


@pytest.mark.parametrize(
    ("name", "version", "source", "whose"),
    [
        ("php8.2", "8.2.7-1~deb12u1", "apt", "distribution"),
        ("php8.2", "8.2.29-1+0~20250710.93+debian12~1.gbpa62b6a", "apt", "maker"),
        ("postgresql-15", "15.12-0+deb12u2", "apt", "distribution"),
        ("postgresql-9.6", "9.6.24-1.pgdg120+1", "apt", "maker"),
        ("postgresql15-server", "15.5-1PGDG.rhel9", "rpm", "maker"),
        ("nodejs", "18.19.0-1nodesource1", "apt", "maker"),
        ("nodejs", "18.19.0+dfsg-6~deb12u2", "apt", "distribution"),
        ("docker-ce", "5:24.0.7-1~debian.12~bookworm", "apt", "maker"),
        ("nginx", "1.25.3-1~bookworm", "apt", "maker"),
        ("nginx", "1.22.1-9", "apt", "distribution"),
        ("mariadb-server", "1:10.6.16+maria~deb12", "apt", "maker"),
        ("php", "2:8.2+93", "apt", "distribution"),
        ("php", "8.1.27-1.el9.remi", "rpm", "maker"),
        ("php", "8.0.30-1.el9_2", "rpm", "distribution"),
        ("elasticsearch", "8.11.1", "apt", "maker"),
        ("django", "4.2.7", "pip", "maker"),
        ("php", "7.4.33-1+deb11u5", "", "distribution"),
        ("php", "7.4.33", "", "maker"),
        ("php", "7.4.33", "manual", "maker"),
        ("python", "3.12.1", "Portage", "distribution"),
    ],
)
def test_whose_package_it_is(
    catalogue: Catalogue, name: str, version: str, source: str, whose: str
) -> None:
    assert keeper(name, version, source, catalogue) == whose


@pytest.mark.parametrize(
    ("name", "version", "behind", "patches"),
    [
        ("django", "4.2.1", True, None),
        ("django", "4.2", None, None),  # too coarse to tell
        ("php", "7.3.33", False, 0),
        ("php", "7.3.99", False, 0),
        ("php", "7.3.31", True, 2),
        ("our-shop", "3.1", None, None),
    ],
)
def test_how_far_behind_its_patches_it_is(
    catalogue: Catalogue, name: str, version: str, behind: bool | None, patches: int | None
) -> None:
    found = one(catalogue, {"name": name, "version": version})
    assert found.get("behind") is behind
    if patches is not None:
        assert found["patches_behind"] == patches


def test_an_old_catalogue_does_not_claim_that_there_is_no_newer_patch(
    catalogue: Catalogue,
) -> None:
    newest = catalogue.software("php", "8.4").latest  # type: ignore[union-attr]
    php = {"name": "php", "version": newest}
    assert one(catalogue, php)["behind"] is False
    assert "behind" not in one(catalogue, php, now=NOW.replace(month=12))


@pytest.mark.parametrize(
    ("pin", "told", "explained"),
    [
        ({}, False, False),
        ({"pinned": False}, False, False),
        ({"pinned": True}, True, False),
        ({"pinned": True, "pin_reason": "breaks the shop"}, True, False),
        ({"pinned": True, "pin_reason": "breaks the shop", "pinned_on": "2026-09-01"}, True, True),
    ],
)
def test_a_pin_is_explained_by_a_day_and_a_reason(
    catalogue: Catalogue, pin: dict[str, Any], told: bool, explained: bool
) -> None:
    found = one(catalogue, {"name": "our-shop", "version": "3.1"} | pin)
    assert (found["pin_told"], found["pin_explained"]) == (told, explained)


def test_extended_support_counts_where_the_team_has_it(catalogue: Catalogue) -> None:
    product = next(
        p
        for p in catalogue.products.values()
        if p.group != "os" and any(c.extended and c.end != c.extended for c in p.cycles)
    )
    cycle = next(c for c in product.cycles if c.extended and c.end != c.extended)
    inside = datetime.combine(cycle.extended, datetime.min.time(), UTC)  # type: ignore[arg-type]
    name = next(n for n, p in catalogue._software.items() if p == product.name)
    entry = [{"name": name, "version": cycle.name, "source": "manual"}]
    plain = annotate_software(entry, catalogue, inside)[0]
    paid = annotate_software(entry, catalogue, inside, None, frozenset({product.name}))[0]
    assert (plain["past_eol"], paid["past_eol"]) == (True, False)


@pytest.mark.parametrize(
    ("version", "series"),
    [("9.6.24", "9.6"), ("1:10.11.6-0+deb12u1", "10.11"), ("v18.19.0", "18.19"), ("16", None),
     ("unknown", None), ("", None)],
)  # fmt: skip
def test_the_series_of_a_version(version: str, series: str | None) -> None:
    assert series_of(version) == series


@pytest.mark.parametrize(
    ("required", "running", "newest", "pending"),
    [
        (True, None, None, True),
        (False, None, None, False),
        (None, "6.1.0-13-amd64", "6.1.0-18-amd64", True),
        (None, "6.1.0-18-amd64", "linux-image-6.1.0-18-amd64", False),
        (False, "6.1.0-13-amd64", "6.1.0-18-amd64", True),
        (None, "5.15.0-91-generic", "5.15.0-91.101", False),
        (None, "6.6.47-gentoo-x86_64", "gentoo-sources-6.6.47", False),
        (None, "5.14.0-362.24.1.el9_3.x86_64", "5.14.0-362.24.1.el9_3", False),
        (None, "6.1.0-13-amd64", None, None),
        (None, None, "6.1.0-18-amd64", None),
        (None, "custom", "6.1.0-18-amd64", None),
    ],
)
def test_whether_a_restart_is_pending(
    required: bool | None, running: str | None, newest: str | None, pending: bool | None
) -> None:
    said = {"reboot_required": required, "newest_kernel": newest}
    packages = {name: value for name, value in said.items() if value is not None}
    os = {"kernel": running} if running else None
    assert annotate_packages(packages, os).get("restart_pending") is pending


def test_whether_it_is_known_since_when_security_updates_wait() -> None:
    waiting: dict[str, Any] = {"pending_security": 3}
    assert annotate_packages({}) == {"pending_security_dated": False}
    assert annotate_packages(waiting)["pending_security_dated"] is False
    dated = waiting | {"pending_security_since": "2026-09-01T00:00:00Z"}
    assert annotate_packages(dated)["pending_security_dated"] is True


def test_nothing_that_was_handed_in_is_changed(catalogue: Catalogue) -> None:
    entry = {"name": "django", "version": "4.2.1"}
    document = {"software": [entry], "packages": {"reboot_required": True}, "os": dict(BOOKWORM)}
    annotate(document, catalogue, NOW)
    assert document == {
        "software": [{"name": "django", "version": "4.2.1"}],
        "packages": {"reboot_required": True},
        "os": BOOKWORM,
    }
