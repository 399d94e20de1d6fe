"""The schema as a tree of small nodes, read once from the structs: what all walkers share."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from .facts import Facts


@dataclass(frozen=True, slots=True)
class Node:
    """One spot of the schema.

    `kind` is object, list, text, whole number, number, yes/no, time, day, choice or anything.
    """

    kind: str
    description: str = ""
    unit: str = ""
    ahead: bool = False
    volatile: bool = False
    derived: bool = False
    children: dict[str, Node] = field(default_factory=dict)
    item: Node | None = None
    choices: tuple[str, ...] = ()
    sure: dict[str, type] = field(default_factory=dict)
    """Of an object: children of which any value of that type is stored as it is."""

    @property
    def type(self) -> str:
        """The type in words."""
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.kind == "list" and self.item is not None:
            return "list" if self.item.kind == "object" else f"list of {self.item.kind}"
        return self.kind


_SURE: dict[str, type] = {"text": str, "yes/no": bool}
_LEAVES: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "yes/no",
    datetime: "time",
    date: "day",
    Any: "anything",
}


@cache
def tree() -> dict[str, Node]:
    """Section name → node of that section."""
    return _struct(Facts)


def walk(node: Node, path: str) -> Iterator[tuple[str, Node]]:
    """Every spot below and including `node`, lists written as `path[]`."""
    yield path, node
    for name, child in node.children.items():
        yield from walk(child, f"{path}.{name}")
    if node.item is not None:
        for name, child in node.item.children.items():
            yield from walk(child, f"{path}[].{name}")


def _struct(cls: type[msgspec.Struct]) -> dict[str, Node]:
    hints = get_type_hints(cls, include_extras=True)
    return {name: _node(hint) for name, hint in hints.items() if not name.startswith("_")}


def _node(hint: Any, **notes: Any) -> Node:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        (present,) = (arg for arg in get_args(hint) if arg is not msgspec.UnsetType)
        return _node(present)
    if origin is Annotated:
        inner, meta = get_args(hint)[:2]
        return _node(inner, description=meta.description, **meta.extra)
    if origin is Literal:
        return Node("choice", choices=get_args(hint), **notes)
    if origin is list:
        return Node("list", item=_node(get_args(hint)[0]), **notes)
    if origin is dict:
        return Node("anything", **notes)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        children = _struct(hint)
        sure = {
            name: _SURE[child.kind]
            for name, child in children.items()
            if child.kind in _SURE and not child.derived
        }
        return Node("object", children=children, sure=sure, **notes)
    return Node(_LEAVES[hint], **notes)
