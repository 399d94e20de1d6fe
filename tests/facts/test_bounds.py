"""Reports that are too large, too deep or hostile are refused before anybody reads them."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from incidents.facts import bounds
from incidents.facts.bounds import MAX_BYTES, check_shape, parse_json
from incidents.facts.errors import FactsError, TooLarge


def refusal(body):
    with pytest.raises(FactsError) as caught:
        parse_json(body)
    return caught.value


def test_a_good_document_comes_through():
    assert parse_json('\ufeff{"a": [1, 2.5, "ü", null, true]}'.encode()) == {
        "a": [1, 2.5, "ü", None, True]
    }


def test_two_mebibytes_are_too_large():
    error = refusal(json.dumps({"a": "x" * 2 * MAX_BYTES}))
    assert isinstance(error, TooLarge)
    assert error.status == 413
    assert "limit is 1,048,576" in str(error)


@pytest.mark.parametrize("levels", [200, 400_000])
def test_deep_nesting_is_refused_with_the_depth(levels):
    error = refusal("[" * levels + "]" * levels)
    assert error.status == 422
    assert str(error) == f"The report is nested {levels:,} levels deep; the limit is 12."


def test_unclosed_depth_is_refused_too():
    assert "nested" in str(refusal("[" * 500_000))


def test_brackets_inside_text_are_not_depth():
    text = "[" * 50 + '\\"' + "{" * 50
    assert parse_json(json.dumps({"a": text})) == {"a": text}


def test_twelve_levels_are_fine_and_thirteen_are_not():
    assert parse_json("[" * 12 + "]" * 12)
    assert "13 levels" in str(refusal("[" * 13 + "]" * 13))


def test_a_long_list_is_named():
    error = refusal(json.dumps({"software": [1] * 5001}))
    assert error.errors == [("/software", "The list has 5,001 entries; the limit is 5,000.")]
    assert parse_json(json.dumps([1] * 5000))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"a": NaN}', "NaN is not a JSON number"),
        ('{"a": -Infinity}', "-Infinity is not a JSON number"),
        ('{"a": 1e999}', "/a: This number is not finite."),
        ('{"a": 99999999999999999999999}', "/a: This number is too large."),
        ('{"a": ' + "9" * 5000 + "}", "too many digits"),
        ('{"a": 1, "a": 2}', "The key 'a' appears twice"),
        (b'{"a": "\xff"}', "not UTF-8 text"),
        ('{"a": "\\ud800"}', "can't be stored"),
        ('{"a": "nul \\u0000"}', "can't be stored"),
        ('{"nul \\u0000": 1}', "can't be stored"),
        ('{"a": ', "not valid JSON"),
        ("", "not valid JSON"),
    ],
)
def test_what_is_not_plain_json_is_refused(body, words):
    assert words in str(refusal(body))


def test_values_that_were_parsed_elsewhere_are_checked_as_well():
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(FactsError, match="Nested deeper than 12"):
        check_shape(deep)


def nested(levels):
    value = "leaf"
    for _ in range(levels):
        value = {"a": value}
    return value


def test_the_limit_is_the_same_for_values_as_for_text():
    check_shape(nested(12))
    with pytest.raises(FactsError, match="Nested deeper than 12"):
        check_shape(nested(13))


@pytest.mark.parametrize("value", [{"a": {1, 2}}, {"a": b"x"}, [object()]])
def test_values_that_json_does_not_know_are_refused(value):
    with pytest.raises(FactsError, match="JSON doesn't know"):
        check_shape(value)


WORDS = st.text(st.sampled_from('":\\ ,{}[]aé\n\t'), max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inside: st.lists(inside, max_size=4) | st.lists(st.tuples(WORDS, inside), max_size=4),
    max_leaves=12,
)


def written(value, colon):
    """As JSON, with keys that may repeat and this between a key and its value."""
    if isinstance(value, list) and any(isinstance(one, tuple) for one in value):
        inside = (f"{json.dumps(name)}{colon}{written(item, colon)}" for name, item in value)
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(item, colon) for item in value) + "]"
    return json.dumps(value)


def outcome(parse, text):
    try:
        return repr(parse(text))
    except FactsError as error:
        return error.errors


@given(VALUES, st.sampled_from([":", ": ", " :", "\n:\t", "\t: "]))
@example([("a", 1), (":", 2), ("::1", "\\"), ("a", 3)], ":")
@example([("a", "::"), ("a", '":')], ":")
@example([("::", ":"), ("::", ":")], ": ")
def test_the_short_way_through_a_body_says_what_the_long_one_says(value, colon):
    text = written(value, colon)
    assert outcome(parse_json, text) == outcome(bounds._carefully, text)
    assert outcome(parse_json, text.encode()) == outcome(bounds._carefully, text)


def test_most_bodies_take_the_short_way():
    body = json.dumps({"ansible_all_ipv6_addresses": ["::1", "fe80::1"], "a": {"b": 'c "d": e'}})
    assert bounds._plainly(body) is bounds._DOUBT  # a quote and a colon stand together in there
    assert bounds._plainly(body.replace('\\"', "")) == parse_json(body.replace('\\"', ""))
    assert bounds._plainly('{"a" : 1}') is bounds._DOUBT
