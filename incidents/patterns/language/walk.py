"""The counted walk: the same language in three-valued logic, one closure per node.

The native engine stops at the first absent fact, wherever in a list it stands.  The walk goes on
and says what the answer is whatever the absent facts are (``false && absent`` is false, a list
with one match has a match), or which of them it hangs on.  It can also trace what was read.
"""

from collections.abc import Callable, Mapping
from typing import Any

from .bounds import MAX_WORK, REGEX_WORK, TEXT_PER_NODE
from .check import Meaning
from .cost import is_plain, turn_cost
from .logic import LOOPS, decide, either, first_fault
from .operators import OPERATORS, add, call, negative, not_, size
from .tree import (
    Binary,
    Call,
    Choice,
    Field,
    ListOf,
    Literal,
    Logic,
    Loop,
    Name,
    Node,
    Unary,
)
from .types import Type
from .values import Fault, Partial, Unknown

TOO_LONG = "too much work: its loops take too many turns on this host"


class TooLong(Exception):
    """The question makes more work than it may."""


class Budget:
    """What is left of the work that one question to one host may make (``cost``)."""

    __slots__ = ("left",)

    def __init__(self, left: int = MAX_WORK) -> None:
        self.left = left


class Walk:
    """One evaluation over ``sections``; with ``trace`` it collects path → value as read.  Several
    walks of one question share a ``budget``."""

    __slots__ = ("budget", "entries", "locals", "sections", "trace")

    def __init__(
        self,
        sections: Mapping[str, Any],
        *,
        trace: dict[str, Any] | None = None,
        budget: Budget | None = None,
    ) -> None:
        self.sections = sections
        self.budget = budget or Budget()
        self.trace = trace
        self.locals: list[Any] = []
        self.entries: dict[int, str] = {}

    def count(self, nodes: int) -> None:
        """Note some work; raises ``TooLong`` over the bound."""
        self.budget.left -= nodes
        if self.budget.left < 0:
            raise TooLong


Run = Callable[[Walk], Any]


def build(tree: Node, meaning: Meaning, thresholds: Mapping[str, Any]) -> Run:
    """The closure that walks ``tree``.  Its result is a plain value, ``Unknown``, ``Fault``,
    ``Partial`` or ``Between``; it raises ``TooLong``."""
    return _Builder(meaning, thresholds).run(tree)


class _Builder:
    def __init__(self, meaning: Meaning, thresholds: Mapping[str, Any]) -> None:
        self.meaning = meaning
        self.thresholds = thresholds
        self.variables: list[str] = []

    def run(self, node: Node) -> Run:
        method = getattr(self, f"_{type(node).__name__.lower()}")
        found: Run = method(node)
        return found

    def _literal(self, node: Literal) -> Run:
        value = node.value
        return lambda walk: value

    def _listof(self, node: ListOf) -> Run:
        if is_plain(node):
            written = [item.value for item in node.items if isinstance(item, Literal)]
            return lambda walk: written
        items = [self.run(item) for item in node.items]
        return lambda walk: first_fault([item(walk) for item in items])

    def _name(self, node: Name) -> Run:
        if node.name not in self.variables and node.name in self.thresholds:
            value = self.thresholds[node.name]
            return lambda walk: value
        return self._path(node)

    def _field(self, node: Field) -> Run:
        return self._path(node)

    def _path(self, node: Node) -> Run:
        keys: list[str] = []
        kind = self.meaning.types[id(node)]
        place = self.meaning.at.get(id(node), "")
        while isinstance(node, Field):
            keys.append(node.name)
            node = node.base
        if not isinstance(node, Name):
            # A field of something that is itself a path always ends in a name.
            raise TypeError("a path starts with a name")
        keys.reverse()
        if node.name in self.variables:
            return _entry_reader(self.variables.index(node.name), keys, kind, place)
        return _section_reader([node.name, *keys], kind)

    def _unary(self, node: Unary) -> Run:
        operand = self.run(node.operand)
        apply = not_ if node.op == "!" else negative
        return lambda walk: apply(operand(walk))

    def _logic(self, node: Logic) -> Run:
        parts = [self.run(part) for part in node.parts]
        deciding = node.op == "||"

        def logic(walk: Walk) -> Any:
            return decide((part(walk) for part in parts), deciding, node.op)

        return logic

    def _choice(self, node: Choice) -> Run:
        condition, yes, no = self.run(node.condition), self.run(node.yes), self.run(node.no)

        def choice(walk: Walk) -> Any:
            answer = condition(walk)
            if answer is True:
                return yes(walk)
            if answer is False:
                return no(walk)
            if isinstance(answer, Unknown):
                return either(yes(walk), no(walk), answer)
            if isinstance(answer, Fault):
                return answer
            return Fault("the question before ? is not true or false")

        return choice

    def _binary(self, node: Binary) -> Run:
        left, right = self.run(node.left), self.run(node.right)
        if node.op == "in":
            return _search(left, right, self._written(node.right))
        apply = add if node.op == "+" else OPERATORS[node.op]
        return lambda walk: apply(left(walk), right(walk))

    def _written(self, node: Node) -> frozenset[str] | None:
        """The texts of a list that is the same for every host; None for any other."""
        found: Any = None
        if isinstance(node, ListOf) and is_plain(node):
            found = [item.value for item in node.items if isinstance(item, Literal)]
        elif isinstance(node, Name) and node.name not in self.variables:
            found = self.thresholds.get(node.name)
        plain = isinstance(found, list) and all(type(one) is str for one in found)
        return frozenset(found) if plain else None

    def _call(self, node: Call) -> Run:
        arguments = [self.run(argument) for argument in node.arguments]
        if node.function == "size":
            (argument,) = arguments
            return lambda walk: size(argument(walk))
        function = call(node.function, node.arguments)
        if node.function == "matches":

            def matches(walk: Walk) -> Any:
                walk.count(REGEX_WORK)
                return function([argument(walk) for argument in arguments])

            return matches
        return lambda walk: function([argument(walk) for argument in arguments])

    def _loop(self, node: Loop) -> Run:
        source = self.run(node.source)
        self.variables.append(node.variable)
        body = self.run(node.body)
        self.variables.pop()
        finish, cost = LOOPS[node.kind], turn_cost(node.body)

        def loop(walk: Walk) -> Any:
            entries = source(walk)
            if isinstance(entries, (Unknown, Fault)):
                return entries
            if isinstance(entries, Partial):
                perhaps = _turns(walk, entries.perhaps, body, cost)
                return finish(_turns(walk, entries.sure, body, cost), perhaps, entries.cause)
            if not isinstance(entries, list):
                return Fault(f"{node.kind} goes through a list, and this is none")
            return finish(_turns(walk, entries, body, cost), (), None)

        return loop


def _search(left: Run, right: Run, written: frozenset[str] | None) -> Run:
    member = OPERATORS["in"]

    def search(walk: Walk) -> Any:
        entries = right(walk)
        if type(entries) is list:
            walk.count(len(entries))
        wanted = left(walk)
        if written is not None and type(wanted) is str:
            return wanted in written
        return member(wanted, entries)

    return search


# -- reading facts ------------------------------------------------------------------------------


def _section_reader(keys: list[str], kind: Type) -> Run:
    prefixes = [".".join(keys[: count + 1]) for count in range(len(keys))]
    place = prefixes[-1]
    fits, is_text = _FITS[kind.kind], kind.kind == "text"

    def read(walk: Walk) -> Any:
        value: Any = walk.sections
        for depth, key in enumerate(keys):
            value = value.get(key) if isinstance(value, dict) else None
            if value is None:
                return Unknown((prefixes[depth],))
        if not fits(value):
            return Unknown((place,))
        if is_text and len(value) > TEXT_PER_NODE:
            walk.count(len(value) // TEXT_PER_NODE)
        if walk.trace is not None:
            _note(walk, place, value)
        return value

    return read


def _entry_reader(slot: int, keys: list[str], kind: Type, place: str) -> Run:
    fits, is_text = _FITS[kind.kind], kind.kind == "text"
    tail = "".join(f".{key}" for key in keys)
    root = place[: len(place) - len(tail)] if tail else place
    prefixes = [".".join([root, *keys[: count + 1]]) for count in range(len(keys))]

    def read(walk: Walk) -> Any:
        value = entry = walk.locals[slot]
        if isinstance(value, (Unknown, Fault)):
            return value
        for depth, key in enumerate(keys):
            value = value.get(key) if isinstance(value, dict) else None
            if value is None:
                return Unknown((prefixes[depth],))
        if not fits(value):
            return Unknown((place or "an entry",))
        if is_text and len(value) > TEXT_PER_NODE:
            walk.count(len(value) // TEXT_PER_NODE)
        if walk.trace is not None and keys:
            _note(walk, f"{walk.entries.get(id(entry), root)}{tail}", value)
        return value

    return read


def _note(walk: Walk, place: str, value: Any) -> None:
    trace = walk.trace
    if trace is None:
        return
    trace[place] = value
    if isinstance(value, list):
        for index, entry in enumerate(value):
            if isinstance(entry, dict):
                walk.entries[id(entry)] = f"{place}[{index}]"


def _is_number(value: Any) -> bool:
    if type(value) is int:
        return -(2**63) < value < 2**63
    return type(value) is float and abs(value) <= 1.7e308


_FITS: dict[str, Callable[[Any], bool]] = {
    "bool": lambda value: value is True or value is False,
    "number": _is_number,
    "text": lambda value: type(value) is str,
    "list": lambda value: type(value) is list,
    "struct": lambda value: type(value) is dict,
    "map": lambda value: type(value) is dict,
    "any": lambda value: True,
}


def _turns(walk: Walk, entries: list[Any], body: Run, cost: int) -> Any:
    """(entry, answer) pairs, lazily: a loop that is decided stops asking."""
    slot = len(walk.locals)
    for entry in entries:
        walk.count(cost)
        walk.locals.append(entry)
        answer = body(walk)
        del walk.locals[slot:]
        yield entry, answer
