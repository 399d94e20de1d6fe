"""The tree of an expression."""

from dataclasses import dataclass
from typing import Any

from .bounds import NODES_PER_STEP


@dataclass(slots=True)
class Node:
    position: int


@dataclass(slots=True)
class Literal(Node):
    value: Any  # bool, int, float or str


@dataclass(slots=True)
class ListOf(Node):
    items: list[Node]


@dataclass(slots=True)
class Name(Node):
    name: str


@dataclass(slots=True)
class Field(Node):
    base: Node
    name: str


@dataclass(slots=True)
class Unary(Node):
    op: str  # ! or -
    operand: Node


@dataclass(slots=True)
class Binary(Node):
    op: str  # == != < <= > >= in + - * / %
    left: Node
    right: Node


@dataclass(slots=True)
class Logic(Node):
    """A whole run of ``&&`` or of ``||``, so that long ones stay shallow."""

    op: str
    parts: list[Node]


@dataclass(slots=True)
class Choice(Node):
    condition: Node
    yes: Node
    no: Node


@dataclass(slots=True)
class Call(Node):
    """``size(x)``, or ``x.size()`` with ``x`` as the first argument and ``method`` set."""

    function: str
    arguments: list[Node]
    method: bool


@dataclass(slots=True)
class Loop(Node):
    """``source.exists(variable, body)`` and its four sisters."""

    kind: str
    source: Node
    variable: str
    body: Node


def turn_cost(body: Node) -> int:
    """What one turn of a loop with this body counts for: 1 for every ``NODES_PER_STEP`` nodes.
    Loops inside count their own turns."""
    return max(1, -(-_nodes(body) // NODES_PER_STEP))


def _nodes(node: Node) -> int:
    count, waiting = 0, [node]
    while waiting:
        one = waiting.pop()
        count += 1
        if isinstance(one, Loop):
            waiting.append(one.source)
            continue
        for name in one.__dataclass_fields__:
            part = getattr(one, name)
            if isinstance(part, Node):
                waiting.append(part)
            elif isinstance(part, list):
                waiting += [item for item in part if isinstance(item, Node)]
    return count


def heaviest_turn(tree: Node) -> int:
    """The cost of a turn of its costliest loop; 1 where it has none."""
    found, waiting = 1, [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Loop):
            found = max(found, turn_cost(one.body))
        for name in one.__dataclass_fields__:
            part = getattr(one, name)
            if isinstance(part, Node):
                waiting.append(part)
            elif isinstance(part, list):
                waiting += [item for item in part if isinstance(item, Node)]
    return found
