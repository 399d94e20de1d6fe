"""What somebody typed into the box, understood as far as it goes.

Plain words find what has any of them; things with all of them come first.  ``"quoted words"``
must stand together, ``-word`` must not occur, ``web*`` finds what begins so, ``a OR b`` and
brackets join, ``kind:host`` and the other fields narrow.  Nothing is ever an error: what makes
no sense is left out, and said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Network

from kb.search import moments
from kb.search.fields import DATES, FIELDS, OVERDUE
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
    asked,
    either,
    every,
)
from kb.search.words import LONGEST, STOP_WORDS, exact, is_code, normal, words

LONGEST_QUERY = 400  # characters
MOST_CLAUSES = 24
DEEPEST = 8
SHORTEST_PREFIX = 2
LONGEST_FLAG = 2
_AROUND = "._-:/#@()[]{}<>,;!?'`*|&+=~^%$\\"


@dataclass(frozen=True, slots=True)
class Query:
    """``name`` is what was typed without fields and negations: it may be the name of a thing.

    ``kinds`` are those that were typed for the whole question; they are kept apart from the
    tree, so that the other kinds can be counted.  ``ignored`` says what was left out, and why.
    """

    name: str
    tree: Node | None = None
    kinds: frozenset[str] = frozenset()
    ignored: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left that could be looked for."""
        return self.tree is None and not self.kinds

    @property
    def only_words(self) -> bool:
        """Whether there is nothing in it but plain words."""
        tree = self.tree
        parts = tree.parts if isinstance(tree, Any) else ()
        return bool(parts) and all(isinstance(part, Word) for part in parts)


_PIECE = re.compile(
    r"""
    (?P<minus>-(?!-))?
    (?: (?P<open>\() | (?P<close>\)) |
        (?: (?P<field>[A-Za-z]+) : )?
        (?: "(?P<quoted>[^"]*)"? | (?P<bare>[^\s"]+) )
    )
    """,
    re.VERBOSE,
)
_CURLY = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\x00": " "})


def parse(text: str, now: datetime | None = None) -> Query:
    """Understand ``text``; never fails.  ``now`` says what "yesterday" is, and where."""
    text = " ".join(normal(text).translate(_CURLY).split())
    notes = []
    if len(text) > LONGEST_QUERY:
        text = text[:LONGEST_QUERY]
        notes.append(f"everything after {LONGEST_QUERY} characters")
    return _Reader(now or datetime.now(UTC), notes).query(text)


@dataclass(slots=True)
class _Level:
    """What stands between two brackets: each item is alternatives of things that go together."""

    negated: bool = False
    items: list[list[list[Node]]] = field(default_factory=list)
    joint: str = ""  # "OR" or "AND", while its right side is still to come


class _Reader:
    def __init__(self, now: datetime, ignored: list[str]) -> None:
        self.now = now
        self.ignored = ignored
        self.levels = [_Level()]
        self.stopped: list[str] = []
        self.named: list[str] = []
        self.leaves = 0
        self.negate_next = False

    def query(self, text: str) -> Query:
        for piece in _pieces(text):
            self._read(piece)
        if len(self.levels) > 1:
            self._note("(: it is never closed")
        while len(self.levels) > 1:
            self._close()
        tree = self._joined(self.levels[0])
        if tree is None and self.stopped:
            # "who" or "it" alone: the names of things may still be such words.
            tree = Any(tuple(Word(word) for word in self.stopped))
        tree, kinds = _without_kinds(tree)
        return Query(" ".join(self.named), tree, kinds, tuple(self.ignored))

    # --- pieces -------------------------------------------------------------------------------

    def _read(self, piece: re.Match[str]) -> None:
        if piece["open"]:
            return self._open(bool(piece["minus"]))
        if piece["close"]:
            if len(self.levels) > 1:
                return self._close()
            if piece.string[max(piece.start() - 1, 0)] in " )":  # else it belongs to a word
                self._note("): it closes nothing")
            return None
        if piece[0] in ("OR", "AND", "NOT", "|", "||", "&&"):
            return self._joint(piece[0])
        unwanted = (bool(piece["minus"]) and not _is_flag(piece)) or self.negate_next
        self.negate_next = False
        name, value = (piece["field"] or "").lower(), piece["quoted"] or piece["bare"] or ""
        if name and name not in FIELDS:
            # Not one of ours: "error:42" is what somebody saw, and wants to find.
            value, name = f"{piece['field']}:{value}", ""
        if not name and not unwanted and not any(level.negated for level in self.levels):
            self.named.append(value)
        if piece["quoted"] is None and value.endswith(":") and value[:-1].lower() in FIELDS:
            name, value = value[:-1].lower(), ""
        found = self._field(name, value) if name else self._text(piece, value, unwanted)
        self._take(found, unwanted)
        return None

    def _joint(self, joint: str) -> None:
        if joint == "NOT":
            self.negate_next = True
            return
        level = self.levels[-1]
        if not level.items or level.joint:
            self._note(f"{joint}: it joins nothing")
        else:
            level.joint = "AND" if joint in ("AND", "&&") else "OR"

    def _open(self, negated: bool) -> None:
        if len(self.levels) > DEEPEST:
            self._note(f"brackets deeper than {DEEPEST}")
            return
        self.levels.append(_Level(negated or self.negate_next))
        self.negate_next = False

    def _close(self) -> None:
        level = self.levels.pop()
        inside = self._joined(level)
        if inside is None:
            return
        # A group is meant: what it says must hold, also where it is but words.
        group: Node = Not(inside) if level.negated else Every((inside,))
        self._add([group])

    def _take(self, found: list[Node], unwanted: bool) -> None:
        room = MOST_CLAUSES - self.leaves
        if len(found) > room:
            self._note(f"everything after {MOST_CLAUSES} words")
            found = found[:room]
        self.leaves += len(found)
        if unwanted:
            found = [Not(node) for node in found]
        self._add(found)

    def _add(self, found: list[Node]) -> None:
        level = self.levels[-1]
        if not found:
            level.joint = ""
            return
        joint, level.joint = level.joint, ""
        if joint == "OR":
            level.items[-1].append(list(found))
        elif joint == "AND":
            level.items[-1][-1] += found
        else:
            # "errno=28" is two words: apart where they stand alone.
            level.items += [[[node]] for node in found]

    def _joined(self, level: _Level) -> Node | None:
        if level.joint:
            self._note(f"{level.joint}: it joins nothing")
            level.joint = ""
        loose: list[Node] = []
        strict: list[Node] = []
        fields: dict[str, list[Node]] = {}
        for alternatives in level.items:
            alone = alternatives[0][0] if len(alternatives) == len(alternatives[0]) == 1 else None
            if isinstance(alone, Word | Prefix):
                loose.append(alone)
            elif isinstance(alone, Filter):
                fields.setdefault(alone.field, []).append(alone)
            elif isinstance(alone, Every) and len(alone.parts) == 1:
                strict.append(alone.parts[0])
            else:
                choices = [found for part in alternatives if (found := every(_bare(part)))]
                strict += filter(None, [either(choices)])
        strict += filter(None, (either(values) for values in fields.values()))
        return every(([Any(tuple(loose))] if loose else []) + strict)

    # --- words --------------------------------------------------------------------------------

    def _text(self, piece: re.Match[str], value: str, unwanted: bool) -> list[Node]:
        if piece["quoted"] is not None:
            return self._phrase(value)
        if value.endswith("*"):
            return self._prefix(value)
        return self._words(value, unwanted=unwanted)

    def _phrase(self, value: str) -> list[Node]:
        found = list(words(value))
        if not any(word not in STOP_WORDS for word in found):
            if value.strip():
                self._note(f'"{value}": nothing in it to look for')
            return []
        return [Phrase(" ".join(found))]

    def _prefix(self, value: str) -> list[Node]:
        stump = value.rstrip("*").lower().lstrip("._-:/*([{#@'`")
        if sum(map(len, words(stump))) < SHORTEST_PREFIX or "*" in stump:
            self._note(f"{value}: give at least two letters, and the * at the end")
            return []
        return [Prefix(exact(stump))]

    def _words(self, value: str, *, unwanted: bool) -> list[Node]:
        """A word, a code, or what other signs join: ``don't``, ``errno=28``, ``rsync(1)``."""
        plain = exact(value.strip(_AROUND))
        found = list(words(plain))
        if (net := _network(plain)) is not None:
            return [net]
        if is_code(plain):
            return [Word(plain[: 4 * LONGEST])]
        if unwanted and len(found) > 1:
            return self._phrase(plain)
        telling = [word for word in found if word not in STOP_WORDS]
        if not unwanted:
            self.stopped += [word for word in found if word in STOP_WORDS]
        elif found and not telling:
            self._note(f"-{value}: a word that is in everything")
        if not found and value != "-":
            self._note(f"{value}: nothing in it to look for")
        return [Word(word) for word in telling]

    # --- fields -------------------------------------------------------------------------------

    def _field(self, name: str, value: str) -> list[Node]:
        value = exact(value).rstrip(",;)")
        if not value.strip("*"):
            self._note(f"{name}: without a value")
            return []
        if name in DATES:
            return self._date(name, value)
        known = FIELDS[name].values
        if known and value not in known:
            self._note(f"{name}:{value}: there is {', '.join(known)}")
            return []
        if name == "is" and value == OVERDUE:
            return [Due(self.now)]
        return [Filter(name, value.rstrip("*"), value.endswith("*"))]

    def _date(self, name: str, value: str) -> list[Node]:
        span = moments.span(value, self.now)
        if span is None:
            self._note(f"{name}:{value}: {moments.HOW}")
            return []
        start, end = span
        return [
            {"before": Period(None, start), "after": Period(start), "on": Period(start, end)}[name]
        ]

    def _note(self, note: str) -> None:
        if note not in self.ignored:
            self.ignored.append(note)


def _is_flag(piece: re.Match[str]) -> bool:
    """``rm -rf``, ``df -h``: of a pasted command nothing is excluded."""
    bare = piece["bare"] or ""
    return not piece["field"] and len(bare) <= LONGEST_FLAG and bare.isalpha()


def _pieces(text: str) -> Iterator[re.Match[str]]:
    """Brackets are pieces of their own where they open or close a word: not in ``rsync(1)``."""
    at = 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        piece = _PIECE.match(text, at)
        assert piece is not None  # whatever is no space is at least bare
        end = piece.end()
        bare = piece["bare"]
        if bare and bare != ")":
            over = bare.count(")") - bare.count("(")
            trailing = len(bare) - len(bare.rstrip(")"))
            if 0 < (closing := min(over, trailing)) < len(bare):
                end -= closing
                piece = _PIECE.match(text, at, end) or piece
        yield piece
        at = end


def _bare(nodes: list[Node]) -> list[Node]:
    return [n.parts[0] if isinstance(n, Every) and len(n.parts) == 1 else n for n in nodes]


def _without_kinds(tree: Node | None) -> tuple[Node | None, frozenset[str]]:
    """The tree without the kinds that hold for all of it, and these."""
    parts: list[Node] = list(tree.parts) if isinstance(tree, Every) else [tree] if tree else []
    for part in parts:
        filters = part.parts if isinstance(part, Either) else (part,)
        kinds = [f.value for f in filters if isinstance(f, Filter) and f.field == "kind"]
        if kinds and len(kinds) == len(filters):
            parts.remove(part)
            return every(parts), frozenset(kinds)
    return tree, frozenset()


def _network(text: str) -> Node | None:
    """``10.0.3.0/24``: what begins with ``10.0.3.``; up to sixteen such beginnings."""
    if "/" not in text or text.count(".") != 3:
        return None
    try:
        net = IPv4Network(text, strict=False)
    except ValueError:
        return None
    whole = next(bits for bits in (8, 16, 24, 32) if bits >= net.prefixlen)
    if whole == 32 or whole - net.prefixlen > 4 or net.prefixlen < 4:
        return None
    begins = (
        str(part.network_address).split(".")[: whole // 8] for part in net.subnets(new_prefix=whole)
    )
    return either([Word(text), *(Prefix(".".join(first) + ".") for first in begins)])


__all__ = ["Query", "asked", "parse"]
