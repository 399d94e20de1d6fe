"""The tables of an index: a generation each, and one row that says which is in force.

One ``tsvector`` holds everything a document is found by, its tokens told apart by a first sign,
so one GIN index answers every question.  PostgreSQL's own parsers never see a text: tokens come
from ``kb.search.cut``.  No extension is needed.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kb.search.cut import Cut
from kb.search.document import Document
from kb.search.ranking import CODES, SPOKEN, TEXT, TITLE

#: Before a token, where it stands: ``ho*`` must not find ``host:robert``, which has none.
SIGN = {TEXT: "-", TITLE: "^", SPOKEN: "~", CODES: "=", "heads": "<"}
RANKED = (TEXT, TITLE, SPOKEN, CODES)
MOST_POSITIONS = 255  # of one token, as PostgreSQL has it
LAST_POSITION = 16_383
MOST_BYTES = 900_000  # of a tsvector; PostgreSQL ends at 1 MB
#: What is looked through, and what is kept of what is found.
COLUMNS = ("key", "kind", "date", "due", "weight", "facets", "lengths", "tokens", "marker")
KEPT = ("key", "natural_key", "title", "url", "body", "severity", "state")

STATE = "search_index"
CREATE_STATE = f"""
CREATE TABLE IF NOT EXISTS {STATE} (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    generation text NOT NULL,
    version text NOT NULL,
    made timestamptz NOT NULL,
    changes bigint NOT NULL,
    documents bigint NOT NULL,
    lengths bigint[] NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class Generation:
    """The tables of one index.  ``name`` is ours: letters and digits only."""

    name: str

    @property
    def documents(self) -> str:
        return f"search_{self.name}_document"

    @property
    def kept(self) -> str:
        """What is shown of a document: apart, as a common word looks through half of the others."""
        return f"search_{self.name}_kept"

    @property
    def words(self) -> str:
        return f"search_{self.name}_word"

    def tables(self) -> list[str]:
        return [self.documents, self.kept, self.words]

    def create(self) -> list[str]:
        docs, words = self.documents, self.words
        return [
            f"""CREATE TABLE {docs} (
                id bigserial PRIMARY KEY, key text NOT NULL, kind text NOT NULL,
                date timestamptz, due timestamptz, weight integer NOT NULL,
                facets text[] NOT NULL, lengths integer[] NOT NULL, tokens tsvector NOT NULL,
                marker text NOT NULL)
                WITH (toast_tuple_target = 8160)""",
            # Ranking reads the tokens of everything that matches: neither packed nor set apart.
            f"ALTER TABLE {docs} ALTER COLUMN tokens SET STORAGE EXTERNAL",
            f"""CREATE TABLE {self.kept} (
                key text NOT NULL, natural_key text NOT NULL, title text NOT NULL,
                url text NOT NULL, body text NOT NULL, severity text NOT NULL,
                state text NOT NULL)""",
            f'CREATE TABLE {words} (word text COLLATE "C" PRIMARY KEY, documents integer NOT NULL)',
        ]

    def index(self) -> list[str]:
        """After the documents are in: that is several times faster."""
        docs = self.documents
        return [
            f"CREATE UNIQUE INDEX {docs}_key ON {docs} (key)",
            f"CREATE UNIQUE INDEX {self.kept}_key ON {self.kept} (key)",
            # Without fastupdate no question has to look through what is not merged yet.
            f"CREATE INDEX {docs}_tokens ON {docs} USING gin (tokens) WITH (fastupdate = off)",
            f"CREATE INDEX {docs}_date ON {docs} (date)",
            f"ALTER TABLE {docs} ALTER COLUMN tokens SET STATISTICS 1000",
            f"ANALYZE {docs}",
            f"ANALYZE {self.kept}",
        ]


def kept(document: Document) -> tuple[str, ...]:
    """What is kept of a document, in the order of ``KEPT``."""
    return tuple(_clean(getattr(document, name)) for name in KEPT)


def row(document: Document) -> tuple[Any, ...]:
    """What is looked through of a document, in the order of ``COLUMNS``."""
    cut = Cut(document)
    lists = {TEXT: cut.text, TITLE: cut.title, SPOKEN: cut.spoken, CODES: cut.codes}
    return (
        _clean(document.key),
        _clean(document.kind),
        document.date,
        document.due,
        document.weight,
        list(map(_clean, cut.facets)),
        [len(lists[name]) for name in RANKED],
        _vector(lists, cut.heads, cut.terms),
        document.marker(),
    )


def _clean(text: str) -> str:
    """What PostgreSQL can't keep: the sign zero, and halves of characters."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")


def _vector(lists: dict[str, list[str]], heads: Iterable[str], terms: Iterable[str]) -> str:
    """The literal of a ``tsvector``: each token with where it stands."""
    # Who may find it and what it is called come first: room is short only in monstrous texts.
    bare = dict.fromkeys([*terms, *(SIGN["heads"] + head for head in heads)])
    room = MOST_BYTES - sum(map(_size, bare))
    places: defaultdict[str, list[int]] = defaultdict(list)
    for name, found in lists.items():
        for place, token in enumerate(found, 1):
            word = SIGN[name] + token
            room -= 2 if word in places else _size(word)
            if room < 0:
                break
            # A token so far back that no place can be kept is found all the same.
            at = places[word]
            if len(at) < MOST_POSITIONS and place <= LAST_POSITION:
                at.append(place)
    said = [f"{quoted(word)}:{','.join(map(str, at))}" for word, at in places.items() if at]
    said += [quoted(word) for word, at in places.items() if not at]
    return " ".join([*map(quoted, bare), *said])


def _size(word: str) -> int:
    return len(word.encode("utf-8", "replace")) + 8


def quoted(token: str) -> str:
    """A token as ``tsvector`` and ``tsquery`` want it."""
    inside = _clean(token).replace("\\", "\\\\").replace("'", "''")
    return f"'{inside}'"
