"""Every section and field an expression may read: for completion and the table by the form."""

from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from incidents.facts.document import SECTIONS, fields_of
from incidents.patterns.derived_schema import DERIVED_SECTIONS, SECTION_NOTES

FUNCTIONS = (
    ("exists", "list.exists(x, …): whether any entry is so"),
    ("all", "list.all(x, …): whether every entry is so"),
    ("exists_one", "list.exists_one(x, …): whether exactly one entry is so"),
    ("filter", "list.filter(x, …): the entries that are so"),
    ("map", "list.map(x, …): something of each entry"),
    ("size", "size of a list or a text"),
    ("contains", "text.contains('part')"),
    ("startsWith", "text.startsWith('part')"),
    ("endsWith", "text.endsWith('part')"),
    ("matches", "text.matches('regular expression')"),
)


@dataclass(frozen=True, slots=True)
class Known:
    """One name: ``path`` with ``[]`` for entries of lists, its type, unit and meaning."""

    path: str
    type: str
    unit: str
    description: str


@cache
def sections() -> tuple[tuple[str, tuple[Known, ...]], ...]:
    """(section, its fields), reported ones first."""
    reported = [
        (name, tuple(Known(f.path, f.type, f.unit, f.description) for f in fields_of(name)))
        for name in SECTIONS
    ]
    derived = [
        (name, tuple(_fields(name, hint, SECTION_NOTES.get(name, ""))))
        for name, hint in DERIVED_SECTIONS.items()
    ]
    return (*reported, *derived)


def names() -> list[dict[str, str]]:
    """Everything completion offers, as plain data."""
    fields = [
        {"path": one.path, "type": one.type, "unit": one.unit, "about": one.description}
        for _, known in sections()
        for one in known
    ]
    functions = [
        {"path": name, "type": "function", "unit": "", "about": about} for name, about in FUNCTIONS
    ]
    return fields + functions


_WORDS = {str: "text", bool: "yes/no", int: "whole number", float: "number"}


def _fields(path: str, hint: Any, about: str) -> list[Known]:
    """A derived section or a part of it, and all below."""
    hint, about = _plain(hint, about)
    origin = get_origin(hint)
    if origin is list:
        (inner,) = get_args(hint)
        inner, _ = _plain(inner, "")
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            return [Known(path, "list", "", about), *_below(f"{path}[]", inner)]
        return [Known(path, f"list of {_WORDS.get(inner, 'text')}", "", about)]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return [Known(path, "object", "", about), *_below(path, hint)]
    if origin is dict:
        return [Known(path, "object", "", about)]
    unit = "days" if path.endswith("_days") else ""
    return [Known(path, _WORDS.get(hint, "number"), unit, about)]


def _below(path: str, struct: type[msgspec.Struct]) -> list[Known]:
    found: list[Known] = []
    for name, hint in get_type_hints(struct, include_extras=True).items():
        found += _fields(f"{path}.{name}", hint, "")
    return found


def _plain(hint: Any, about: str) -> tuple[Any, str]:
    """The type without ``Annotated`` and ``UnsetType``, and its description."""
    while True:
        meta = getattr(hint, "__metadata__", None)
        if meta:
            about = getattr(meta[0], "description", None) or about
            hint = get_args(hint)[0]
            continue
        parts = [part for part in get_args(hint) if part is not msgspec.UnsetType]
        if get_origin(hint) is not None and msgspec.UnsetType in get_args(hint):
            hint = parts[0]
            continue
        return hint, about
