"""What somebody typed into the box, understood as far as it goes.

Plain words find what has any of them; things with all of them come first.  ``"quoted words"``
must stand together, ``-word`` must not occur, ``web*`` finds what begins so, ``kind:host`` and
the other filters narrow.  Nothing is ever an error: what makes no sense is left out, and said.
"""

import re
from dataclasses import dataclass

from kb.search.words import LONGEST, STOP_WORDS, is_code, words

LONGEST_QUERY = 400  # characters
MOST_CLAUSES = 24
SHORTEST_PREFIX = 2

FILTERS = ("kind", "host", "service", "tag", "severity", "state")


@dataclass(frozen=True, slots=True)
class Word:
    """One word or one code, lower case."""

    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a word or a code, lower case."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand together."""

    text: str


@dataclass(frozen=True, slots=True)
class Filter:
    """One of ``FILTERS`` and the value it must have, lower case."""

    field: str
    value: str


Clause = Word | Prefix | Phrase | Filter


@dataclass(frozen=True, slots=True)
class Query:
    """``name`` is what was typed without filters and negations: it may be the name of a thing.

    ``ignored`` says, clause by clause, what was left out and why.
    """

    name: str
    wanted: tuple[Clause, ...] = ()
    unwanted: tuple[Clause, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left that could be looked for."""
        return not self.wanted and not self.unwanted

    def filters(self) -> dict[str, set[str]]:
        """Values per field; one of them is enough."""
        found: dict[str, set[str]] = {}
        for clause in self.wanted:
            if isinstance(clause, Filter):
                found.setdefault(clause.field, set()).add(clause.value)
        return found


_PIECE = re.compile(
    r"""
    (?P<minus>-(?!-))?
    (?: (?P<field>[A-Za-z]+) : )?
    (?: "(?P<quoted>[^"]*)"? | (?P<bare>[^\s"]+) )
    """,
    re.VERBOSE,
)
_CURLY = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\x00": " "})


def parse(text: str) -> Query:
    """Understand ``text``; never fails."""
    text = " ".join(text.translate(_CURLY).split())
    reader = _Reader()
    if len(text) > LONGEST_QUERY:
        text = text[:LONGEST_QUERY]
        reader.ignored.append(f"everything after {LONGEST_QUERY} characters")
    for piece in _PIECE.finditer(text):
        reader.read(piece)
    return reader.query()


class _Reader:
    def __init__(self) -> None:
        self.wanted: list[Clause] = []
        self.unwanted: list[Clause] = []
        self.ignored: list[str] = []
        self.stopped: list[str] = []
        self.named: list[str] = []

    def read(self, piece: re.Match[str]) -> None:
        field, value = (piece["field"] or "").lower(), piece["quoted"] or piece["bare"] or ""
        if field and field not in FILTERS:
            # Not one of ours: "error:42" is what somebody saw, and wants to find.
            value, field = f"{piece['field']}:{value}", ""
        if not field and not piece["minus"]:
            self.named.append(value)
        to = self.unwanted if piece["minus"] else self.wanted
        for clause in self._filter(field, value) if field else self._clauses(piece, value):
            self._add(clause, to=to)

    def query(self) -> Query:
        if not self.wanted and not self.unwanted:
            # "who" or "it" alone: the names of things may still be such words.
            self.wanted, self.stopped = [Word(word) for word in self.stopped], []
        return Query(
            " ".join(self.named), tuple(self.wanted), tuple(self.unwanted), tuple(self.ignored)
        )

    def _filter(self, field: str, value: str) -> list[Clause]:
        value = value.strip().lower()
        if not value:
            self.ignored.append(f"{field}: without a value")
            return []
        return [Filter(field, value)]

    def _clauses(self, piece: re.Match[str], value: str) -> list[Clause]:
        if piece["quoted"] is not None:
            return self._phrase(value)
        if value.endswith("*"):
            return self._prefix(value)
        return self._words(value, unwanted=bool(piece["minus"]))

    def _phrase(self, value: str) -> list[Clause]:
        found = list(words(value))
        if not any(word not in STOP_WORDS for word in found):
            if value.strip():
                self.ignored.append(f'"{value}": nothing in it to look for')
            return []
        return [Phrase(" ".join(found))]

    def _prefix(self, value: str) -> list[Clause]:
        stump = value.rstrip("*").lower().lstrip("._-:/*")
        if sum(map(len, words(stump))) < SHORTEST_PREFIX or "*" in stump:
            self.ignored.append(f"{value}: give at least two letters, and the * at the end")
            return []
        return [Prefix(stump)]

    def _words(self, value: str, *, unwanted: bool) -> list[Clause]:
        """A word, a code, or what other signs join: ``don't``, ``errno=28``, ``rsync(1)``."""
        if value.endswith(":") and value[:-1].lower() in FILTERS:
            return self._filter(value[:-1].lower(), "")
        plain = value.lower().strip("._-:/#@()[]{}<>,;!?'`*|&+=~^%$\\")
        found = list(words(plain))
        if is_code(plain):
            return [Word(plain[: 4 * LONGEST])]
        if unwanted and len(found) > 1:
            return self._phrase(plain)
        telling = [word for word in found if word not in STOP_WORDS]
        if not unwanted:
            self.stopped += [word for word in found if word in STOP_WORDS]
        elif found and not telling:
            self.ignored.append(f"-{value}: a word that is in everything")
        if not found and value != "-":
            self.ignored.append(f"{value}: nothing in it to look for")
        return [Word(word) for word in telling]

    def _add(self, clause: Clause, *, to: list[Clause]) -> None:
        if len(self.wanted) + len(self.unwanted) >= MOST_CLAUSES:
            note = f"everything after {MOST_CLAUSES} words"
            if note not in self.ignored:
                self.ignored.append(note)
        else:
            to.append(clause)
