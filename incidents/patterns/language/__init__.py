"""The language of patterns: CEL over facts, without has() and null, three-valued throughout.

See docs/patterns.md for its writers.
"""

from .errors import ExpressionError
from .expression import Bound, Expression, compile_expression, compile_part
from .types import Type, of_value, sections, struct_shape
from .values import Between, Fault, Partial, Unknown, cause_of

__all__ = [
    "Between",
    "Bound",
    "Expression",
    "ExpressionError",
    "Fault",
    "Partial",
    "Type",
    "Unknown",
    "cause_of",
    "compile_expression",
    "compile_part",
    "of_value",
    "sections",
    "struct_shape",
]
