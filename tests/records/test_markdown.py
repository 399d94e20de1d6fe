"""A write-up goes into a file and comes back as it was."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.records.markdown import NotReadable, ToldLine, WriteUp, moment, read, write
from incidents.records.parts import HEADINGS

# What a database row can hold: no surrogates, no NUL; ends of lines are one character.
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), min_size=1)
heads = st.sampled_from([f"## {heading}" for heading in (*HEADINGS.values(), "Timeline")])
tricky = st.sampled_from(
    [
        "", " ", "  ", "> x", "\\> x", ">", "- 2026-11-23T09:00:00Z, fact", "---", "# One",
        "\\## Impact", "\\\\## timeline", "## impact  ", "```",
    ]
)  # fmt: skip
texts = st.lists(st.one_of(words, heads, tricky), min_size=1, max_size=8).map("\n".join)
moments = st.datetimes(
    min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC)
).map(lambda at: at.replace(microsecond=0))
names = st.from_regex(r"[\w.@+-]{1,20}", fullmatch=True)
lines = st.builds(
    ToldLine,
    at=moments,
    what=texts,
    evidence=st.one_of(st.just(""), texts),
    kind=st.sampled_from(["fact", "interpretation"]),
    by=st.one_of(st.just(""), names),
)
write_ups = st.builds(
    WriteUp,
    head=st.fixed_dictionaries(
        {"title": words},
        optional={
            "id": st.integers(1, 10**9),
            "tags": st.lists(words),
            "created_at": moments,
            "times": st.dictionaries(names, st.fixed_dictionaries({"at": moments})),
        },
    ),
    texts=st.dictionaries(st.sampled_from(sorted(HEADINGS)), texts.filter(bool)),
    timeline=st.lists(lines, max_size=4),
)


@settings(max_examples=60, deadline=None)
@given(write_ups)
def test_what_is_written_is_read_back_whole(told: WriteUp) -> None:
    back = read(write(told))
    assert back.head == told.head
    assert back.texts == told.texts
    assert back.timeline == told.timeline


@given(st.text())
def test_any_file_is_read_or_refused_with_a_reason(text: str) -> None:
    with suppress(NotReadable):
        read(text)


def test_a_foreign_file_keeps_its_words_and_its_keys() -> None:
    told = read(
        "---\ntitle: The disk\nteam: storage\nseverity: SEV1\n---\n# The disk\n\nIt was full.\n\n"
        "## Root cause\n\nLogs.\n\n## Impact\n\nNo mail.\n\n## Timeline\n\n| when | what |\n"
    )
    assert told.head == {"title": "The disk", "team": "storage", "severity": "SEV1"}
    assert told.texts["impact"] == "No mail."
    assert told.texts["body"].startswith("It was full.\n\n## Root cause\n\nLogs.")
    assert "| when | what |" in told.texts["body"]
    assert told.timeline == []


def test_a_file_of_windows_and_one_without_front_matter_are_read() -> None:
    assert read("\ufeff---\r\ntitle: A\r\n---\r\n\r\n## Impact\r\n\r\nNone.\r\n").texts == {
        "impact": "None."
    }
    assert read("Just words.").texts == {"body": "Just words."}


@pytest.mark.parametrize(
    "text", ["---\na: [\n---\n", "---\n- a\n---\n", "---\na: 2026-13-01\n---\n"]
)
def test_a_broken_front_matter_says_so(text: str) -> None:
    with pytest.raises(NotReadable, match="front matter"):
        read(text)


def test_moments_of_the_front_matter() -> None:
    nine = datetime(2026, 11, 23, 9, tzinfo=UTC)
    for value in ("2026-11-23T09:00Z", "2026-11-23 09:00", nine, datetime(2026, 11, 23, 9)):
        assert moment(value) == nine
    assert moment("2026-11-23T10:00+01:00") == nine
    assert moment(nine.date()) == nine.replace(hour=0)
    assert moment("soon") is None
    assert moment(12) is None
