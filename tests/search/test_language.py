"""What is typed is understood as far as it goes, and never an error."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.search.fields import help_lines
from kb.search.language import DEEPEST, LONGEST_QUERY, MOST_CLAUSES, parse
from kb.search.moments import HOW
from kb.search.tree import (
    Any,
    Due,
    Either,
    Every,
    Filter,
    Node,
    Not,
    Period,
    Phrase,
    Prefix,
    Word,
)

NOW = datetime(2026, 11, 26, 15, 30, tzinfo=ZoneInfo("Europe/Berlin"))
RAID, BACKUP, SPARE = Word("raid"), Word("backup"), Phrase("hot spare")
A, B, X = Filter("host", "a"), Filter("host", "b"), Filter("tag", "x")


def any_of(*words: str) -> Any:
    return Any(tuple(Word(word) for word in words))


def day(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("RAID backup", any_of("raid", "backup")),
        ('"No space left" disk', Every((any_of("disk"), Phrase("no space left")))),
        ("“curly quotes”", Phrase("curly quotes")),
        ('"never closed', Phrase("never closed")),
        ("raid -controller", Every((any_of("raid"), Not(Word("controller"))))),
        ('-"hot spare" raid', Every((any_of("raid"), Not(SPARE)))),
        ("web* 10.0.*", Any((Prefix("web"), Prefix("10.0.")))),
        ("Host:DB-01", Filter("host", "db-01")),
        ("host:web*", Filter("host", "web", begins=True)),
        ('service:"the shop"', Filter("service", "the shop")),
        ("host:a host:b tag:x", Every((Either((A, B)), Filter("tag", "x")))),
        ("-kind:page", Not(Filter("kind", "page"))),
        ("raid OR backup", Either((RAID, BACKUP))),
        ("raid OR backup controller", Every((any_of("controller"), Either((RAID, BACKUP))))),
        ("(raid backup) controller", Every((any_of("controller"), any_of("raid", "backup")))),
        ("(raid OR tag:x) -(hot spare)", Every((Either((RAID, X)), Not(any_of("hot", "spare"))))),
        ("raid AND backup", Every((RAID, BACKUP))),
        ("raid OR backup AND \"hot spare\"", Either((RAID, Every((BACKUP, SPARE))))),
        ("NOT raid backup", Every((any_of("backup"), Not(RAID)))),
        ("((raid))", any_of("raid")),
        ("kind:host OR tag:x", Either((Filter("kind", "host"), Filter("tag", "x")))),
        ("before:2025", Period(None, day(2025))),
        ("after:2026-03", Period(day(2026, 3))),
        ("on:2026-12", Period(day(2026, 12), day(2027))),
        ("on:yesterday", Period(day(2026, 11, 25), day(2026, 11, 26))),
        ("after:30d", Period(day(2026, 10, 27))),
        ("is:overdue", Due(NOW)),
        ("is:open has:pattern", Every((Filter("is", "open"), Filter("has", "pattern")))),
        ("#12", any_of("12")),
        ("@robert", any_of("robert")),
        ("/dev/sda1", any_of("dev/sda1")),
        ("error:42", any_of("error:42")),
        ("what failed?", any_of("failed")),
        ("rsync(1)!", any_of("rsync", "1")),
        ("foo(bar baz)", any_of("foo", "bar", "baz")),
        ("why don't backups restore", any_of("don", "t", "backups", "restore")),
        ("[Errno 28] errno=28", any_of("errno", "28", "errno", "28")),
        ("raid -rsync(1)", Every((any_of("raid"), Not(Phrase("rsync 1"))))),
        ("mdadm --assemble", any_of("mdadm", "assemble")),
        ("rm -rf /srv", any_of("rm", "rf", "srv")),
        ("is robert down - or off?", any_of("robert", "down", "off")),
        ("Größe Café", any_of("grosse", "cafe")),
        ("who", any_of("who")),
        ("10.0.3.0/24", Either((Word("10.0.3.0/24"), Prefix("10.0.3.")))),
        ("kind:host", None),
    ],
)  # fmt: skip
def test_it_understands(text: str, tree: Node | None) -> None:
    query = parse(text, NOW)
    assert query.tree == tree
    assert query.ignored == ()


def test_kinds_for_the_whole_question_stand_apart() -> None:
    assert parse("kind:host kind:page raid").kinds == {"host", "page"}
    assert parse("kind:host OR tag:x").kinds == set()
    assert parse("raid -kind:host").kinds == set()


def test_every_field_of_the_help_is_understood_as_it_stands_there() -> None:
    for line in help_lines():
        for typed in line.typed:
            query = parse(typed, NOW)
            assert query.ignored == (), typed
            assert not query.is_empty, typed


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
        ("raid OR", "OR: it joins nothing"),
        ("OR raid", "OR: it joins nothing"),
        ("raid OR OR backup", "OR: it joins nothing"),
        ("(raid", "(: it is never closed"),
        ("raid )", "): it closes nothing"),
        ("raid before:soon", f"before:soon: {HOW}"),
        ("raid on:2026-02-31", f"on:2026-02-31: {HOW}"),
        ("raid is:nice", "is:nice: there is open, overdue, restricted"),
        ("raid has:", "has: without a value"),
        ("raid " + "x" * 1000, f"everything after {LONGEST_QUERY} characters"),
        (" ".join(f"w{n}" for n in range(60)), f"everything after {MOST_CLAUSES} words"),
        ("(" * 12 + "raid" + ")" * 12, f"brackets deeper than {DEEPEST}"),
    ],
)
def test_it_says_what_it_left_out(text: str, ignored: str) -> None:
    query = parse(text, NOW)
    assert ignored in query.ignored
    assert query.tree


@pytest.mark.parametrize("text", ["", "   ", '"', '""', "-", "--", "*", "\x00", ":", "()", "OR"])
def test_nothing_to_look_for_is_no_error(text: str) -> None:
    assert parse(text).is_empty


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet=st.sampled_from('abOR -"*:#.()\\/kindhost\x00\x1f é漢'), max_size=60))
def test_whatever_is_typed_it_answers(text: str) -> None:
    parse(text)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "raid",
                "(",
                ")",
                "OR",
                "AND",
                "NOT",
                "-",
                '"',
                "is:",
                "on:1d",
                "web*",
                "|",
                "-(",
                "tag:x",
            ]
        ),
        max_size=40,
    ).map(" ".join)
)
def test_however_it_is_joined_it_answers_and_no_word_is_lost_unsaid(text: str) -> None:
    query = parse(text)
    if "raid" in text and query.tree is None:
        assert query.ignored
