"""Where two members of a group run different versions."""

from typing import Any

import pytest

from incidents.facts.eol import Catalogue
from incidents.facts.skew import version_skews

CATALOGUE = Catalogue.load()


def entry(name: str, version: str, source: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name, "version": version, "source": source, **more}


@pytest.mark.parametrize(
    ("here", "there", "compared", "skews"),
    [
        (entry("postgresql", "16.4"), entry("postgresql", "16.4"), ["postgresql"], []),
        (entry("postgresql", "16.4"), entry("postgresql", "16.5"), ["postgresql"],
         [("postgresql", "16.4", "16.5")]),
        (entry("kubelet", "1.28.3"), entry("kubelet", "1.29.1"), ["kubernetes"],
         [("kubernetes", "1.28.3", "1.29.1")]),
        # a rebuild by the distribution is the same version
        (entry("nginx", "1.22.1-9", "apt"), entry("nginx", "1.22.1-9+deb12u2", "apt"), ["nginx"],
         []),
        # a patch of a framework may differ, its series may not
        (entry("django", "4.2.7", "pip"), entry("django", "4.2.9", "pip"), ["django"], []),
        (entry("django", "4.2.7", "pip"), entry("django", "5.0.1", "pip"), ["django"],
         [("django", "4.2", "5.0")]),
        (entry("php8.2", "8.2.7", "manual"), entry("php8.3", "8.3.1", "manual"), ["php"],
         [("php", "8.2", "8.3")]),
        # languages of the distribution follow the system, which has a pattern of its own
        (entry("python3", "3.11.2-1", "apt"), entry("python3", "3.9.2-3", "apt"), [], []),
        (entry("zlib1g", "1:1.2.13", "apt"), entry("zlib1g", "1:1.3.0", "apt"), [], []),
        (entry("postgresql-client", "15.1"), entry("postgresql-client", "16.1"), [], []),
        (entry("mysql", "8.0.35", role="client"), entry("mysql", "8.4.0"), [], []),
        (entry("our-proxy", "3.1.4", role="server"), entry("our-proxy", "3.1.9", role="server"),
         ["our-proxy"], []),
        (entry("our-proxy", "3.1.4", role="server"), entry("our-proxy", "3.2.0", role="server"),
         ["our-proxy"], [("our-proxy", "3.1", "3.2")]),
        (entry("ansible", "8.1"), entry("ansible", "9.1"), [], []),
        (entry("nginx", "1.22.1"), entry("haproxy", "2.8.1"), [], []),
        (entry("nginx", "unknown"), entry("nginx", "1.22.1"), [], []),
        (entry("php-common", "2:93", "apt"), entry("php-common", "2:94", "apt"), [], []),
    ],
)  # fmt: skip
def test_what_is_compared_and_what_differs(
    here: dict[str, Any],
    there: dict[str, Any],
    compared: list[str],
    skews: list[tuple[str, str, str]],
) -> None:
    expected = [{"name": n, "here": h, "there": t} for n, h, t in skews]
    assert version_skews([here], [there], CATALOGUE) == (compared, expected)
    other_way = [{"name": n, "here": t, "there": h} for n, h, t in skews]
    assert version_skews([there], [here], CATALOGUE) == (compared, other_way)


def test_two_versions_side_by_side_are_fine_while_one_is_shared() -> None:
    both = [entry("php8.2", "8.2.7", "manual"), entry("php8.3", "8.3.1", "manual")]
    assert version_skews(both, both[1:], CATALOGUE) == (["php"], [])
    assert version_skews(both, [entry("php8.4", "8.4.1", "manual")], CATALOGUE) == (
        ["php"],
        [{"name": "php", "here": "8.2 and 8.3", "there": "8.4"}],
    )


def test_the_order_of_the_lists_does_not_matter() -> None:
    here = [entry("nginx", "1.22.1"), entry("postgresql", "16.4"), entry("redis", "7.0.1")]
    there = [entry("nginx", "1.24.0"), entry("postgresql", "16.5"), entry("redis", "7.0.1")]
    forwards = version_skews(here, there, CATALOGUE)
    assert version_skews(here[::-1], there[::-1], CATALOGUE) == forwards
    assert forwards[0] == ["nginx", "postgresql", "redis"]
