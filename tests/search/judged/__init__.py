"""Incidents, lessons and hosts of our own making, and questions with graded answers.

``documents.txt``: a block per document, ``key | title | severity | days ago | hosts``, then its
text.  ``questions.txt``: a block per question, then ``grade key key …``: 3 is the answer, 2 very
useful, 1 somewhat.  What is not named is no answer.
"""

from datetime import UTC, datetime, timedelta
from math import log2
from pathlib import Path

from kb.search.document import Document

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
WEIGHTS = {"critical": 4, "high": 3, "medium": 2, "low": 1}


def documents() -> list[Document]:
    return [_document(block) for block in _blocks("documents.txt")]


def _document(block: list[str]) -> Document:
    key, title, severity, ago, hosts = (part.strip() for part in block[0].split("|"))
    kind, _, natural = key.partition(":")
    return Document(
        key=key,
        kind=kind,
        natural_key=natural,
        title=title,
        url=f"/{kind}/{natural}/",
        names=[f"#{natural}"] if kind == "incident" else [natural],
        body=" ".join(block[1:]),
        severity=severity,
        weight=WEIGHTS.get(severity, 0),
        date=NOW - timedelta(days=int(ago)),
        hosts=hosts.split(),
    )


def questions() -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for block in _blocks("questions.txt"):
        found[block[0]] = {key: int(line[0]) for line in block[1:] for key in line[1:].split()}
    return found


def _blocks(name: str) -> list[list[str]]:
    text = (HERE / name).read_text()
    return [block.strip().splitlines() for block in text.split("\n\n") if block.strip()]


def ndcg(found: list[str], grades: dict[str, int], at: int = 10) -> float:
    """How near the order found is to the best there could be; 1 is that."""

    def gain(of: list[int]) -> float:
        return sum((2**grade - 1) / log2(place + 2) for place, grade in enumerate(of[:at]))

    best = gain(sorted(grades.values(), reverse=True))
    return gain([grades.get(key, 0) for key in found]) / best if best else 1.0
