"""The short way through sections that hold nothing to complain of: most of them do.

It keeps no places and names no faults.  Where anything is in doubt the whole parser looks again;
what this one accepts that one would have made the same of.
"""

from __future__ import annotations

from typing import Any

from .leaves import LEAVES, Wrong, strip_nulls
from .nodes import Node


class Doubt(Exception):
    """The whole parser has to look."""


def plainly(value: Any, node: Node) -> Any:
    """The value as it is stored: nulls gone, times as UTC, days as ISO dates."""
    kind = node.kind
    if kind == "object":
        return _object(value, node)
    if kind == "list":
        if type(value) is not list or node.item is None:
            raise Doubt
        inner = node.item
        if inner.kind == "object":
            return [_object(item, inner) for item in value if item is not None]
        return [plainly(item, inner) for item in value if item is not None]
    if kind == "anything":
        if type(value) is not dict:
            raise Doubt
        return strip_nulls(value)
    parsed = LEAVES[kind](value, node)
    if type(parsed) is Wrong:
        raise Doubt
    return parsed


def _object(value: Any, node: Node) -> dict[str, Any]:
    if type(value) is not dict:
        raise Doubt
    found = {}
    children, sure = node.children, node.sure
    for name, item in value.items():
        if type(item) is sure.get(name):
            found[name] = item
            continue
        child = children.get(name)
        if child is None or child.derived:
            raise Doubt
        if item is not None:
            found[name] = plainly(item, child)
    return found
