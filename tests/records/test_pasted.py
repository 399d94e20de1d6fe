"""A pasted chat log or shell history becomes lines with times, whatever wrote it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.records.pasted import MOST_LINES, PastedLine, read

DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def lines(text: str, zone: str = "UTC") -> list[PastedLine]:
    return read(text, zone=ZoneInfo(zone), day=DAY, now=NOW)


def at(hour: int, minute: int, second: int = 0, *, day: int = 22) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment", "who", "what"),
    [
        ("[09:05] <ruth> it is down", at(9, 5), "ruth", "it is down"),
        ("09:05:12 <@ruth> it is down", at(9, 5, 12), "ruth", "it is down"),
        ("09:05 * ruth waves", at(9, 5), "", "ruth waves"),
        ("09:05 -!- david has quit [x]", at(9, 5), "", "-!- david has quit [x]"),
        ("2026-11-22 09:05:12\truth\tit is down", at(9, 5, 12), "ruth", "it is down"),
        ("2026-11-22 09:05:12 <ruth> it is down", at(9, 5, 12), "ruth", "it is down"),
        ("ruth\n  9:05 AM\nit is down", at(9, 5), "ruth", "it is down"),
        ("Ruth Roe  9:05 PM\nit is down", at(21, 5), "Ruth Roe", "it is down"),
        ("Ruth Roe [9:05 PM]\nit is down", at(21, 5), "Ruth Roe", "it is down"),
        ("[9:05 PM] Ruth: it is down", at(21, 5), "Ruth", "it is down"),
        ("[12:05 AM] Ruth: it is down", at(0, 5), "Ruth", "it is down"),
        ("22/11/2026, 09:05 - ruth: it is down", at(9, 5), "ruth", "it is down"),
        ("11/22/2026, 9:05:12 AM - ruth: it is down", at(9, 5, 12), "ruth", "it is down"),
        ("[22.11.26, 09:05:12] ruth: it is down", at(9, 5, 12), "ruth", "it is down"),
        ("2026-11-22T09:05:12Z it is down", at(9, 5, 12), "", "it is down"),
        ("[2026-11-22 10:05:12,345 +0100] it is down", at(9, 5, 12), "", "it is down"),
        ("  501  2026-11-22 09:05:12 systemctl stop db", at(9, 5, 12), "", "systemctl stop db"),
        ("#1795338312\nsystemctl stop db", at(9, 5, 12), "", "systemctl stop db"),
        (": 1795338312:0;systemctl stop db", at(9, 5, 12), "", "systemctl stop db"),
        ("Nov 22 09:05:12 robert sshd[12]: closed", at(9, 5, 12), "sshd[12]", "closed"),
        ("<34>Nov 22 09:05:12 robert su: failed", at(9, 5, 12), "su", "failed"),
        ("2026-11-22T10:05:12+0100 robert kernel: sda: bad", at(9, 5, 12), "kernel", "sda: bad"),
        ("<34>1 2026-11-22T09:05:12.003Z robert su - ID47 - failed", at(9, 5, 12), "su", "failed"),
        ("09:05 – the page went out", at(9, 5), "", "the page went out"),
    ],
)  # fmt: skip
def test_forms(text: str, moment: datetime, who: str, what: str) -> None:
    (line,) = lines(text)
    assert (line.at, line.who, line.what) == (moment, who, what)


def test_words_below_a_line_belong_to_it_and_those_before_the_first_stand_alone() -> None:
    found = lines("Notes of the night\n09:05 <ruth> it says:\n  error 7\n09:06 <olga> oh")
    assert [(line.at, line.what) for line in found] == [
        (None, "Notes of the night"),
        (at(9, 5), "it says:\n  error 7"),
        (at(9, 6), "oh"),
    ]


def test_a_night_goes_on_over_midnight() -> None:
    found = lines("23:58 <ruth> going\n00:04 <ruth> there\n00:03 <olga> clocks differ")
    assert [line.at for line in found] == [at(23, 58), at(0, 4, day=23), at(0, 3, day=23)]


def test_times_are_on_the_clock_of_whoever_pastes() -> None:
    (line,) = lines("09:05 <ruth> it is down", "Europe/Berlin")
    assert line.at == at(8, 5)


def test_a_time_without_a_year_lies_in_the_past() -> None:
    (line,) = lines("Dec 24 18:00:00 robert sshd[1]: hello")
    assert line.at == datetime(2025, 12, 24, 18, tzinfo=UTC)
    (leap,) = lines("Feb 29 18:00:00 robert sshd[1]: hello")
    assert leap.at is None  # there was none in 2026 or 2025


@pytest.mark.parametrize("text", ["25:99 <ruth> x", "2026-13-45 09:00 x", "just words", "12:34"])
def test_what_is_no_time_stays_as_words(text: str) -> None:
    (line,) = lines(text)
    assert line.at is None
    assert line.what == text


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_read_and_no_word_of_it_is_lost(text: str) -> None:
    found = lines(text)
    assert all(line.at is None or line.at.tzinfo is not None for line in found)
    if all(line.form == "text" for line in found):
        kept = "\n".join(line.what for line in found)
        assert "".join(kept.split()) == "".join(text.replace("\r\n", "\n").split())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 300), st.from_regex(r"[a-z]{1,8}", fullmatch=True),
            st.from_regex(r"[a-z][a-z ,.!?]{0,30}[a-z]", fullmatch=True),
        ),
        max_size=20,
    )
)  # fmt: skip
def test_what_was_said_comes_back_in_order(said: list[tuple[int, str, str]]) -> None:
    moment, wanted = datetime(2026, 11, 22, 20, tzinfo=UTC), []
    for minutes, who, what in said:
        moment += timedelta(minutes=minutes)
        wanted.append((moment, who, what))
    text = "\n".join(f"{m:%Y-%m-%d %H:%M:%S} <{who}> {what}" for m, who, what in wanted)
    assert [(line.at, line.who, line.what) for line in lines(text)] == wanted


def test_a_very_long_log_is_cut_and_stays_quick() -> None:
    assert len(lines("09:05 <r> x\n" * 5000)) == MOST_LINES
    assert len(lines("a " * 90_000)) == 1
    assert len(lines(("A" * 40 + " ") * 4000 + "  9:0")) == 1
