"""The tree of an expression."""

from dataclasses import dataclass
from typing import Any


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


def children(node: Node) -> list[Node]:
    """The nodes right below."""
    found: list[Node] = []
    for name in node.__dataclass_fields__:
        part = getattr(node, name)
        if isinstance(part, Node):
            found.append(part)
        elif isinstance(part, list):
            found += [item for item in part if isinstance(item, Node)]
    return found
