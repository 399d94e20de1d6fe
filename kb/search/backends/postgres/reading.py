"""Asking an index in PostgreSQL: what matches and how much is one statement; the best are ranked
anew with the sums that every backend ranks by.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from kb.search.backends.base import MOST_COUNTED, MOST_VALUES, Asked, Hit, Hits
from kb.search.backends.postgres.tables import RANKED, SIGN, Generation, quoted
from kb.search.backends.postgres.translate import NOTHING, Sql, condition, joined, matching
from kb.search.cut import NAME, SHORT, WHO, term
from kb.search.language import Query
from kb.search.ranking import (
    CODES,
    SPOKEN,
    TEXT,
    Order,
    Token,
    bm25,
    idf,
    order,
    tokens,
)
from kb.search.tree import Every, Prefix, plain_words
from kb.search.tree import asked as asked_for
from kb.search.words import exact

MOST_RANKED = 32  # of the words one beginning stands for, those that take part in ranking
RERANKED = 200  # how many candidates are ranked among themselves at once
SHOWN = "d.key, d.kind, k.natural_key, k.title, k.url, k.body, d.date, k.severity, k.state"
NAMES = [one.partition(".")[2] for one in SHOWN.split(", ")]


@dataclass(frozen=True, slots=True)
class Sizes:
    documents: int
    lengths: list[int]


class Reading:
    """One state of the index, for one question."""

    def __init__(self, cursor: Any, generation: Generation, sizes: Sizes) -> None:
        self._cursor = cursor
        self._tables = generation
        self._sizes = sizes

    def search(self, asked: Asked) -> Hits:
        query = asked.query
        if query.is_empty or not asked.principals:
            return Hits()
        # Block by block, so that a page shows the same whether or not others are asked for with it.
        begin, end = asked.offset - asked.offset % RERANKED, asked.offset + asked.limit
        say = self._tokens(query) if asked.limit else {}
        total, facets, narrower, best = self._matched(asked, say, _up_to_a_block(end))
        ranked = [
            row
            for start in range(begin, len(best), RERANKED)
            for row in self._ranked(best[start : start + RERANKED], say, asked.first)
        ]
        chosen = ranked[asked.offset - begin : end - begin]
        kept = self._kept([one.id for one in chosen])
        return Hits(
            [Hit(**kept[one.id], whole=one.whole) for one in chosen if one.id in kept],
            total,
            facets,
            narrower,
        )

    # --- what matches -------------------------------------------------------------------------

    def _matched(
        self, asked: Asked, say: Mapping[Token, float], most: int
    ) -> tuple[int, dict[str, int], dict[str, dict[str, int]], list["_Row"]]:
        query = asked.query
        where = self._where(query, asked.principals)
        called = {exact(query.name), exact(query.name.lstrip("@"))} - {""}
        exactly, shortly = self._bearing(NAME, called), self._bearing(SHORT, called)
        words = plain_words(query.tree)
        whole = condition(Every(words)) if len(words) > 1 else Sql("true")
        some = tuple(list(kinds) for kinds in asked.chosen)
        within = " AND ".join(["m.kind = ANY(%s)"] * len(some)) or "true"
        # As ts_rank knows no rare words, it only picks the candidates.
        rank, ranks = _rank(say)
        tier = "CASE WHEN called < 2 THEN called WHEN whole THEN 2 ELSE 3 END"
        by = f"{tier}, rank DESC, date DESC NULLS LAST, id"
        counted = f"(SELECT coalesce(sum(n), 0) FROM k m WHERE {within})"
        values = _VALUES.format(within=within, counted=counted, docs=self._tables.documents)
        sql = f"""
            WITH m AS MATERIALIZED (
                SELECT d.id, d.kind, d.date, {rank} AS rank, {whole.text} AS whole,
                    CASE WHEN {exactly.text} THEN 0 WHEN {shortly.text} THEN 1 ELSE 2 END AS called
                FROM {self._tables.documents} d WHERE {where.text}),
            k AS (SELECT kind, count(*) AS n FROM m GROUP BY kind)
            SELECT {counted},
                (SELECT json_object_agg(kind, n) FROM k),
                (SELECT json_agg(json_build_array(id, {tier}, whole, kind) ORDER BY {by}) FROM
                    (SELECT * FROM m WHERE {within} ORDER BY {by} LIMIT {int(most)}) b),
                {values if asked.count else "NULL"}
        """
        params = (*ranks, *whole.params, *exactly.params, *shortly.params)
        params += (*where.params, *some, *some, *((*some, *some) if asked.count else ()))
        total, by_kind, best, narrower = self._one(sql, params)
        rows = [_Row(*row) for row in best or ()]
        return int(total), by_kind or {}, _by_field(narrower or []), rows

    def _bearing(self, as_: str, names: Set[str]) -> Sql:
        """Looked for in every row only if anything is called so at all."""
        known = self._documents_with({term(as_, name) for name in names})
        return matching(_any_of(sorted(known))) if known else Sql("false")

    def _where(self, query: Query, principals: Set[str]) -> Sql:
        may = matching(_any_of(term(WHO, one) for one in sorted(principals)))
        if query.tree is None:
            # Only kinds: no need to go through all the others, but they are to be counted.
            return may
        asked_for = condition(query.tree)
        if query.only_words:
            names = {exact(query.name), exact(query.name.lstrip("@"))} - {""}
            if names:
                asked_for = joined([asked_for, _named(NAME, names)], "|", "OR")
        return joined([may, asked_for], "&", "AND")

    def _tokens(self, query: Query) -> dict[Token, float]:
        found = tokens(query.tree)
        for leaf in asked_for(query.tree):
            if isinstance(leaf, Prefix):
                for name in (TEXT, SPOKEN) if leaf.text.isalnum() else (CODES,):
                    for text in self._expand(name, leaf.text):
                        found[name, text] = found.get((name, text), 0.0) + 1.0
        return found

    def _expand(self, name: str, stump: str) -> list[str]:
        words = self._begins(SIGN[name] + stump, MOST_RANKED)
        return [word.removeprefix(SIGN[name]) for word in words]

    def _begins(self, stump: str, limit: int) -> list[str]:
        sql = f"""SELECT word FROM {self._tables.words}
            WHERE word >= %s AND word < %s AND documents > 0 ORDER BY word LIMIT %s"""
        self._cursor.execute(sql, (stump, stump + "\U0010fffd", limit))
        return [word for (word,) in self._cursor.fetchall()]

    # --- order --------------------------------------------------------------------------------

    def _ranked(
        self, rows: list["_Row"], say: Mapping[Token, float], kinds: dict[str, int]
    ) -> list["_Row"]:
        if not rows:
            return rows
        known = self._documents_with({_lexeme(token) for token in say})
        worth = {
            _lexeme(token): (boost * idf(self._sizes.documents, known[_lexeme(token)]), token[0])
            for token, boost in say.items()
            if known.get(_lexeme(token))
        }
        told = self._told([row.id for row in rows], list(worth))
        averages = {
            name: length / max(self._sizes.documents, 1) or 1.0
            for name, length in zip(RANKED, self._sizes.lengths, strict=True)
        }

        def place(row: _Row) -> tuple[int, int, Order]:
            date, weight, lengths, often = told[row.id]
            of = dict(zip(RANKED, lengths, strict=True))
            score = 0.0
            for word, times in often.items():
                value, name = worth[word]
                score += value * bm25(times, of[name] / averages[name])
            rank = order(score, weight if say else 0, date)
            return row.tier, kinds.get(row.kind, len(kinds)) if row.tier == 0 else 0, rank

        return sorted((row for row in rows if row.id in told), key=place)

    def _told(
        self, ids: list[int], words: list[str]
    ) -> dict[int, tuple[float, int, list[int], dict[str, int]]]:
        """Of each document its date, weight and lengths, and how often it has each word."""
        sql = f"""
            SELECT d.id, coalesce(extract(epoch FROM d.date), 0)::float8, d.weight, d.lengths,
                (SELECT json_object_agg(t.lexeme, cardinality(t.positions))
                 FROM unnest(d.tokens) t WHERE t.lexeme = ANY(%s::text[]))
            FROM {self._tables.documents} d WHERE d.id = ANY(%s)
        """
        self._cursor.execute(sql, (words, ids))
        return {one[0]: (*one[1:4], one[4] or {}) for one in self._cursor.fetchall()}

    def _kept(self, ids: list[int]) -> dict[int, dict[str, Any]]:
        if not ids:
            return {}
        self._cursor.execute(f"SELECT d.id, {self._shown} WHERE d.id = ANY(%s)", (ids,))
        return {row[0]: dict(zip(NAMES, row[1:], strict=True)) for row in self._cursor.fetchall()}

    @property
    def _shown(self) -> str:
        return f"{SHOWN} FROM {self._tables.documents} d JOIN {self._tables.kept} k USING (key)"

    # --- words --------------------------------------------------------------------------------

    def values(self, field: str, stump: str, principals: Set[str], limit: int) -> list[str]:
        begins = self._begins(term(field, stump), 500)
        if not begins or not principals:
            return []
        sql = f"""
            SELECT v.word FROM unnest(%s::text[], %s::text[]) AS v (word, asked), LATERAL (
                SELECT count(*) AS n FROM {self._tables.documents} d
                WHERE d.tokens @@ v.asked::tsquery) c
            WHERE c.n > 0 ORDER BY c.n DESC, v.word LIMIT %s
        """
        may = _any_of(term(WHO, one) for one in sorted(principals))
        questions = [f"{quoted(word)} & {may}" for word in begins]
        self._cursor.execute(sql, (begins, questions, limit))
        return [word.partition(":")[2] for (word,) in self._cursor.fetchall()]

    def spellings(self, letter: str, shortest: int, longest: int) -> set[str]:
        found = set()
        for sign in (SIGN[SPOKEN], SIGN[TEXT]):
            sql = f"""SELECT substr(word, 2) FROM {self._tables.words}
                WHERE word >= %s AND word < %s AND length(word) BETWEEN %s AND %s"""
            begin = sign + letter
            params = (begin, begin + "\U0010fffd", shortest + 1, longest + 1)
            self._cursor.execute(sql, params)
            found |= {word for (word,) in self._cursor.fetchall()}
        return found

    def frequencies(self, stems: Iterable[str]) -> dict[str, int]:
        found = self._documents_with({SIGN[TEXT] + word for word in stems})
        return {word.removeprefix(SIGN[TEXT]): n for word, n in found.items()}

    def _documents_with(self, words: Set[str]) -> dict[str, int]:
        sql = f"SELECT word, documents FROM {self._tables.words} WHERE word = ANY(%s::text[])"
        self._cursor.execute(sql, (list(words),))
        return {word: n for word, n in self._cursor.fetchall() if n > 0}

    def get(self, key: str) -> Hit | None:
        self._cursor.execute(f"SELECT {self._shown} WHERE d.key = %s", (key,))
        row = self._cursor.fetchone()
        return None if row is None else Hit(**dict(zip(NAMES, row, strict=True)))

    def _one(self, sql: str, params: tuple[Any, ...]) -> tuple[Any, ...]:
        self._cursor.execute(sql, params)
        found: tuple[Any, ...] = self._cursor.fetchone()
        return found


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    tier: int
    whole: bool
    kind: str


_VALUES = f"""(SELECT json_agg(json_build_array(v, n) ORDER BY n DESC, v) FROM (
    SELECT v, count(*) AS n FROM m JOIN {{docs}} f USING (id), unnest(f.facets) v
    WHERE {{within}} AND {{counted}} <= {MOST_COUNTED} GROUP BY v) c)"""


def _by_field(counted: list[tuple[str, int]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for text, n in counted:
        field, _, value = text.partition(":")
        values = found.setdefault(field, {})
        if len(values) < MOST_VALUES:
            values[value] = n
    return found


def _lexeme(token: Token) -> str:
    return SIGN[token[0]] + token[1]


def _up_to_a_block(rows: int) -> int:
    return -(-rows // RERANKED) * RERANKED


def _any_of(words: Iterable[str]) -> str:
    return f"({' | '.join(map(quoted, words)) or NOTHING})"


def _named(as_: str, names: Set[str]) -> Sql:
    return matching(_any_of(term(as_, name) for name in sorted(names)))


def _rank(say: Mapping[Token, float]) -> tuple[str, tuple[str, ...]]:
    if not say:
        return "0", ()
    words = " | ".join(quoted(_lexeme(token)) for token in say)
    return "ts_rank('{{.5,.5,.5,1}}', d.tokens, %s::tsquery, 1)".replace("{{", "{").replace(
        "}}", "}"
    ), (words,)
