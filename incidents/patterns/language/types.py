"""The types of facts, as the language sees them, made from the structs that declare them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType, inspect

from incidents.facts.document import Facts
from incidents.patterns.derived_schema import DERIVED_SECTIONS, SECTION_NOTES


@dataclass(frozen=True, slots=True)
class Type:
    """``kind``: bool, number, text, any, list (with ``element``), struct (with ``fields``) or
    map (any key, each value an ``element``)."""

    kind: str
    element: Type | None = None
    fields: dict[str, Type] = field(default_factory=dict, hash=False, compare=False)
    note: str = ""

    def said(self) -> str:
        """The type in words for an author."""
        if self.kind == "list" and self.element is not None:
            return f"a list of {_PLURAL[self.element.kind]}"
        return _SINGULAR[self.kind]


_SINGULAR = {
    "bool": "true or false",
    "number": "a number",
    "text": "text",
    "any": "anything",
    "list": "a list",
    "struct": "a group of fields",
    "map": "a table",
}
_PLURAL = {
    "bool": "true or false",
    "number": "numbers",
    "text": "texts",
    "any": "anything",
    "list": "lists",
    "struct": "entries with fields",
    "map": "tables",
}

BOOL = Type("bool")
NUMBER = Type("number")
TEXT = Type("text")
ANY = Type("any")
_UNSET = inspect.type_info(UnsetType)

# The engine negates the smallest whole number to itself, and compares with infinity.
_WHOLE = Annotated[int, msgspec.Meta(ge=-(2**63) + 1, le=2**63 - 1)]
_BROKEN = Annotated[float, msgspec.Meta(ge=-1.7e308, le=1.7e308)]


def list_of(element: Type) -> Type:
    return Type("list", element)


@cache
def sections() -> dict[str, Type]:
    """Every section a pattern may read: reported ones, then derived ones."""
    reported = _struct(inspect.type_info(Facts)).fields
    derived = {
        name: _type(inspect.type_info(declared), SECTION_NOTES.get(name, ""))
        for name, declared in DERIVED_SECTIONS.items()
    }
    return {**reported, **derived}


def _struct(info: Any, note: str = "") -> Type:
    fields: dict[str, Type] = {}
    for one in info.fields:
        metadata = _metadata(one.type)
        fields[one.name] = _type(one.type)
        age = _age_name(one.name, one.type, metadata)
        if age:
            words = "days until" if age.endswith("_in_days") else "days since"
            fields[age] = Type("number", note=f"{words}: {_note(one.type)}")
    return Type("struct", fields=fields, note=note)


def _age_name(name: str, info: Any, metadata: dict[str, Any]) -> str | None:
    if not isinstance(_bare(info), (inspect.DateTimeType, inspect.DateType)):
        return None
    return f"{name}_in_days" if metadata.get("ahead") else f"{name}_days"


def _type(info: Any, note: str = "") -> Type:
    note = note or _note(info)
    bare = _bare(info)
    if isinstance(bare, inspect.BoolType):
        return Type("bool", note=note)
    if isinstance(bare, (inspect.IntType, inspect.FloatType)):
        return Type("number", note=note)
    if isinstance(bare, (inspect.StrType, inspect.DateTimeType, inspect.DateType)):
        return Type("text", note=note)
    if isinstance(bare, inspect.LiteralType) and all(isinstance(v, str) for v in bare.values):
        return Type("text", note=note)
    if isinstance(bare, inspect.ListType):
        return Type("list", _type(bare.item_type), note=note)
    if isinstance(bare, inspect.StructType):
        return _struct(bare, note)
    if isinstance(bare, inspect.DictType):
        return Type("map", _type(bare.value_type), note=note)
    return Type("any", note=note)


def _bare(info: Any) -> Any:
    """The type itself: without its metadata, and without "or absent"."""
    while True:
        if isinstance(info, inspect.Metadata):
            info = info.type
        elif isinstance(info, inspect.UnionType):
            rest = [one for one in info.types if _plain(one) != _UNSET]
            if len(rest) != 1:
                return info
            info = rest[0]
        else:
            return info


def _plain(info: Any) -> Any:
    return info.type if isinstance(info, inspect.Metadata) else info


def _metadata(info: Any) -> dict[str, Any]:
    """The notes on a field, wherever in "X or absent" they are pinned."""
    if isinstance(info, inspect.Metadata):
        return info.extra or _metadata(info.type)
    if isinstance(info, inspect.UnionType):
        return next((found for one in info.types if (found := _metadata(one))), {})
    return {}


def _note(info: Any) -> str:
    if isinstance(info, inspect.Metadata):
        said = (info.extra_json_schema or {}).get("description", "")
        return str(said) or _note(info.type)
    if isinstance(info, inspect.UnionType):
        return next((found for one in info.types if (found := _note(one))), "")
    return ""


def of_value(value: Any) -> Type:
    """The type of a threshold: true/false, number, text, or a list of one of them."""
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, (int, float)):
        return NUMBER
    if isinstance(value, str):
        return TEXT
    if isinstance(value, list) and value:
        return list_of(of_value(value[0]))
    return list_of(ANY)


def shape(kind: Type) -> Any:
    """The Python type that ``msgspec.convert`` checks a value of this type against."""
    if kind.kind == "bool":
        return bool
    if kind.kind == "number":
        return _WHOLE | _BROKEN
    if kind.kind == "text":
        return str
    if kind.kind == "list" and kind.element is not None:
        return list[shape(kind.element)]  # type: ignore[misc]
    if kind.kind == "map" and kind.element is not None:
        return dict[str, shape(kind.element)]  # type: ignore[misc]
    if kind.kind == "struct":
        return struct_shape(kind.fields)
    return Any


def struct_shape(fields: dict[str, Type]) -> Any:
    """A struct with these fields, each of which may be absent; other keys are ignored."""
    return msgspec.defstruct(
        "Shape",
        [(name, shape(kind) | UnsetType, UNSET) for name, kind in fields.items()],
        omit_defaults=True,
    )
