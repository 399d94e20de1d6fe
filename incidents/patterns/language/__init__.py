"""The language of patterns: CEL over facts, without has() and null, three-valued throughout.

See docs/patterns.md for its writers.
"""

from .cost import Size, Work, entries_up_to, is_little, size_of, total
from .errors import ExpressionError
from .expression import Bound, Expression, compile_expression, compile_part
from .types import Type, of_value, sections, struct_shape
from .values import Between, Fault, Partial, Unknown, cause_of
from .walk import TOO_LONG, Budget

__all__ = [
    "TOO_LONG",
    "Between",
    "Bound",
    "Budget",
    "Expression",
    "ExpressionError",
    "Fault",
    "Partial",
    "Size",
    "Type",
    "Unknown",
    "Work",
    "cause_of",
    "compile_expression",
    "compile_part",
    "entries_up_to",
    "is_little",
    "of_value",
    "sections",
    "size_of",
    "struct_shape",
    "total",
]
