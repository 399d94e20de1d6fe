"""YAML from strangers: read plainly, bounded, with a line for every complaint."""

import pytest

from incidents.patterns.yamltext import MAX_BYTES, YamlProblem, read, write


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("no", "no"),
        ("12:30", "12:30"),
        ("2026-11-23", "2026-11-23"),
        ("2026-11-23T02:00:00Z", "2026-11-23T02:00:00Z"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("12", 12),
        ("-3.5", -3.5),
        ("1e3", 1000.0),
        ("'12'", "12"),
        ("true", True),
        ("Null", None),
        (".inf", ".inf"),
        ("9" * 40, "9" * 40),
    ],
)
def test_plain_words_stay_what_the_author_wrote(text, value):
    found, _ = read(f"key: {text}")

    assert found == {"key": value}
    assert type(found["key"]) is type(value)


def test_every_value_has_its_line():
    _, lines = read("a: 1\nb:\n  - x\n  - c/d: 2\n")

    assert lines["/a"] == 1
    assert lines["/b/0"] == 3
    assert lines["/b/1/c~1d"] == 4


BOMB = "a: &a [x]\n" + "".join(f"k{n}: &k{n} [*a, *a]\n" for n in range(9))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (BOMB, 1, "Anchors"),
        ("a: 1\nb: *x", 2, "Anchors"),
        ("a: !!python/object:os.system x", 1, "tag"),
        ("a: 1\na: 2", 2, "twice"),
        ("[a, b]: 1", 1, "plain word"),
        ("a: [1", 1, "not YAML"),
        ("a: 1\n  b: 2", 2, "not YAML"),
        ("x" * (MAX_BYTES + 1), None, "limit"),
        ("[" * 1_000, 1, "Nested deeper"),
        ("{a: " * 40 + "1" + "}" * 40, 1, "Nested deeper"),
        ("[" + "1," * 6_000 + "1]", 1, "More than"),
        ("", None, "nothing here"),
        ("a: \x00", None, "not YAML"),
        ("a: 1\n---\nb: 2", 2, "not YAML"),
    ],
)
def test_what_is_not_plain_is_refused_with_its_line(text, line, words):
    with pytest.raises(YamlProblem) as caught:
        read(text)

    assert words in caught.value.message
    assert caught.value.line == line


@pytest.mark.parametrize(
    "value",
    [
        "yes",
        "12",
        "1.5",
        "null",
        "",
        " x ",
        "a: b",
        "two\nlines\n",
        "trailing \nspace",
        "# no",
        "é…",
    ],
)
def test_what_is_written_reads_back_the_same(value):
    assert read(write({"key": value}))[0] == {"key": value}
