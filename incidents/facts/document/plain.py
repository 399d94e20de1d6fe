"""The short way through sections that hold nothing to complain of: most of them do.

It keeps no places and names no faults.  Where anything is in doubt the whole parser looks again;
what this one accepts that one would have made the same of.
"""

from __future__ import annotations

from typing import Any

from .leaves import LEAVES, Wrong, strip_nulls
from .nodes import Node

_SURE: dict[str, type] = {"text": str, "yes/no": bool}
"""Kinds of which any value of the type is stored as it is."""


class Doubt(Exception):
    """The whole parser has to look."""


def plainly(value: Any, node: Node) -> Any:
    """The value as it is stored: nulls gone, times as UTC, days as ISO dates."""
    kind = node.kind
    if kind == "object":
        return _object(value, node.children)
    if kind == "list":
        if type(value) is not list or node.item is None:
            raise Doubt
        inner = node.item
        if inner.kind == "object":
            children = inner.children
            return [_object(item, children) for item in value if item is not None]
        return [plainly(item, inner) for item in value if item is not None]
    if kind == "anything":
        if type(value) is not dict:
            raise Doubt
        return strip_nulls(value)
    parsed = LEAVES[kind](value, node)
    if type(parsed) is Wrong:
        raise Doubt
    return parsed


def _object(value: Any, children: dict[str, Node]) -> dict[str, Any]:
    if type(value) is not dict:
        raise Doubt
    found = {}
    for name, item in value.items():
        child = children.get(name)
        if child is None or child.derived:
            raise Doubt
        if type(item) is _SURE.get(child.kind):
            found[name] = item
        elif item is not None:
            found[name] = plainly(item, child)
    return found
