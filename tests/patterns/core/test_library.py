"""The shipped patterns: their own examples, and that silence is never taken for good news."""

from pathlib import Path

import pytest

from incidents.patterns.evaluate import ask
from incidents.patterns.examples import check, run_example
from incidents.patterns.library import paths, shipped
from incidents.patterns.spec import compile_spec, dump_yaml, load_yaml
from incidents.patterns.verdict import State

from .facts import view

LESSONS = Path(__file__).parents[3] / "incidents" / "records" / "library"

TWELVE = {
    "raid-only-no-backup",
    "backup-never-restored",
    "backup-same-host",
    "os-eol",
    "os-eol-soon",
    "no-upgrade-path",
    "long-since-upgrade",
    "fleet-os-exception",
    "pair-os-mismatch",
    "service-on-one-member",
    "nested-os-drift",
    "too-important-to-touch",
}

EXAMPLES = [
    pytest.param(spec, example, id=f"{spec.pattern}: {example.name}")
    for spec in shipped()
    for example in spec.examples
]
SPECS = [pytest.param(spec, id=spec.pattern) for spec in shipped()]


def test_the_first_twelve_are_shipped_each_in_a_file_of_its_name():
    assert {spec.pattern for spec in shipped()} >= TWELVE
    assert [path.stem for path in paths()] == [spec.pattern for spec in shipped()]


@pytest.mark.parametrize(("spec", "example"), EXAMPLES)
def test_every_example_holds(spec, example):
    assert run_example(compile_spec(spec), example).problems == ()


@pytest.mark.parametrize("spec", SPECS)
def test_each_could_be_saved_as_it_is(spec):
    assert check(spec) == []


@pytest.mark.parametrize("spec", SPECS)
def test_each_shows_every_verdict_by_example(spec):
    assert {example.verdict for example in spec.examples} == {
        State.MATCH,
        State.CLEAR,
        State.UNKNOWN,
        State.NOT_APPLICABLE,
    }
    assert any("false alarm avoided" in example.name for example in spec.examples)


#: What the register itself knows of a host of which no tool ever reported anything.
REGISTERED = {
    "host": {"name": "db-01", "kind": "physical", "tags": [], "status": "active", "age_days": 3},
    "lineage": {"depth": 0, "names": ["db-01"]},
}
INSIDE = {
    "host": {"name": "db-01.old", "kind": "chroot", "upgrade_blocked": False},
    "lineage": {"depth": 1, "parent": {"name": "db-01"}, "names": ["db-01.old", "db-01"]},
}
PAIRED = REGISTERED | {"groups": [{"name": "db", "peers": [{"name": "db-02"}]}]}
IMPORTANT = REGISTERED | {"host": {"name": "db-01", "kind": "physical", "important": True}}


@pytest.mark.parametrize(
    ("slug", "facts", "missing"),
    [
        ("raid-only-no-backup", {"storage": {"raids": [{"name": "md0"}]}}, "backups"),
        ("raid-only-no-backup", REGISTERED, "storage"),
        ("backup-never-restored", REGISTERED, "backups"),
        ("backup-same-host", REGISTERED, "backups"),
        ("os-eol", REGISTERED, "os"),
        ("os-eol-soon", REGISTERED, "os"),
        ("no-upgrade-path", REGISTERED, "os"),
        ("long-since-upgrade", REGISTERED, "packages"),
        ("fleet-os-exception", REGISTERED | {"fleet": {"environment": {"hosts": 9}}},
         "fleet.environment.os_hosts"),
        ("pair-os-mismatch", PAIRED, "os"),
        ("service-on-one-member", PAIRED, "services"),
        ("nested-os-drift", INSIDE, "os"),
        ("too-important-to-touch", IMPORTANT, "upkeep"),
    ],
)  # fmt: skip
def test_a_host_that_never_reported_is_unknown_and_says_what_is_missing(slug, facts, missing):
    (spec,) = [spec for spec in shipped() if spec.pattern == slug]

    verdict = ask(compile_spec(spec), view(facts))

    assert verdict.state is State.UNKNOWN
    assert missing in verdict.missing


@pytest.mark.parametrize("spec", SPECS)
def test_of_an_empty_document_nothing_is_claimed(spec):
    assert ask(compile_spec(spec), view({})).state is State.UNKNOWN


@pytest.mark.parametrize("spec", SPECS)
def test_each_survives_being_written_and_read_again(spec):
    text = dump_yaml(spec)

    assert load_yaml(text) == spec
    assert dump_yaml(load_yaml(text)) == text


@pytest.mark.parametrize("spec", SPECS)
def test_each_cites_lessons_that_ship_with_it(spec):
    assert spec.lessons
    for slug in spec.lessons:
        text = (LESSONS / f"{slug}.md").read_text(encoding="utf-8")
        assert text.startswith("---\ntitle: ")
        assert "\nstatement: " in text


def test_raid_without_backup_names_the_array_and_the_empty_list():
    (spec,) = [spec for spec in shipped() if spec.pattern == "raid-only-no-backup"]
    facts = {"storage": {"raids": [{"name": "md0", "level": "raid5"}]}, "backups": []}

    verdict = ask(compile_spec(spec), view(facts))

    assert [(e.path, e.value) for e in verdict.evidence] == [
        ("storage.raids", [{"name": "md0", "level": "raid5"}]),
        ("backups", []),
    ]


def test_the_worked_example_of_the_guide_holds():
    guide = (Path(__file__).parents[3] / "docs" / "patterns.md").read_text(encoding="utf-8")
    text = guide.split("```yaml\n")[1].split("```")[0]

    assert check(load_yaml(text)) == []
