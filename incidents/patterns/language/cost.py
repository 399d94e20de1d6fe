"""How much work an expression makes, counted in nodes of its tree.

The walk counts what it does and stops.  The native engine can't be stopped, so it only gets what
is known beforehand to be little: the worst case as a polynomial in the length of the longest list
among the facts, whatever the facts say.  Counts are the same on every machine, so that a verdict
never depends on how busy one is.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass

from .bounds import (
    MAX_LIST,
    MAX_NESTING,
    NATIVE_KEEP,
    NATIVE_REGEX,
    NATIVE_TURN,
    NATIVE_WORK,
    TEXT_PER_NODE,
)
from .tree import Binary, Call, ListOf, Literal, Loop, Name, Node, children

DEGREES = MAX_NESTING + 3  # loops in loops, a search in a list inside, a list being kept

#: ``work[k]`` nodes for every combination of k entries.
Work = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """What of a host's facts makes expressions slow: entries of the longest list, characters of
    the longest text."""

    entries: int
    characters: int


def size_of(facts: object) -> Size:
    """The size of plain data."""
    entries, characters = 0, 0
    waiting: list[Iterable[object]] = [[facts]]
    while waiting:
        for one in waiting.pop():
            if type(one) is str:
                characters = max(characters, len(one))
            elif type(one) is list:
                entries = max(entries, len(one))
                waiting.append(one)
            elif type(one) is dict:
                waiting.append(one.values())
    return Size(entries, characters)


def worst(tree: Node, lists: Set[str]) -> Work:
    """The worst case of ``tree``; ``lists`` are the thresholds that are lists."""
    return tuple(_work(tree, lists))


def total(works: Iterable[Work]) -> Work:
    """Several expressions one after the other."""
    return tuple(sum(terms) for terms in zip(*works, strict=True))


def entries_up_to(work: Work) -> int:
    """How long the longest list may be for it to be little on facts without long texts; -1 where
    it is too much whatever the facts are."""
    low, high = -1, NATIVE_WORK
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if is_little(work, Size(middle, 0)) else (low, middle - 1)
    return low


def is_little(work: Work, size: Size) -> bool:
    """Whether the native engine is done with it in a moment on facts of that size."""
    nodes: int = sum(term * size.entries**degree for degree, term in enumerate(work))
    return nodes * (1 + size.characters // TEXT_PER_NODE) <= NATIVE_WORK


def turn_cost(body: Node) -> int:
    """What one turn of the walk through a loop with this body counts for: the nodes it goes
    through and a little for the turn.  Loops inside count for themselves."""
    count, waiting = 2, [body]
    while waiting:
        one = waiting.pop()
        count += 1
        if isinstance(one, Loop):
            waiting.append(one.source)
        elif not (isinstance(one, ListOf) and is_plain(one)):
            waiting += children(one)
    return count


def is_plain(items: ListOf) -> bool:
    """Whether a list is written out as plain values."""
    return all(isinstance(item, Literal) for item in items.items)


def _work(node: Node, lists: Set[str]) -> list[int]:
    found = [1] + [0] * (DEGREES - 1)
    for part in children(node):
        if not (isinstance(node, Loop) and part is node.body):
            _add(found, _work(part, lists))
    if isinstance(node, Call) and node.function == "matches":
        found[0] += NATIVE_REGEX
    elif isinstance(node, Binary) and node.op == "in":
        _repeat(found, [1], node.right, lists)
    elif isinstance(node, Loop):
        body = _work(node.body, lists)
        body[0] += NATIVE_TURN
        _repeat(found, body, node.source, lists)
        if node.kind in ("filter", "map"):
            # The engine copies the list it has so far at every turn (measured: 12 s for 5,000).
            found[2] += NATIVE_KEEP
    return found


def _repeat(found: list[int], body: list[int], source: Node, lists: Set[str]) -> None:
    """Add ``body`` for every entry of ``source``."""
    written = _longest_written(source, lists)
    _add(found, [term * written for term in body])
    if not (isinstance(source, ListOf) or (isinstance(source, Name) and source.name in lists)):
        _add(found, [0, *body[: DEGREES - 1]])


def _longest_written(source: Node, lists: Set[str]) -> int:
    """Entries of the longest list that does not come from the facts."""
    longest, waiting = 0, [source]
    while waiting:
        one = waiting.pop()
        waiting += children(one)
        if isinstance(one, ListOf):
            longest = max(longest, len(one.items))
        elif isinstance(one, Name) and one.name in lists:
            longest = MAX_LIST
    return longest


def _add(found: list[int], more: list[int]) -> None:
    for degree, term in enumerate(more):
        found[degree] += term
