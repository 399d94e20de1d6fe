"""Every field by its path: for completion, "did you mean", the docs and the digest."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from .facts import SECTIONS
from .nodes import Node, tree, walk


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `path` starts with the section; a step into a list is written `[]`."""

    path: str
    type: str
    unit: str
    description: str
    ahead: bool = False
    volatile: bool = False
    derived: bool = False


NATURAL_KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "storage.raids": (("name",),),
    "storage.raids[].devices": (("serial",), ("name",)),
    "storage.controllers": (("serial",), ("name",), ("model",)),
    "storage.disks": (("serial",), ("name",)),
    "storage.mounts": (("path",),),
    "backups": (("tool", "job", "target"), ("tool", "job")),
    "backups[].copies": (("target", "target_host"), ("target",), ("target_host",)),
    "software": (("name", "source"), ("name",)),
    "network.interfaces": (("name",),),
    "limits": (("name", "kind"), ("name",)),
    "certificates": (("subject", "names", "endpoint"), ("subject", "names"), ("subject",)),
}
"""List → what tells its elements apart, the surest set of fields first.

An element that lacks a surer key (a disk without its serial) is the same thing as one that
has it when they agree on the next one (its name).
"""


@cache
def fields_of(section: str) -> tuple[Field, ...]:
    """All fields of a section, ages such as `backups[].last_success_days` included."""
    if section not in tree():
        raise KeyError(f"There is no section {section!r}.")
    found: list[Field] = []
    for path, node in walk(tree()[section], section):
        found.append(_field(path, node))
        found.extend(_age(path, node))
    return tuple(found[1:] or found)


@cache
def all_fields() -> dict[str, Field]:
    """Path → field, over all sections."""
    return {field.path: field for section in SECTIONS for field in fields_of(section)}


VOLATILE: frozenset[str] = frozenset(
    path for section in SECTIONS for path, node in walk(tree()[section], section) if node.volatile
)
"""Paths that change with every report; they stay out of the digest."""


def known_path(path: str) -> bool:
    """Whether a path such as `storage.raids[0].level` or `os.eol_on_in_days` is in the schema.

    Anything below `custom` is.
    """
    plain = re.sub(r"\[[^\]]*\]", "[]", path)
    if plain in SECTIONS or plain.split(".", 1)[0] == "custom":
        return True
    return plain.removesuffix("[]") in (*SECTIONS, *all_fields()) or plain in all_fields()


def suggest(word: str, known: Iterable[str]) -> str:
    """The known word closest to `word` as ` Did you mean …?`, or an empty string."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""


def _field(path: str, node: Node) -> Field:
    return Field(
        path, node.type, node.unit, node.description, node.ahead, node.volatile, node.derived
    )


def _age(path: str, node: Node) -> list[Field]:
    if node.kind not in ("time", "day"):
        return []
    if node.ahead:
        about = "Days until that date; negative when over"
        return [Field(f"{path}_in_days", "whole number", "days", about, derived=True)]
    about = "Whole days since then"
    return [Field(f"{path}_days", "whole number", "days", about, derived=True)]
