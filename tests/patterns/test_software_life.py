"""What is looked up for software on a host: with its system, and as long as that is fresh."""

from datetime import timedelta
from typing import Any

import pytest

from incidents.patterns.fleet import Fleet
from tests.support.factories import NOW, make_host

pytestmark = pytest.mark.django_db

OS = {"name": "Debian", "version": "12.11", "kernel": "6.1.0-18-amd64"}
SOFTWARE = [
    {"name": "php8.2", "version": "8.2.7-1~deb12u1", "source": "apt"},
    {"name": "django", "version": "1.4.22", "source": "pip"},
    {"name": "our-shop", "version": "3.1", "eol_on": "2026-01-01"},
]
PACKAGES = {"manager": "apt", "newest_kernel": "6.1.0-20-amd64"}


def view_of(facts: dict[str, Any], **options: Any) -> Any:
    make_host("db-01", facts=facts)
    (view,) = Fleet.at(NOW, **options)
    return view


def test_packages_of_the_distribution_lean_on_the_system_even_where_nobody_asks_for_it() -> None:
    view = view_of({"os": OS, "software": SOFTWARE}, wanted=["software"])
    php, django, _ = view.sections["software"]
    assert "os" not in view.sections
    assert (php["cared_for_by"], php["past_eol"]) == ("distribution", False)
    assert (django["cared_for_by"], django["past_eol"]) == ("maker", True)


def test_what_follows_from_a_stale_system_is_not_fresh() -> None:
    host = make_host("db-01", facts={"os": OS, "software": SOFTWARE, "packages": PACKAGES})
    seen = NOW - timedelta(days=40)
    host.observed["os"]["sources"] = {"test": seen.isoformat()}
    host.save()
    (view,) = Fleet.at(NOW)
    fresh, full = view.fresh["software"], view.sections["software"]
    assert (full[0]["past_eol"], "past_eol" in fresh[0]) == (False, False)
    assert fresh[1] == full[1]
    assert view.sections["packages"]["restart_pending"] is True
    assert "restart_pending" not in view.fresh["packages"]
    assert {"os", "software", "packages"} <= view.stale.keys()


def test_a_stale_system_makes_nothing_else_stale_where_nothing_hangs_on_it() -> None:
    host = make_host("db-01", facts={"os": OS, "software": SOFTWARE[1:]})
    host.observed["os"]["sources"] = {"test": (NOW - timedelta(days=40)).isoformat()}
    host.save()
    (view,) = Fleet.at(NOW)
    assert view.fresh["software"] is view.sections["software"]
    assert "software" not in view.stale


def test_the_catalogue_is_named_for_what_came_from_it() -> None:
    said_by = view_of({"os": OS, "software": SOFTWARE}).source_of
    for path in ("software[1].past_eol", "software[1].eol_on_in_days", "software[1].product"):
        assert said_by(path)[0] == "end-of-life catalogue"
    for path in ("software[1].version", "software[1].series", "software[2].eol_on",
                 "software[2].past_eol", "software[0].cared_for_by", "software"):  # fmt: skip
        assert said_by(path) == ("test", 0)
