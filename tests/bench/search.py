"""Our index against SQLite's FTS5 on the same texts."""

import os
import random
import sqlite3
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from kb.search.backends import backend
from kb.search.backends.base import Backend, Hit
from kb.search.document import Document
from kb.search.language import Query, parse
from kb.search.snippets import Marker
from kb.search.tree import Head
from tests.bench.documents import NOW
from tests.bench.measure import Clock, Ratio, compare, say

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
#: What is asked of us, and of FTS5; ``None`` where FTS5 has nothing of the kind.
QUESTIONS: dict[str, tuple[str, str | None]] = {
    "a common word": ("raid", "raid"),
    "a word of some": ("{some}", "{some}"),
    "two words": ("controller backup", "controller OR backup"),
    "a common word and one of some": ("raid {some}", "raid OR {some}"),
    "four words": ("kernel lesson drive mail", "kernel OR lesson OR drive OR mail"),
    "a phrase of common words": ('"restore kernel"', '"restore kernel"'),
    "a prefix": ("deg*", "deg*"),
    "a host by name": ("host-17", '"host-17"'),
    "a field": ("raid kind:incident", "raid"),
    "words that must not be": ("raid -kernel", "raid NOT kernel"),
}
#: Words that are the rarer the further back they stand, as real ones are.
RARER = [a + b + c for a in ("ba", "de", "fo", "gu") for b in WORDS for c in ("na", "ro", "t")]
SOME = RARER[20]
QUESTIONS = {
    what: (ours.format(some=SOME), theirs and theirs.format(some=SOME))
    for what, (ours, theirs) in QUESTIONS.items()
}
FTS = "SQLite FTS5"
SHOWN = 10


def measure(size: int) -> Iterator[Ratio]:
    """Ten results with a marked passage each, on both sides.

    Ours counts all that match, kind by kind and (of up to 5,000) by what they narrow to, and asks
    who may see them as well.
    """
    for count in [step for step in (2_000, 20_000, 100_000) if step <= size] or [size]:
        yield from _measure(count)


def _measure(count: int) -> Iterator[Ratio]:
    documents = [_document(number) for number in range(count)]
    fts = _fts(documents)
    say(f"  {count} documents of some 200 words")
    for name, index in _indexes():
        yield compare(
            f"{name}: build",
            lambda index=index: index.rebuild(iter(documents)),  # type: ignore[misc]
            FTS,
            lambda: _fts(documents),
            clock=_clock(index),
            turns=1 if count > 2_000 else 0,
        )
        for what, (ours, theirs) in QUESTIONS.items():
            yield _ask(f"{name}: {what}", index, fts, ours, theirs)
        yield _update(name, index, fts, documents)
        yield _reopened(name, index, fts, documents[-1])
        yield from _others(name, index, fts, documents)


def _indexes() -> Iterator[tuple[str, Backend]]:
    yield "Whoosh", backend()
    if url := os.environ.get("BENCH_POSTGRES"):
        from kb.search.backends.postgres import PostgresBackend

        yield "PostgreSQL", PostgresBackend(url)


def _ask(
    name: str, index: Backend, fts: sqlite3.Connection, ours: str, theirs: str | None
) -> Ratio:
    question, clock = parse(ours), _clock(index)
    times: list[float] = []
    their_times: list[float] = []

    def ask() -> None:
        for _ in range(4):
            begun = clock()
            found = index.search(question, principals=EVERYONE, limit=SHOWN)
            marker = Marker(question)
            for hit in found.results:
                marker.passage(hit.body)
            times.append(1000 * (clock() - begun))

    def ask_fts() -> None:
        for _ in range(4):
            begun = clock()
            _of_fts(fts, theirs or "raid")
            their_times.append(1000 * (clock() - begun))

    if theirs is not None:
        _same_number_found(fts, theirs, index.search(question, principals=EVERYONE).total)
    ratio = compare(name, ask, FTS, ask_fts, clock=clock)
    late = _late(times) / _late(their_times)
    say(f"    {name}: {_middle(times):.1f} ms, p95 {_late(times):.1f} ms, {late:.2f} x of theirs")
    return ratio


def _of_fts(fts: sqlite3.Connection, words: str) -> None:
    fts.execute(
        "SELECT title, snippet(d, 2, '[', ']', '…', 30), bm25(d, 2.0) AS score "
        "FROM d WHERE d MATCH ? ORDER BY score LIMIT 10",
        (words,),
    ).fetchall()


def _update(name: str, index: Backend, fts: sqlite3.Connection, documents: list[Document]) -> Ratio:
    """One document changed, until the next question sees it."""
    numbers = iter(range(len(documents)))

    def change() -> None:
        number = next(numbers)
        index.put([replace(documents[number], body=f"visible{number} now")])
        assert index.search(parse(f"visible{number}"), principals=EVERYONE).total == 1

    def change_fts() -> None:
        with fts:
            fts.execute("UPDATE d SET body = 'visible now' WHERE rowid = 1")
        fts.execute("SELECT count(*) FROM d WHERE d MATCH 'visible'").fetchone()

    return compare(
        f"{name}: one update until it is seen", change, FTS, change_fts, clock=_clock(index)
    )


def _reopened(name: str, index: Backend, fts: sqlite3.Connection, document: Document) -> Ratio:
    """A common word, asked of what somebody has changed since the last question."""
    question = parse("raid")
    return compare(
        f"{name}: a common word after a change",
        lambda: index.search(question, principals=EVERYONE, limit=SHOWN),
        FTS,
        lambda: _of_fts(fts, "raid"),
        before=lambda: index.put([document]),
        clock=_clock(index),
    )


def _others(
    name: str, index: Backend, fts: sqlite3.Connection, documents: list[Document]
) -> Iterator[Ratio]:
    from kb.search import spelling

    heads = Query("host-1", Head("host-1"))
    similar = spelling.telling_words(_hit(index, documents[7].key), index)
    for what, query, theirs in (
        ("completion", heads, "title: host OR names: host*"),
        ("more like this", similar, "controller OR backup"),
    ):

        def ask(query: Query = query) -> None:
            index.search(query, principals=EVERYONE, limit=SHOWN, count=False)

        def ask_fts(theirs: str = theirs) -> None:
            _of_fts(fts, theirs)

        yield compare(f"{name}: {what}", ask, FTS, ask_fts, clock=_clock(index))


def _hit(index: Backend, key: str) -> Hit:
    found = index.get(key)
    assert found is not None
    return found


def _fts(documents: list[Document]) -> sqlite3.Connection:
    fts = sqlite3.connect(":memory:")
    fts.execute("CREATE VIRTUAL TABLE d USING fts5(title, names, body, tokenize='porter')")
    fts.executemany(
        "INSERT INTO d VALUES (?, ?, ?)",
        [(d.title, " ".join(d.names), d.body) for d in documents],
    )
    return fts


def _clock(index: Backend) -> Clock:
    """The work of this process, and of the server's where that can be seen; others want the
    machine as well."""
    database = getattr(index, "_database", None)
    if database is None:
        return time.process_time
    with database.atomic(), database.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        spent = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    if not spent.exists():
        return time.perf_counter
    return lambda: time.process_time() + int(spent.read_text().split()[0]) / 1e9


def _middle(times: list[float]) -> float:
    return statistics.median(times)


def _late(times: list[float]) -> float:
    return sorted(times)[max(0, int(len(times) * 0.95) - 1)]


def _same_number_found(fts: sqlite3.Connection, words: str, ours: int) -> None:
    """Both must have answered the same question, or the ratio means nothing."""
    (theirs,) = fts.execute("SELECT count(*) FROM d WHERE d MATCH ?", (words,)).fetchone()
    if ours != theirs:
        say(f"    {words}: we find {ours}, FTS5 {theirs}")


def _document(number: int) -> Document:
    dice = random.Random(number)
    words = [dice.choice(WORDS) for _ in range(200)]
    words += [RARER[min(int(dice.paretovariate(0.6)), len(RARER)) - 1] for _ in range(10)]
    dice.shuffle(words)
    return Document(
        key=f"incident:{number}",
        kind="incident",
        natural_key=str(number),
        title=" ".join(dice.choice(WORDS) for _ in range(6)),
        names=[f"host-{dice.randint(1, 400)}.example.net"],
        body=" ".join(words),
        url=f"/incidents/{number}/",
        severity=dice.choice(["critical", "high", "medium", "low"]),
        state=dice.choice(["draft", "review", "published"]),
        tags=dice.sample(WORDS, 2),
        sites=[f"site-{dice.randint(1, 6)}"],
        date=NOW - timedelta(days=number % 1000),
    )
