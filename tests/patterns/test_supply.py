"""Of everything a pattern can miss, the table says how to supply it."""

import json
import shlex

import pytest

from incidents.facts.document.nodes import tree
from incidents.facts.readers import FORMATS
from incidents.hosts.models import UpkeepKind
from incidents.patterns.derived_schema import DERIVED_SECTIONS
from incidents.patterns.library import shipped
from incidents.patterns.spec import compile_spec
from incidents.patterns.supply import is_fleet_wide, key_of, supply
from incidents.patterns.supply_ways import WAYS

SECTIONS = [*tree(), *DERIVED_SECTIONS]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_has_an_entry(section: str) -> None:
    assert section in WAYS
    assert WAYS[section].text


def test_everything_a_shipped_pattern_can_miss_has_an_entry_of_its_section() -> None:
    for spec in shipped():
        for path in compile_spec(spec).paths:
            section = path.split(".")[0].removesuffix("[]")
            assert key_of(path).split(".")[0] == section, path


def test_no_entry_is_for_a_section_that_is_not_there() -> None:
    assert {key.split(".")[0] for key in WAYS} == set(SECTIONS)


def test_every_kind_of_upkeep_that_nobody_records_is_told_once_for_the_fleet() -> None:
    assert all(is_fleet_wide(f"upkeep.{kind}.ever") for kind in UpkeepKind.values)
    assert not is_fleet_wide("backups[].last_success")


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("backups", "backups"),
        ("backups[].last_success_days", "backups"),
        ("backups[].last_restore_test_days", "backups.last_restore_test"),
        ("hardware.warranty_until_in_days", "hardware.warranty_until"),
        ("host.important", "host.important"),
        ("upkeep.restore_test.ever_ok", "upkeep.restore_test"),
        ("custom.anything.at.all", "custom"),
        ("nothing.we.know", "custom"),
    ],
)
def test_the_longest_key_counts(path: str, key: str) -> None:
    assert key_of(path) == key


def test_paths_of_one_way_stand_together() -> None:
    found = supply(["storage.raids", "storage.raids[].level", "host.important"], "db-01")
    assert [one.paths for one in found] == [
        ("storage.raids", "storage.raids[].level"),
        ("host.important",),
    ]
    assert found[0].curl == (
        'cat /proc/mdstat | curl -X PUT "$URL/api/v1/hosts/db-01/facts/" '
        '-H "Authorization: Bearer $TOKEN" --data-binary @-'
    )
    assert (found[1].curl, found[1].link) == ("", "/hosts/db-01/edit/")


@pytest.mark.parametrize("key", WAYS)
def test_every_line_can_be_pasted_and_every_place_exists(key: str) -> None:
    (way,) = supply([key], "o'hara & söns")
    if WAYS[key].sections is not None or WAYS[key].record:
        words = shlex.split(way.curl)
        json.loads(words[words.index("-d") + 1])
    if WAYS[key].place:
        assert way.link.startswith("/")
        assert way.where
    if WAYS[key].sections is not None:
        assert set(WAYS[key].sections or {}) <= set(tree())
        FORMATS["native"].read({"sections": dict(WAYS[key].sections or {})})
