"""Our index against SQLite's FTS5 on the same texts."""

import random
import sqlite3
from collections.abc import Iterator
from datetime import timedelta

from kb.search.backends import backend
from kb.search.document import Document
from kb.search.language import Query, parse
from kb.search.snippets import Marker
from tests.bench.documents import NOW
from tests.bench.measure import Ratio, compare, say

WORDS = [
    "raid",
    "disk",
    "controller",
    "backup",
    "restore",
    "kernel",
    "upgrade",
    "failover",
    "master",
    "slave",
    "certificate",
    "expired",
    "mail",
    "queue",
    "filled",
    "network",
    "switch",
    "latency",
    "database",
    "replica",
    "lag",
    "power",
    "supply",
    "fan",
    "noise",
    "rack",
    "console",
    "password",
    "gentoo",
    "debian",
    "chroot",
    "package",
    "mirror",
    "courier",
    "drive",
    "rebuild",
    "degraded",
    "lesson",
]
EVERYONE = frozenset({"everyone"})
QUESTIONS = {
    "a common word": ("raid", "raid"),
    "two words": ("controller backup", "controller OR backup"),
    "a phrase": ('"restore kernel"', '"restore kernel"'),
    "a prefix": ("deg*", "deg*"),
    "a host by name": ("host-17", '"host-17"'),
}


def measure(size: int) -> Iterator[Ratio]:
    """Ten results with a marked passage each, on both sides.

    Ours counts all that match, kind by kind, and asks who may see them as well.
    """
    count = min(size, 5000)
    documents = [_document(number) for number in range(count)]
    index = backend()
    index.rebuild(iter(documents))
    fts = sqlite3.connect(":memory:")
    fts.execute("CREATE VIRTUAL TABLE d USING fts5(title, names, body, tokenize='porter')")
    fts.executemany(
        "INSERT INTO d VALUES (?, ?, ?)",
        [(d.title, " ".join(d.names), d.body) for d in documents],
    )
    say(f"  {count} documents of some 200 words")
    for name, (ours, theirs) in QUESTIONS.items():
        question = parse(ours)

        def ask(question: Query = question) -> None:
            for _ in range(5):
                found = index.search(question, principals=EVERYONE, limit=10)
                marker = Marker(question)
                for hit in found.results:
                    marker.passage(hit.body)

        def ask_fts(words: str = theirs) -> None:
            for _ in range(5):
                fts.execute(
                    "SELECT title, snippet(d, 2, '[', ']', '…', 30), bm25(d, 2.0) AS score "
                    "FROM d WHERE d MATCH ? ORDER BY score LIMIT 10",
                    (words,),
                ).fetchall()

        _same_number_found(fts, theirs, index.search(question, principals=EVERYONE).total)
        yield compare(name, ask, "SQLite FTS5", ask_fts)


def _same_number_found(fts: sqlite3.Connection, words: str, ours: int) -> None:
    """Both must have answered the same question, or the ratio means nothing."""
    (theirs,) = fts.execute("SELECT count(*) FROM d WHERE d MATCH ?", (words,)).fetchone()
    if ours != theirs:
        say(f"    {words}: we find {ours}, FTS5 {theirs}")


def _document(number: int) -> Document:
    dice = random.Random(number)
    body = " ".join(dice.choice(WORDS) for _ in range(200))
    return Document(
        key=f"incident:{number}",
        kind="incident",
        natural_key=str(number),
        title=" ".join(dice.choice(WORDS) for _ in range(6)),
        names=[f"host-{dice.randint(1, 400)}.example.net"],
        body=body,
        url=f"/incidents/{number}/",
        date=NOW - timedelta(days=number % 1000),
    )
