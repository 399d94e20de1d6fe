"""The YAML of a pattern: every slip named with its place, and written back the same."""

import pytest

from incidents.patterns.examples import check, check_thresholds, run_example
from incidents.patterns.spec import (
    Example,
    SpecError,
    as_data,
    compile_spec,
    dump_yaml,
    load_data,
    load_yaml,
)

GOOD = """\
pattern: swap-missing
title: No swap
severity: low
applies: "host.kind != 'container'"
match: "storage.swap_mb < min_mb"
thresholds: {min_mb: 1}
raise:
  - {when: "host.important", to: high}
say: {match: "No swap on {host.name; this host}."}
why: |
  First line.

  Second paragraph.
lessons: [leave-room]
cites: [{title: "A story", url: "https://example.net/story"}]
grace: 12h
examples:
  - name: none at all
    facts: {host: {kind: virtual, name: web-01}, storage: {swap_mb: 0}}
    verdict: match
    says: "No swap on web-01."
  - facts: {host: {kind: virtual}, storage: {swap_mb: 512}}
    verdict: clear
"""


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def test_a_good_spec_reads_and_checks():
    spec = load_yaml(GOOD)

    assert check(spec) == []
    assert spec.pattern == "swap-missing"
    assert spec.likelihood == "medium"
    assert spec.grace_period.total_seconds() == 12 * 3600
    assert spec.raises[0].to == "high"


def test_it_comes_back_the_same_from_yaml_and_from_data():
    spec = load_yaml(GOOD)

    assert load_yaml(dump_yaml(spec)) == spec
    assert dump_yaml(load_yaml(dump_yaml(spec))) == dump_yaml(spec)
    assert load_data(as_data(spec)) == spec
    assert as_data(spec)["raise"] == [{"when": "host.important", "to": "high"}]


@pytest.mark.parametrize(
    ("text", "pointer", "line", "words"),
    [
        (changed("severity: low", "severity: sever"), "/severity", 3, "critical, high, medium"),
        (changed("severity: low", "severty: low"), "/severty", 3, "did you mean `severity`?"),
        (changed("title: No swap\n", ""), "/title", 1, "`title` is missing"),
        (changed("swap-missing", "Swap Missing"), "/pattern", 1, "Small letters"),
        (changed("\"host.kind != 'container'\"", "true"), "/applies", 4, '"true"'),
        (changed("{min_mb: 1}", "{min_mb: {}}"), "/thresholds/min_mb", 6, "A number, a text"),
        (changed("{min_mb: 1}", "{min_mb: []}"), "/thresholds/min_mb", 6, "empty list"),
        (changed("{min_mb: 1}", "{os: 1, min_mb: 1}"), "/thresholds/os", 6, "a meaning already"),
        (changed("{min_mb: 1}", "{Min: 1, min_mb: 1}"), "/thresholds/Min", 6, "small letters"),
        (changed("to: high", "to: low"), "/raise/0/to", 8, "not above"),
        (changed("to: high", "two: high"), "/raise/0/two", 8, "There is no key"),
        (changed("{match: ", "{macth: "), "/say/macth", 9, "did you mean `match`?"),
        (changed("grace: 12h", "grace: 12"), "/grace", 16, "12h, 30d or 2w"),
        (changed("grace: 12h", "grace: 9999d"), "/grace", 16, "At most"),
        (changed("https://example.net/story", "javascript:alert(1)"), "/cites/0/url",
         15, "https://"),
        (changed("verdict: clear", "verdict: claer"), "/examples/1/verdict", 23, "mean `clear`?"),
        (changed("lessons: [leave-room]", "lessons: leave-room"), "/lessons", 14, "must be a list"),
    ],
)  # fmt: skip
def test_a_slip_in_the_form_is_named_with_pointer_and_line(text, pointer, line, words):
    with pytest.raises(SpecError) as caught:
        load_yaml(text)

    (problem,) = [p for p in caught.value.errors if p.pointer == pointer]
    assert problem.line == line
    assert words in problem.message


def test_all_slips_are_named_at_once():
    text = changed("severity: low", "severity: bad").replace("grace: 12h", "grace: soon")

    with pytest.raises(SpecError) as caught:
        load_yaml(text)

    assert [p.pointer for p in caught.value.errors] == ["/severity", "/grace"]


@pytest.mark.parametrize(
    ("text", "pointer", "words"),
    [
        (changed("storage.swap_mb <", "storage.swap <"), "/match", "did you mean `swap_mb`?"),
        (changed("host.kind !=", "hots.kind !="), "/applies", "did you mean `host`?"),
        (changed("host.important\"", "host.name\""), "/raise/0/when", "true or false"),
        (changed("{host.name; this", "{host.nam; this"), "/say/match", "did you mean `name`?"),
        (changed("verdict: clear", "verdict: unknown"), "/examples/1/verdict", "comes to clear"),
        (changed('says: "No swap on web-01."', 'says: "Swap!"'), "/examples/0/verdict",
         "It says: No swap"),
        (changed("swap_mb: 512", "swap: 512"), "/examples/1/facts/storage/swap",
         "did you mean `swap_mb`?"),
        (changed("swap_mb: 512", "swap_mb: much"), "/examples/1/facts/storage/swap_mb",
         "a number"),
        (changed("{min_mb: 1}", "{min_mb: 1, unused: 2}"), "/thresholds/unused", "No expression"),
        (changed("verdict: clear", "verdict: clear\n    now: tomorrow"),
         "/examples/1/now", "A moment"),
        (changed("verdict: clear", "verdict: clear\n    stale: [strage]"), "/examples/1/stale/0",
         "did you mean `storage`?"),
        (changed("swap_mb: 0", "swap_mb: 99").replace("verdict: match", "verdict: clear")
         .replace("    says: \"No swap on web-01.\"\n", ""),
         "/examples", "Add an example that matches"),
    ],
)  # fmt: skip
def test_what_it_means_is_checked_before_it_is_saved(text, pointer, words):
    problems = check(load_yaml(text))

    assert [p.pointer for p in problems] == [pointer]
    assert words in problems[0].message


def test_a_spec_needs_an_example_that_does_not_match():
    text = GOOD[: GOOD.index("  - facts:")]

    assert [p.message for p in check(load_yaml(text))] == ["Add an example that does not match."]


def test_every_expression_that_does_not_compile_is_named():
    text = changed("host.kind !=", "hots.kind !=").replace("storage.swap_mb", "storage.swp")

    with pytest.raises(SpecError) as caught:
        compile_spec(load_yaml(text))

    assert [p.pointer for p in caught.value.errors] == ["/applies", "/match"]


@pytest.mark.parametrize(
    ("overrides", "pointers"),
    [
        ({"min_mb": 2}, []),
        ({"min_mb": 2.5}, []),
        ({"min_md": 2}, ["/min_md"]),
        ({"min_mb": "2"}, ["/min_mb"]),
        ({"min_mb": True}, ["/min_mb"]),
        ({"min_mb": float("inf")}, ["/min_mb"]),
    ],
)
def test_overrides_must_fit_the_thresholds(overrides, pointers):
    assert [p.pointer for p in check_thresholds(load_yaml(GOOD), overrides)] == pointers


def test_examples_get_ages_and_ends_of_life_as_hosts_do():
    spec = load_yaml(
        changed(
            "storage.swap_mb < min_mb", "os.past_support && packages.last_upgrade_days > min_mb"
        )
    )
    example = Example(
        facts={
            "host": {"kind": "virtual"},
            "os": {"name": "Debian", "version": "9.13"},
            "packages": {"last_upgrade": "2026-11-01T00:00:00Z"},
        },
        verdict="match",
        now="2026-11-23T00:00:00Z",
        says="No swap on this host.",
    )

    assert run_example(compile_spec(spec), example).problems == ()


@pytest.mark.parametrize("data", [None, [], "x", 3, {"pattern": None}, {1: 2}, {"examples": 3}])
def test_any_data_is_answered_with_problems(data):
    with pytest.raises(SpecError):
        load_data(data)
