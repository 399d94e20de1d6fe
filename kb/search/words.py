"""From text to what is looked up: stems of words, and codes whole and in parts.  Pure functions.

Every backend cuts text this way, documents and questions alike, so they agree about what
"the same word" is.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from whoosh.lang.porter import stem as _porter

WORD = re.compile(r"[^\W_]+")
# A host, an address, a version, a path, an error code: runs joined by . _ - : or /.  Begun at the
# beginning of a word only, and never tried with less of it: that is several times as fast.
CODE = re.compile(r"(?<![^\W_])[^\W_]++(?:[._\-:/]{1,3}[^\W_]++)+")

_CAMEL = re.compile(r"(?<![^\W_])[^\W_]*?(?:[a-z0-9][A-Z]|[A-Z]{2}[a-z]{2})[^\W_]*")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")

LONGEST = 64  # characters of a token; what is longer is cut, on both sides alike
ALL_RUNS = 6  # parts of a code up to which every run of parts is a code too
SHORT_RUN = 3

# Without "down" and "off": of a host or a disk they say a lot.
_STOPPED = """
a about above after again against all also am an and any are as at
be because been before being below between both but by
can cannot could did do does doing during each
few for from further had has have having he her here hers herself him himself his how
i if in into is it its itself just me more most must my myself
no nor not now of on once only or other our ours ourselves out over own
same she should so some such than that the their theirs them themselves then there these
they this those through to too under until up upon us
very was we were what when where which while who whom whose why will with within without would
you your yours yourself yourselves
"""
STOP_WORDS = frozenset(_STOPPED.split())


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """What ``fails``, ``failed`` and ``failing`` have in common.  ``word`` is lower case."""
    return str(_porter(word)) if word.isalpha() else word


def normal(text: str) -> str:
    """Each letter with its accents as one sign; text is cut only so."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Lower case and without accents: ``Größe`` is ``grosse``, ``café`` is ``cafe``."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign)).lower()


def words(text: str) -> Iterator[str]:
    """Every word in lower case, codes cut into theirs."""
    if text.isascii():
        yield from (word[:LONGEST] for word in WORD.findall(text.lower()))
    else:
        yield from (fold(word)[:LONGEST] for word in WORD.findall(normal(text)))


def camels(text: str) -> Iterator[list[str]]:
    """The parts of every word like ``OutOfMemoryError``, in lower case."""
    for word in _CAMEL.findall(text):
        word = word[:LONGEST]
        if _CAMEL.match(word) and len(parts := _PART.findall(word)) > 1:
            yield [part.lower() for part in parts]


def camel_parts(text: str) -> list[str]:
    """The stems of the parts of such words."""
    return [stem(p) for parts in camels(text) for p in parts if p not in STOP_WORDS and len(p) > 1]


def camel_runs(text: str) -> list[str]:
    """What such words begin, end, and go on with: ``outofmemory``, ``memoryerror``."""
    return [
        "".join(parts[first:last])
        for parts in camels(text)
        for first in range(len(parts))
        for last in range(first + 2, len(parts) + 1)
        if last - first < len(parts) <= 2 * ALL_RUNS
    ]


def stems(text: str) -> list[str]:
    """The stems of what carries meaning, in order: what is ranked."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS]


def inflected(text: str) -> list[str]:
    """The words of which ``stems`` keeps only the stem, or nothing; for finding by beginning."""
    found = [word for word in words(text) if word in STOP_WORDS or stem(word) != word]
    return found + camel_runs(text)


def is_code(word: str) -> bool:
    return CODE.fullmatch(word.strip("._-:/")) is not None


def codes(text: str) -> list[str]:
    """Each code whole and in runs of its parts: ``10.0.3.17`` is found by ``10.0.3`` too.

    A single part is a word like any other (``words``) and not repeated here.
    """
    found = [run for match in CODE.finditer(normal(text)) for run in runs(fold(match[0]))]
    return found + camel_runs(text)


def runs(code: str) -> list[str]:
    """A code and the runs of two and more neighbouring parts in it, as they stand there.

    Every run of a short code; of a long one those of up to three parts, and all beginnings and
    ends, so that a long path does not fill the index with its square.
    """
    spans = [match.span() for match in WORD.finditer(code)]
    count = len(spans)
    found = []
    for first in range(count):
        for last in range(first + 1, count):
            length = last - first + 1
            at_an_end = first == 0 or last == count - 1
            if count <= ALL_RUNS or length <= SHORT_RUN or at_an_end:
                found.append(code[spans[first][0] : spans[last][1]][: 4 * LONGEST])
    return found


def short_names(name: str) -> list[str]:
    """What people call a host for short: ``db-01`` for ``db-01.lon1.example.net``."""
    labels = name.split(".")
    if all(label.isdigit() for label in labels):  # an address has no short form
        return []
    return [".".join(labels[:count]) for count in range(1, len(labels)) if labels[0]]


def exact(name: str) -> str:
    """A name as it is compared whole: case, accents and spacing do not matter."""
    return " ".join(fold(normal(name)).split())[: 4 * LONGEST]
