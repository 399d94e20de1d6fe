"""Words that blame are pointed at, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.records.wording import hints, hints_in


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("It was human error.", "human-error"),
        ("She should have checked.", "should-have"),
        ("They shouldn’t have rebooted.", "should-have"),
        ("He failed to restart it.", "failed-to"),
        ("Somebody forgot to rotate the log.", "forgot"),
        ("A careless change.", "careless"),
        ("It was Bob's fault.", "fault"),
        ("The root cause was a drive.", "root-cause"),
        ("The alarm was ignored.", "ignored"),
        ("Obviously the wrong drive.", "obvious"),
    ],
)
def test_it_points_at(text: str, code: str) -> None:
    assert [hint.code for hint in hints(text)] == [code]


@pytest.mark.parametrize(
    "text",
    [
        "The controller stopped answering at 13:31.",
        "> You should have seen it\n\nsaid the courier.",
        "`default: ignored`",
        "```\nerror: failed to mount\n```",
        "The default route was unclear.",
        "A fault in the fan.",
    ],
)
def test_it_leaves_alone(text: str) -> None:
    assert hints(text) == []


def test_each_phrase_is_named_once_with_its_place() -> None:
    text = "She should have looked. He Should Have too."
    (hint,) = hints(text)
    assert text[hint.start :].startswith("should have")
    assert hint.words == "should have"


def test_by_field() -> None:
    found = hints_in({"summary": "Fine.", "body": "Their mistake."})
    assert list(found) == ["body"]


@given(st.text())
def test_any_text_is_read_and_every_hint_stands_in_it(text: str) -> None:
    for hint in hints(text):
        assert text[hint.start : hint.start + len(hint.words)] == hint.words
