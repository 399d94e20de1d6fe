"""The fact document: what may be known about a host, section by section."""

from .facts import FACTS_VERSION, SECTIONS, Facts, json_schema
from .fields import (
    NATURAL_KEYS,
    VOLATILE,
    Field,
    all_fields,
    fields_of,
    known_path,
    suggest,
)
from .parse import parse_sections

__all__ = [
    "FACTS_VERSION",
    "NATURAL_KEYS",
    "SECTIONS",
    "VOLATILE",
    "Facts",
    "Field",
    "all_fields",
    "fields_of",
    "json_schema",
    "known_path",
    "parse_sections",
    "suggest",
]
