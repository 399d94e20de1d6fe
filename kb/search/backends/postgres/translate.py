"""From the tree to SQL: one ``tsquery`` as far as it goes, dates beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any as Anything

from kb.search.backends.postgres.tables import SIGN, quoted
from kb.search.cut import term
from kb.search.ranking import CODES, SPOKEN, TEXT, spelt_apart
from kb.search.tree import (
    Any,
    Due,
    Either,
    Every,
    Filter,
    Head,
    Node,
    Not,
    Period,
    Phrase,
    Prefix,
    Stem,
    Word,
)
from kb.search.words import STOP_WORDS, is_code, stem, stems

NOTHING = "'\x02'"  # no document has this token


@dataclass(frozen=True, slots=True)
class Sql:
    """A condition with its parameters.  ``words``: the ``tsquery`` that alone says it, if any."""

    text: str
    params: tuple[Anything, ...] = ()
    words: str = ""


def condition(node: Node) -> Sql:
    """What ``node`` says of a row ``d`` of documents."""
    if isinstance(node, Not):
        return _negated(condition(node.part))
    if isinstance(node, Any | Either):
        return joined([condition(part) for part in node.parts], "|", "OR")
    if isinstance(node, Every):
        return joined([condition(part) for part in node.parts], "&", "AND")
    if isinstance(node, Due):
        return Sql("d.due < %s", (node.before,))
    if isinstance(node, Period):
        bounds = [("d.date >= %s", node.start), ("d.date < %s", node.end)]
        said = [(text, moment) for text, moment in bounds if moment is not None]
        texts = " AND ".join(text for text, _ in said)
        # Not null also where it is negated: what has no date is in no period.
        return Sql(f"(d.date IS NOT NULL AND {texts})", tuple(moment for _, moment in said))
    return matching(_words(node))


def matching(words: str) -> Sql:
    return Sql("d.tokens @@ %s::tsquery", (words,), words)


def joined(parts: Iterable[Sql], sign: str, word: str) -> Sql:
    """Those that are words become one question to the index."""
    several = list(parts)
    words = [part.words for part in several if part.words]
    rest = [part for part in several if not part.words]
    if words:
        rest.insert(0, matching(f"({f' {sign} '.join(words)})" if len(words) > 1 else words[0]))
    if len(rest) == 1:
        return rest[0]
    text = f" {word} ".join(part.text for part in rest)
    return Sql(f"({text})", tuple(p for part in rest for p in part.params))


def _negated(part: Sql) -> Sql:
    if part.words:
        return matching(f"!({part.words})")
    return Sql(f"(({part.text}) IS NOT TRUE)", part.params)


def _words(node: Word | Prefix | Phrase | Head | Stem | Filter) -> str:
    if isinstance(node, Word):
        return _word(node.text)
    if isinstance(node, Phrase):
        return _phrase(stems(node.text))
    if isinstance(node, Stem):
        return _stem(node.text)
    if isinstance(node, Head):
        return f"{quoted(SIGN['heads'] + node.text)}:*"
    if isinstance(node, Filter):
        return quoted(term(node.field, node.value)) + (":*" if node.begins else "")
    if node.text.isalnum():
        return f"({_stem(node.text)}:* | {quoted(SIGN[SPOKEN] + node.text)}:*)"
    return f"{quoted(SIGN[CODES] + node.text)}:*"


def _word(text: str) -> str:
    if is_code(text):
        code = quoted(SIGN[CODES] + text)
        return f"({code} | {_phrase(stems(text))})" if spelt_apart(text) else code
    if text in STOP_WORDS:
        return quoted(SIGN[SPOKEN] + text)
    return f"({_stem(stem(text))} | {quoted(SIGN[CODES] + text)})"


def _phrase(wanted: list[str]) -> str:
    if not wanted:
        return NOTHING
    return f"({' <-> '.join(map(_stem, wanted))})" if len(wanted) > 1 else _stem(wanted[0])


def _stem(text: str) -> str:
    return quoted(SIGN[TEXT] + text)
