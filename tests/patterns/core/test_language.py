"""What authors may write, and what they are told when they may not."""

import pytest

from incidents.patterns.language import ExpressionError, compile_expression
from incidents.patterns.language.bounds import MAX_COMPREHENSIONS, MAX_DEPTH

from .facts import pattern


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("os.rolling", {"os.rolling"}),
        ("backups.size() > 0", {"backups"}),
        ("size(backups) > 0", {"backups"}),
        ("!backups.exists(b, b.last_success_days <= 3)",
         {"backups", "backups[].last_success_days"}),
        ("storage.raids.all(r, r.devices.exists(d, d.serial == 'x'))",
         {"storage.raids", "storage.raids[].devices", "storage.raids[].devices[].serial"}),
        ("backups.filter(b, b.offsite).map(c, c.tool).exists(t, t == 'restic')",
         {"backups", "backups[].offsite", "backups[].tool"}),
        ("facts_age.backups > 3 || facts_age['os'] > 3", {"facts_age.backups", "facts_age.os"}),
        ("custom.team.on_call == 'ada'", {"custom.team.on_call"}),
        ("os.rolling ? packages.pending > 1 : packages.pending > 9 // a comment",
         {"os.rolling", "packages.pending"}),
    ],
)  # fmt: skip
def test_it_finds_every_path_an_expression_reads(text, paths):
    assert compile_expression(text).paths == paths


@pytest.mark.parametrize(
    ("text", "words", "position"),
    [
        ("bakups.size() > 0", "did you mean `backups`?", 0),
        ("backups.exists(b, b.last_sucess_days < 3)", "did you mean `last_success_days`?", 20),
        ("os.nmae == 'x'", "did you mean `name`?", 3),
        ("backups.exist(b, true)", "did you mean `exists`?", 8),
        ("has(os.name)", "There is no has()", 0),
        ("os.has(name)", "There is no has()", 3),
        ("os.name == null", "There is no null", 11),
        ("os.name = 'x'", "Compare with ==", 8),
        ("os.rolling & os.rolling", "Write && for and", 11),
        ("os.major == 12", "compares text with a number", 9),
        ("os.major < '12'", "Text has no order", 3),
        ("backups[0].tool == 'x'", "no numbered entries", 8),
        ("backups.tool == 'x'", "`backups` is a list", 8),
        ("backups == 'x'", "size() == 0", 0),
        ("os.name.size() > 3", "can't take text", 3),
        ("os.name", "must come to true or false", 3),
        ("'x' in os.name", "`in` looks into a list", 10),
        ("3 in host.tags", "looks for a number in a list of texts", 2),
        ("os.name.matches('(')", "not a regular expression", 16),
        ("os.name.matches(os.major)", "written out in quotes", 19),
        ("timestamp('2020-01-01') < 3", "There is no function `timestamp`", 0),
        ("min(host.tags) == 1", "There is no function `min`", 0),
        ("{'a': 1}.size() > 0", "Maps in braces", 0),
        ("os.rolling ? 1 : 'x'", "One outcome is a number", 11),
        ("os.rolling && ", "ends too early", 14),
        ("(os.rolling", "Expected )", 11),
        ("os.rolling os.rolling", "should end here", 11),
        ("1 < 2 < 3", "Join comparisons", 6),
        ("'a", "never ends", 0),
        ("'\\q' == 'x'", "not an escape", 1),
        ("99999999999999999999 > 1", "too large", 0),
        ("backups.exists(os, true)", "has a meaning already", 8),
        ("backups.exists(3, true)", "wants a name first", 15),
        ("if == 3", "a word of the language", 0),
        ("3u > 2", "without the u", 1),
        ("b'x' == 'x'", "plain text in quotes", 0),
        ("   ", "Write an expression", 0),
    ],
)  # fmt: skip
def test_it_says_what_is_wrong_and_where(text, words, position):
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)

    assert words in caught.value.message
    assert caught.value.position == position
    assert caught.value.pointed().endswith("^")


def test_the_caret_stands_under_the_spot_on_the_right_line():
    with pytest.raises(ExpressionError) as caught:
        compile_expression("os.rolling\n  && os.nmae == 'x'")

    assert caught.value.line == 2
    assert caught.value.pointed() == "    && os.nmae == 'x'\n          ^"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3_000 + "true" + ")" * 3_000,
        "!" * 3_000 + "true",
        "-" * 3_000 + "1 > 0",
        "[" * 3_000,
        "true ? " * 500 + "true",
        "1" + " + 1" * 900 + " > 0",
        "custom" + ".a" * 1_000 + " == 1",
        "os.name.matches('" + "(a{10}){10}" + "')",
        "os.name.matches('" + "a{1000000000}" + "')",
        "os.name.matches('" + "a" * 200 + "')",
        "os.name.matches('\\\\w+')",
        "os.name.matches('a\\\\\\\\\\\\pL')",
        "'" + "x" * 600 + "' == os.name",
        "true || " * 2_000 + "true",
        "[" + "1," * 300 + "1].size() > 0",
        " && ".join(["backups.exists(b, b.offsite)"] * (MAX_COMPREHENSIONS + 1)),
        "backups.exists(a, backups.exists(b, backups.exists(c, backups.exists(d, true))))",
    ],
)
def test_what_could_grow_without_end_is_refused(text):
    with pytest.raises(ExpressionError):
        compile_expression(text)


def test_long_runs_of_and_are_fine():
    text = " && ".join(["os.rolling"] * 200)

    assert compile_expression(text).bind({}).walk({"os": {"rolling": True}}) is True


def test_nesting_up_to_the_bound_is_fine():
    depth = MAX_DEPTH // 2 - 1
    text = "(" * depth + "true" + ")" * depth

    assert compile_expression(text).bind({}).walk({}) is True


def test_thresholds_of_two_patterns_may_share_a_name():
    low, high = (
        pattern("packages.pending > limit", limit=1),
        pattern("packages.pending > limit", limit=9),
    )
    facts = {"packages": {"pending": 5}}

    assert low.bound().match.program.execute(facts) is True
    assert high.bound().match.program.execute(facts) is False


@pytest.mark.parametrize(
    "value", [-3, 0.5, 'a "quoted" \\ text\n', ["x", "it's"], [1, 2.5], True, 10**15]
)
def test_a_threshold_means_the_same_natively_and_walked(value):
    kind = "list" if isinstance(value, list) else "plain"
    text = "limit.size() > 1" if kind == "list" else "[limit].exists(x, x == limit)"
    bound = compile_expression(text, {"limit": value}).bind({"limit": value})

    assert bound.program.execute({}) is True
    assert bound.walk({}) is True
