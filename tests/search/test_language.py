"""What is typed is understood as far as it goes, and never an error."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.search.language import (
    LONGEST_QUERY,
    MOST_CLAUSES,
    Clause,
    Filter,
    Phrase,
    Prefix,
    Word,
    parse,
)


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("RAID backup", [Word("raid"), Word("backup")], []),
        ('"No space left" disk', [Phrase("no space left"), Word("disk")], []),
        ("“curly quotes”", [Phrase("curly quotes")], []),
        ('"never closed', [Phrase("never closed")], []),
        ("raid -controller", [Word("raid")], [Word("controller")]),
        ('-"hot spare" raid', [Word("raid")], [Phrase("hot spare")]),
        ("web* 10.0.*", [Prefix("web"), Prefix("10.0.")], []),
        ("kind:host Host:DB-01", [Filter("kind", "host"), Filter("host", "db-01")], []),
        ('service:"the shop"', [Filter("service", "the shop")], []),
        ("-kind:page", [], [Filter("kind", "page")]),
        ("#12", [Word("12")], []),
        ("@robert", [Word("robert")], []),
        ("/dev/sda1", [Word("dev/sda1")], []),
        ("error:42", [Word("error:42")], []),
        ("what failed?", [Word("failed")], []),
        ("rsync(1)!", [Word("rsync"), Word("1")], []),
        (
            "why don't backups restore",
            [Word("don"), Word("t"), Word("backups"), Word("restore")],
            [],
        ),
        ("[Errno 28] errno=28", [Word("errno"), Word("28"), Word("errno"), Word("28")], []),
        ("raid -rsync(1)", [Word("raid")], [Phrase("rsync 1")]),
        ("mdadm --assemble", [Word("mdadm"), Word("assemble")], []),
        ("is robert down - or off?", [Word("robert"), Word("down"), Word("off")], []),
        ("who", [Word("who")], []),
    ],
)
def test_it_understands(text: str, wanted: list[Clause], unwanted: list[Clause]) -> None:
    query = parse(text)
    assert (list(query.wanted), list(query.unwanted)) == (wanted, unwanted)
    assert query.ignored == ()


@pytest.mark.parametrize(
    ("text", "ignored"),
    [
        ("raid *", "*: give at least two letters, and the * at the end"),
        ("raid w*", "w*: give at least two letters, and the * at the end"),
        ("raid we*b*", "we*b*: give at least two letters, and the * at the end"),
        ("raid kind:", "kind: without a value"),
        ('raid "to be or not"', '"to be or not": nothing in it to look for'),
        ("raid -the", "-the: a word that is in everything"),
        ("raid !!!", "!!!: nothing in it to look for"),
        ("raid " + "x" * 1000, f"everything after {LONGEST_QUERY} characters"),
        (" ".join(f"w{n}" for n in range(60)), f"everything after {MOST_CLAUSES} words"),
    ],
)
def test_it_says_what_it_left_out(text: str, ignored: str) -> None:
    query = parse(text)
    assert query.ignored == (ignored,)
    assert query.wanted


@pytest.mark.parametrize("text", ["", "   ", '"', '""', "-", "--", "*", "\x00", ":"])
def test_nothing_to_look_for_is_no_error(text: str) -> None:
    assert parse(text).is_empty


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet=st.sampled_from('ab -"*:#.()\\/kindhost\x00\x1f é漢'), max_size=60))
def test_whatever_is_typed_it_answers(text: str) -> None:
    parse(text)
